//! Messages, and how many were sent.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::Person;
use super::declaration::{DAY, Erasure, KeptFor, Moment, Purge, Record, Section, Table, Walk};
use crate::model::sealed_row::SealedTable;
use crate::store::entity::{outbox, quota_usage};

/// There is no foreign key: the message that an account was erased outlives the account.
pub(super) static MESSAGES: Table<outbox::Entity> = Table {
    category: "messages",
    data: &["recipient and text (sealed, until sent)", "template", "times"],
    kept_until: "after it was sent or given up",
    since: Moment::At(outbox::Column::CreatedAt),
    user_ids: &[outbox::Column::UserId],
    address: None,
    sealed: &[SealedTable::Outbox],
    purges: &[Purge {
        job: "purge_outbox",
        kept_for: KeptFor::Outbox,
        over: |due| outbox::Column::FinishedAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::Before(|tx, person| {
        Box::pin(async move {
            outbox::Entity::delete_many().filter(outbox::Column::UserId.eq(person.id)).exec(tx).await?;
            Ok(())
        })
    }),
    export: &[Section {
        member: "messages",
        theirs: |person| outbox::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(outbox::Column::Id),
        record: message,
    }],
};

fn message(row: outbox::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "channel": row.channel.as_str(),
        "template": row.template,
        "state": row.state.as_str(),
        "attempts": row.attempts,
        "created_at": row.created_at,
        "next_attempt_at": row.next_attempt_at,
        "expires_at": row.expires_at,
        "finished_at": row.finished_at,
    }))
}

pub(super) static QUOTAS: Table<quota_usage::Entity> = Table {
    category: "quotas",
    data: &["number of messages in a day"],
    kept_until: "after the day",
    since: Moment::Day(quota_usage::Column::Day),
    user_ids: &[quota_usage::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[Purge {
        job: "purge_quotas",
        kept_for: KeptFor::Outbox,
        over: |due| {
            let first_kept = due.before.unix_seconds().div_euclid(DAY.as_secs().cast_signed());
            quota_usage::Column::Day.lt(first_kept).into()
        },
        oldest_first: false,
    }],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "quotas",
        theirs: |person| quota_usage::Column::UserId.eq(person.id).into(),
        // A handful a day, and for some days only.
        walk: Walk::AtOnce(&[quota_usage::Column::Day, quota_usage::Column::Scope]),
        record: quota,
    }],
};

fn quota(row: quota_usage::Model, _: &Person) -> Record {
    Record::from(json!({ "scope": row.scope, "day": row.day, "used": row.used }))
}
