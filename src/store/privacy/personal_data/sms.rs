//! Codes by SMS.

use std::time::Duration;

use sea_orm::{ColumnTrait, Condition};
use serde_json::json;

use super::declaration::{
    DAY, Erasure, KeptFor, Moment, Purge, Record, SMS_ENROLLMENTS, SealedMember, Section, Table, Walk,
};
use super::{AFTER_EXPIRY, Person, REMOVED};
use crate::model::factor::FlowPurpose;
use crate::model::sealed_row::{SealedRow, SealedTable};
use crate::store::entity::{sms_authenticator, sms_code, sms_send};

pub(super) static NUMBERS: Table<sms_authenticator::Entity> = Table {
    category: "phone_numbers",
    data: &["phone number (sealed)", "times"],
    kept_until: REMOVED,
    since: Moment::At(sms_authenticator::Column::CreatedAt),
    user_ids: &[sms_authenticator::Column::UserId],
    address: None,
    sealed: &[SealedTable::SmsAuthenticators],
    purges: &[],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "phone",
        theirs: |person| sms_authenticator::Column::UserId.eq(person.id).into(),
        walk: Walk::Single,
        record: number,
    }],
};

/// With the number itself: it is the person's own.
fn number(row: sms_authenticator::Model, person: &Person) -> Record {
    Record {
        value: json!({
            "created_at": row.created_at,
            "confirmed_at": row.confirmed_at,
            "last_used_at": row.last_used_at,
        }),
        sealed: Some(SealedMember {
            name: "number",
            row: SealedRow::SmsAuthenticator(person.id),
            sealed: row.sealed,
        }),
    }
}

pub(super) static CODES: Table<sms_code::Entity> = Table {
    category: "sms_codes",
    data: &["code (sealed)", "phone number to be confirmed (sealed)", "purpose", "number of tries", "times"],
    kept_until: AFTER_EXPIRY,
    since: Moment::At(sms_code::Column::CreatedAt),
    user_ids: &[sms_code::Column::UserId],
    address: None,
    sealed: &[SealedTable::SmsCodes, SealedTable::SmsCodeNumbers],
    purges: &[
        // Before the other one, which would delete them uncounted.
        Purge {
            job: SMS_ENROLLMENTS,
            kept_for: KeptFor::Always(Duration::ZERO),
            over: |due| {
                Condition::all()
                    .add(sms_code::Column::Purpose.eq(FlowPurpose::Enrollment))
                    .add(sms_code::Column::UsedAt.is_null())
                    .add(sms_code::Column::ExpiresAt.lt(due.before))
            },
            oldest_first: false,
        },
        Purge {
            job: "purge_sms_codes",
            kept_for: KeptFor::Always(Duration::ZERO),
            over: |due| sms_code::Column::ExpiresAt.lt(due.before).into(),
            oldest_first: false,
        },
    ],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "sms_codes",
        theirs: |person| sms_code::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(sms_code::Column::FlowId),
        record: code,
    }],
};

fn code(row: sms_code::Model, _: &Person) -> Record {
    Record::from(json!({
        "flow_id": row.flow_id,
        "purpose": row.purpose.as_str(),
        "tries": row.tries,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "used_at": row.used_at,
    }))
}

/// What the limits of sending count, for the one day that they look back. Without the user, number and network are
/// keyed hashes that lead to no one.
pub(super) static SENDS: Table<sms_send::Entity> = Table {
    category: "sms_sends",
    data: &["phone number (keyed hash)", "network (keyed hash)", "time"],
    kept_until: "after the code was sent",
    since: Moment::At(sms_send::Column::CreatedAt),
    user_ids: &[sms_send::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[Purge {
        job: "purge_sms_sends",
        kept_for: KeptFor::Always(DAY),
        over: |due| sms_send::Column::CreatedAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::Unlinked,
    export: &[Section {
        member: "sms_sends",
        theirs: |person| sms_send::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(sms_send::Column::Id),
        record: send,
    }],
};

fn send(row: sms_send::Model, _: &Person) -> Record {
    Record::from(json!({ "id": row.id, "created_at": row.created_at }))
}
