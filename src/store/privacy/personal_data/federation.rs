//! Identities at other providers, and what was used on the way of logins there.

use sea_orm::ColumnTrait;
use serde_json::json;

use super::declaration::{DAY, Erasure, KeptFor, Moment, Purge, Record, Section, Table, Walk};
use super::{AFTER_EXPIRY, Person, REMOVED};
use crate::store::entity::{federation_use, identity};

pub(super) static IDENTITIES: Table<identity::Entity> = Table {
    category: "identities",
    data: &["provider", "id of the person there", "e-mail address there", "times"],
    kept_until: REMOVED,
    since: Moment::At(identity::Column::CreatedAt),
    user_ids: &[identity::Column::UserId],
    address: Some(identity::Column::Email),
    sealed: &[],
    purges: &[],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "identities",
        theirs: |person| identity::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(identity::Column::Id),
        record: identity,
    }],
};

fn identity(row: identity::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "provider": row.provider,
        "issuer": row.issuer,
        "subject": row.subject,
        "email": row.email,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
    }))
}

/// Known for as long as a clock may be behind, so that none is used twice.
pub(super) static USES: Table<federation_use::Entity> = Table {
    category: "federation_uses",
    data: &["id of the state or code, which leads to no person"],
    kept_until: AFTER_EXPIRY,
    since: Moment::At(federation_use::Column::ExpiresAt),
    user_ids: &[],
    address: None,
    sealed: &[],
    purges: &[Purge {
        job: "purge_federation_uses",
        kept_for: KeptFor::Always(DAY),
        over: |due| federation_use::Column::ExpiresAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::Unconcerned,
    export: &[],
};
