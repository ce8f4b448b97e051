//! Second factors and passkeys.

use std::time::Duration;

use sea_orm::{ColumnTrait, Condition};
use serde_json::json;

use super::declaration::{
    DAY, Erasure, KeptFor, Moment, Purge, Record, Section, TOTP_ENROLLMENTS, Table, Walk,
};
use super::{ACCOUNT_ERASED, AFTER_EXPIRY, Person, REMOVED};
use crate::model::sealed_row::SealedTable;
use crate::store::entity::{
    backup_code, captcha_use, factor_attempt, passkey, totp_authenticator, webauthn_ceremony,
    webauthn_ceremony_use,
};

pub(super) static TOTP: Table<totp_authenticator::Entity> = Table {
    category: "totp_authenticators",
    data: &["secret (sealed)", "times"],
    kept_until: "it is removed, or not confirmed within a day, or the account is erased",
    since: Moment::At(totp_authenticator::Column::CreatedAt),
    user_ids: &[totp_authenticator::Column::UserId],
    address: None,
    sealed: &[SealedTable::TotpAuthenticators],
    purges: &[Purge {
        job: TOTP_ENROLLMENTS,
        kept_for: KeptFor::Always(DAY),
        over: |due| {
            Condition::all()
                .add(totp_authenticator::Column::ConfirmedAt.is_null())
                .add(totp_authenticator::Column::CreatedAt.lt(due.before))
        },
        oldest_first: false,
    }],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "totp",
        theirs: |person| totp_authenticator::Column::UserId.eq(person.id).into(),
        walk: Walk::Single,
        record: totp,
    }],
};

fn totp(row: totp_authenticator::Model, _: &Person) -> Record {
    Record::from(json!({
        "created_at": row.created_at,
        "confirmed_at": row.confirmed_at,
        "last_used_at": row.last_used_at,
    }))
}

pub(super) static BACKUP_CODES: Table<backup_code::Entity> = Table {
    category: "backup_codes",
    data: &["hash", "times"],
    kept_until: "they are replaced or removed, or the account is erased",
    since: Moment::At(backup_code::Column::CreatedAt),
    user_ids: &[backup_code::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "backup_codes",
        theirs: |person| backup_code::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(backup_code::Column::Id),
        record: backup_code,
    }],
};

fn backup_code(row: backup_code::Model, _: &Person) -> Record {
    Record::from(json!({ "id": row.id, "created_at": row.created_at, "used_at": row.used_at }))
}

pub(super) static FACTOR_ATTEMPTS: Table<factor_attempt::Entity> = Table {
    category: "factor_attempts",
    data: &["factor", "number of wrong attempts", "times"],
    kept_until: ACCOUNT_ERASED,
    since: Moment::At(factor_attempt::Column::LastTriedAt),
    user_ids: &[factor_attempt::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "factor_attempts",
        theirs: |person| factor_attempt::Column::UserId.eq(person.id).into(),
        // One for each kind of factor.
        walk: Walk::AtOnce(&[factor_attempt::Column::Factor]),
        record: factor_attempt,
    }],
};

fn factor_attempt(row: factor_attempt::Model, _: &Person) -> Record {
    Record::from(json!({
        "factor": row.factor.as_str(),
        "consecutive": row.consecutive,
        "recent": row.recent,
        "locks": row.locks,
        "locked_until": row.locked_until,
        "last_tried_at": row.last_tried_at,
    }))
}

pub(super) static PASSKEYS: Table<passkey::Entity> = Table {
    category: "passkeys",
    data: &[
        "name",
        "public key",
        "counter",
        "model of the authenticator",
        "whether it is backed up",
        "times",
    ],
    kept_until: REMOVED,
    since: Moment::At(passkey::Column::CreatedAt),
    user_ids: &[passkey::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "passkeys",
        theirs: |person| passkey::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(passkey::Column::Id),
        record: passkey,
    }],
};

/// The id of the credential identifies the person to this server, and so is theirs to know; its public key is of no
/// use to them.
fn passkey(row: passkey::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "name": row.name,
        "credential_id": hex::encode(row.credential_id),
        "aaguid": row.aaguid,
        "synced": row.backup_eligible,
        "backed_up": row.backed_up,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
    }))
}

/// Begun by a server of an earlier version.
pub(super) static CEREMONIES: Table<webauthn_ceremony::Entity> = Table {
    category: "webauthn_ceremonies",
    data: &["purpose", "challenge (sealed)", "times"],
    kept_until: AFTER_EXPIRY,
    since: Moment::At(webauthn_ceremony::Column::CreatedAt),
    user_ids: &[webauthn_ceremony::Column::UserId],
    address: None,
    sealed: &[SealedTable::WebauthnCeremonies],
    purges: &[Purge {
        job: "purge_webauthn_ceremonies",
        kept_for: KeptFor::Always(Duration::ZERO),
        over: |due| webauthn_ceremony::Column::ExpiresAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "webauthn_ceremonies",
        theirs: |person| webauthn_ceremony::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(webauthn_ceremony::Column::Id),
        record: ceremony,
    }],
};

fn ceremony(row: webauthn_ceremony::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "kind": row.kind,
        "flow_id": row.flow_id,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "used_at": row.used_at,
    }))
}

/// Known for as long as a clock may be behind, so that none is used twice.
pub(super) static CEREMONY_USES: Table<webauthn_ceremony_use::Entity> = Table {
    category: "webauthn_ceremony_uses",
    data: &["id of the ceremony, which leads to no person"],
    kept_until: AFTER_EXPIRY,
    since: Moment::At(webauthn_ceremony_use::Column::ExpiresAt),
    user_ids: &[],
    address: None,
    sealed: &[],
    purges: &[Purge {
        job: "purge_webauthn_ceremony_uses",
        kept_for: KeptFor::Always(DAY),
        over: |due| webauthn_ceremony_use::Column::ExpiresAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::Unconcerned,
    export: &[],
};

/// Known for as long as a clock may be behind, so that none is used twice.
pub(super) static CAPTCHA_USES: Table<captcha_use::Entity> = Table {
    category: "captcha_uses",
    data: &["number of the challenge, or part of a hash of the answer; it leads to no person"],
    kept_until: AFTER_EXPIRY,
    since: Moment::At(captcha_use::Column::ExpiresAt),
    user_ids: &[],
    address: None,
    sealed: &[],
    purges: &[Purge {
        job: "purge_captcha_uses",
        kept_for: KeptFor::Always(DAY),
        over: |due| captcha_use::Column::ExpiresAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::Unconcerned,
    export: &[],
};
