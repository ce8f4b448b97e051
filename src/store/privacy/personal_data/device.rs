//! Devices that an account knows.

use sea_orm::ColumnTrait;
use serde_json::json;

use super::Person;
use super::declaration::{DAY, Erasure, KeptFor, Moment, Purge, Record, Section, Table, Walk};
use crate::model::device_token::LIFETIME;
use crate::store::entity::{device_attempt, trusted_device};

pub(super) static TRUSTED_DEVICES: Table<trusted_device::Entity> = Table {
    category: "trusted_devices",
    data: &["device name", "browser or app", "operating system", "device type", "network (masked)", "times"],
    kept_until: "after the expiry, unless it is removed before",
    since: Moment::At(trusted_device::Column::CreatedAt),
    user_ids: &[trusted_device::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[Purge {
        job: "purge_trusted_devices",
        kept_for: KeptFor::Always(DAY),
        over: |due| trusted_device::Column::ExpiresAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "trusted_devices",
        theirs: |person| trusted_device::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(trusted_device::Column::Id),
        record: trusted_device,
    }],
};

fn trusted_device(row: trusted_device::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "name": row.name,
        "browser": row.browser,
        "os": row.os,
        "device_type": row.device_type.as_str(),
        "network": row.last_ip_cidr,
        "failures": row.failures,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "expires_at": row.expires_at,
    }))
}

/// They count for as long as the token of the device does.
pub(super) static DEVICE_ATTEMPTS: Table<device_attempt::Entity> = Table {
    category: "device_attempts",
    data: &["number of wrong passwords", "time"],
    kept_until: "after the last wrong password",
    since: Moment::At(device_attempt::Column::LastTriedAt),
    user_ids: &[device_attempt::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[Purge {
        job: "purge_device_attempts",
        kept_for: KeptFor::Always(LIFETIME.saturating_add(DAY)),
        over: |due| device_attempt::Column::LastTriedAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "device_attempts",
        theirs: |person| device_attempt::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(device_attempt::Column::DeviceId),
        record: device_attempt,
    }],
};

fn device_attempt(row: device_attempt::Model, _: &Person) -> Record {
    Record::from(json!({
        "device_id": row.device_id,
        "failures": row.failures,
        "last_tried_at": row.last_tried_at,
    }))
}
