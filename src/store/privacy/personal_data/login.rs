//! Sessions, and what leads to them: links of mails, and logins that wait for a second factor.

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, Condition};
use serde_json::json;

use super::declaration::{DAY, Due, Erasure, KeptFor, Moment, Purge, Record, Section, Table, Walk};
use super::{AFTER_EXPIRY, Person};
use crate::model::revocation::RevokeReason;
use crate::store::entity::{login_challenge, one_time_token, session_family};

pub(super) static SESSIONS: Table<session_family::Entity> = Table {
    category: "sessions",
    data: &[
        "device name",
        "browser or app",
        "operating system",
        "device type",
        "network (masked)",
        "location",
        "what was proven",
        "times",
    ],
    kept_until: "after the end, and never before the absolute expiry",
    since: Moment::At(session_family::Column::CreatedAt),
    user_ids: &[session_family::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[Purge {
        job: "purge_sessions",
        kept_for: KeptFor::EndedSessions,
        over: ended,
        oldest_first: false,
    }],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "sessions",
        theirs: |person| session_family::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(session_family::Column::Id),
        record: session,
    }],
};

/// Families that ended or expired long enough ago, and whose absolute expiry is a day past: until then their tokens
/// are told from tokens that never existed. A family that expired unobserved has ended as well. Idle expiry is never
/// later than the absolute one.
fn ended(due: Due) -> Condition {
    use session_family::Column;
    let before = due.before;
    let revoked = Column::RevokedAt.lt(before);
    let expired = Column::RevokedAt.is_null().and(Column::IdleExpiresAt.lt(before));
    Condition::all()
        .add(Column::ExpiresAt.lt(due.now.minus(DAY)))
        .add(Condition::any().add(revoked).add(expired))
}

fn session(row: session_family::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "created_at": row.created_at,
        "auth_time": row.auth_time,
        "last_active_at": row.last_seen_at,
        "rotated_at": row.rotated_at,
        "generation": row.generation,
        "amr": row.amr.names(),
        "aal": row.aal.number(),
        "device_name": row.device_name,
        "browser": row.browser,
        "os": row.os,
        "device_type": row.device_type.as_str(),
        "network": row.last_ip_cidr,
        "location": row.location,
        "country": row.country,
        "latitude": row.latitude.map(degrees),
        "longitude": row.longitude.map(degrees),
        "login_country": row.login_country,
        "idle_expires_at": row.idle_expires_at,
        "expires_at": row.expires_at,
        "ended_at": row.revoked_at,
        "end_reason": row.revoke_reason.map(RevokeReason::as_str),
        "known_device_id": row.known_device_id,
    }))
}

fn degrees(tenths: i16) -> f64 {
    f64::from(tenths) / 10.0
}

/// Kept from the expiry on, also when they were spent long before: a spent link stays known for as long as it could be
/// presented.
pub(super) static ONE_TIME_TOKENS: Table<one_time_token::Entity> = Table {
    category: "one_time_tokens",
    data: &["e-mail address", "purpose", "times"],
    kept_until: AFTER_EXPIRY,
    since: Moment::At(one_time_token::Column::CreatedAt),
    user_ids: &[one_time_token::Column::UserId],
    address: Some(one_time_token::Column::Email),
    sealed: &[],
    purges: &[Purge {
        job: "purge_one_time_tokens",
        kept_for: KeptFor::OneTimeTokens,
        over: |due| one_time_token::Column::ExpiresAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "one_time_tokens",
        theirs: of_links,
        walk: Walk::ById(one_time_token::Column::Id),
        record: one_time_token,
    }],
};

fn of_links(person: &Person) -> Condition {
    use one_time_token::Column;
    // Earlier versions have sent links to addresses without an account.
    let before = Condition::all()
        .add(Column::Email.eq(&person.email))
        .add(Column::UserId.is_null())
        .add(Column::InvitationId.is_null());
    Condition::any().add(Column::UserId.eq(person.id)).add(before)
}

fn one_time_token(row: one_time_token::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "purpose": row.purpose.as_str(),
        "email": row.email,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "used_at": row.used_at,
        "voided_at": row.voided_at,
    }))
}

pub(super) static CHALLENGES: Table<login_challenge::Entity> = Table {
    category: "login_challenges",
    data: &["device name", "what was proven", "number of wrong attempts", "times"],
    kept_until: AFTER_EXPIRY,
    since: Moment::At(login_challenge::Column::CreatedAt),
    user_ids: &[login_challenge::Column::UserId],
    address: None,
    sealed: &[],
    purges: &[Purge {
        job: "purge_login_challenges",
        kept_for: KeptFor::OneTimeTokens,
        over: |due| login_challenge::Column::ExpiresAt.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::WithUser,
    export: &[Section {
        member: "login_challenges",
        theirs: |person| login_challenge::Column::UserId.eq(person.id).into(),
        walk: Walk::ById(login_challenge::Column::Id),
        record: challenge,
    }],
};

fn challenge(row: login_challenge::Model, _: &Person) -> Record {
    Record::from(json!({
        "id": row.id,
        "amr": row.amr.names(),
        "device_name": row.device_name,
        "tries": row.tries,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "used_at": row.used_at,
        "voided_at": row.voided_at,
    }))
}
