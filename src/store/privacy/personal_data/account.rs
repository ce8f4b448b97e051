//! The account, what its user has given it, and accounts that are not there yet.

use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::declaration::{Erasure, KeptFor, Moment, Purge, Record, Section, Table, Walk};
use super::{ACCOUNT_ERASED, AFTER_EXPIRY, Person, REMOVED};
use crate::store::entity::{
    avatar, consent, invitation, one_time_token, password_credential, pending_registration, user,
};
use crate::store::{StoreError, Tx, account};

/// What stands in place of the address of an erased person's invitation.
const ERASED: &str = "erased";

pub(super) static USERS: Table<user::Entity> = Table {
    category: "accounts",
    data: &["e-mail address", "display name", "language", "roles", "status", "id in another system", "times"],
    kept_until: ACCOUNT_ERASED,
    since: Moment::At(user::Column::CreatedAt),
    user_ids: &[user::Column::Id],
    address: Some(user::Column::Email),
    sealed: &[],
    purges: &[],
    erasure: Erasure::Last,
    export: &[Section {
        member: "account",
        theirs: |person| user::Column::Id.eq(person.id).into(),
        walk: Walk::Single,
        record: account,
    }],
};

fn account(row: user::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "email": row.email,
        "email_verified_at": row.email_verified_at,
        "display_name": row.display_name,
        "locale": row.locale.map(|locale| locale.to_string()),
        "time_zone": row.time_zone.map(|zone| zone.to_string()),
        "status": row.status.as_str(),
        "roles": row.roles.names(),
        "password_must_change": row.password_must_change,
        "credential_epoch": row.credential_epoch,
        "mfa_enrolled_at": row.mfa_enrolled_at,
        "mfa_reset_until": row.mfa_reset_until,
        "secured_at": row.secured_at,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "erase_at": row.erase_at,
        "device_epoch": row.device_epoch,
        "external_id": row.external_id,
    }))
}

pub(super) static PASSWORDS: Table<password_credential::Entity> = Table {
    category: "passwords",
    data: &["password hash", "number of wrong passwords", "times"],
    kept_until: ACCOUNT_ERASED,
    since: Moment::At(password_credential::Column::ChangedAt),
    user_ids: &[password_credential::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "password",
        theirs: |person| password_credential::Column::UserId.eq(person.id).into(),
        walk: Walk::Single,
        record: password,
    }],
};

fn password(row: password_credential::Model, _: &Person) -> Record {
    Record::from(json!({
        "changed_at": row.changed_at,
        "failures": row.failures,
        "locked_at": row.locked_at,
        "known_failures": row.known_failures,
        "known_locked_at": row.known_locked_at,
    }))
}

/// The picture itself is deleted after the row; the sweep finds one that could not be deleted then.
pub(super) static AVATARS: Table<avatar::Entity> = Table {
    category: "avatars",
    data: &["picture"],
    kept_until: REMOVED,
    since: Moment::At(avatar::Column::UpdatedAt),
    user_ids: &[avatar::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "avatar",
        theirs: |person| avatar::Column::UserId.eq(person.id).into(),
        walk: Walk::Single,
        record: avatar,
    }],
};

fn avatar(row: avatar::Model, _: &Person) -> Record {
    Record::from(json!({
        "content_type": row.content_type,
        "bytes": row.bytes,
        "width": row.width,
        "height": row.height,
        "sha256": hex::encode(row.digest),
        "updated_at": row.updated_at,
    }))
}

pub(super) static CONSENTS: Table<consent::Entity> = Table {
    category: "consents",
    data: &["document and version", "time", "network (masked)"],
    kept_until: ACCOUNT_ERASED,
    since: Moment::At(consent::Column::AcceptedAt),
    user_ids: &[consent::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "consents",
        theirs: |person| consent::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(consent::Column::Id),
        record: consent,
    }],
};

fn consent(row: consent::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "document": row.document,
        "version": row.version,
        "accepted_at": row.accepted_at,
        "network": row.network,
    }))
}

/// With an invitation go its links.
pub(super) static INVITATIONS: Table<invitation::Entity> = Table {
    category: "invitations",
    data: &["e-mail address", "roles", "who invited", "times"],
    kept_until: AFTER_EXPIRY,
    since: Moment::At(invitation::Column::CreatedAt),
    user_ids: &[invitation::Column::AcceptedBy, invitation::Column::InvitedBy],
    address: Some(invitation::Column::Email),
    sealed: &[],
    purges: &[Purge {
        job: "purge_invitations",
        kept_for: KeptFor::OneTimeTokens,
        over: |due| invitation::Column::ExpiresAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::Before(forget_invitations),
    export: &[Section {
        member: "invitations",
        theirs: of_invited,
        walk: Walk::ById(invitation::Column::Id),
        record: invitation,
    }],
};

fn of_invited(person: &Person) -> Condition {
    Condition::any()
        .add(invitation::Column::Email.eq(&person.email))
        .add(invitation::Column::AcceptedBy.eq(person.id))
}

fn invitation(row: invitation::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "email": row.email,
        "roles": row.roles.names(),
        "invited_by": row.invited_by,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "accepted_at": row.accepted_at,
        "revoked_at": row.revoked_at,
    }))
}

/// Invitations that were not accepted are deleted with their links; an accepted one stays without the address.
fn forget_invitations<'a>(tx: &'a Tx, person: &'a Person) -> BoxFuture<'a, Result<(), StoreError>> {
    use invitation::{Column, Entity};
    Box::pin(async move {
        Entity::delete_many()
            .filter(Column::Email.eq(&person.email))
            .filter(Column::AcceptedAt.is_null())
            .exec(tx)
            .await?;
        let theirs = Entity::find().select_only().column(Column::Id).filter(of_invited(person));
        let accepted: Vec<Uuid> = theirs.into_tuple().all(tx).await?;
        if accepted.is_empty() {
            return Ok(());
        }
        Entity::update_many()
            .col_expr(Column::Email, Expr::value(ERASED))
            .filter(Column::Id.is_in(accepted.iter().copied()))
            .exec(tx)
            .await?;
        one_time_token::Entity::update_many()
            .col_expr(one_time_token::Column::Email, Expr::value(None::<String>))
            .filter(one_time_token::Column::InvitationId.is_in(accepted))
            .exec(tx)
            .await?;
        Ok(())
    })
}

/// With a registration go the links that earlier versions have sent to its address.
pub(super) static PENDING_REGISTRATIONS: Table<pending_registration::Entity> = Table {
    category: "pending_registrations",
    data: &[
        "e-mail address",
        "display name",
        "language",
        "network",
        "password hash",
        "terms",
        "number of wrong attempts",
        "times",
    ],
    kept_until: "after the expiry, unless it is completed or dropped before",
    since: Moment::At(pending_registration::Column::CreatedAt),
    user_ids: &[],
    address: Some(pending_registration::Column::Email),
    sealed: &[],
    purges: &[Purge {
        job: "purge_pending_registrations",
        // It holds nothing that is of use after its expiry.
        kept_for: KeptFor::Always(Duration::ZERO),
        over: |due| pending_registration::Column::ExpiresAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::Before(|tx, person| {
        Box::pin(account::pending_registration::drop_address(tx, &person.email))
    }),
    export: &[Section {
        member: "pending_registrations",
        theirs: |person| pending_registration::Column::Email.eq(&person.email).into(),
        walk: Walk::ById(pending_registration::Column::Id),
        record: pending_registration,
    }],
};

/// Someone has registered the person's address: that may have been someone else, whose name and network are not the
/// person's to read.
fn pending_registration(row: pending_registration::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "email": row.email.as_str(),
        "created_at": row.created_at,
        "expires_at": row.expires_at,
    }))
}
