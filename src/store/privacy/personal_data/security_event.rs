//! Security events, and counts of requests that belong to no account.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition};
use serde_json::json;

use super::Person;
use super::declaration::{Due, Erasure, KeptFor, Moment, Purge, Record, Section, Table, Walk};
use crate::model::mask;
use crate::model::security_event::EventKind;
use crate::store::entity::{security_event, stranger_count};
use crate::store::privacy::pseudonym::Part;

/// There is no foreign key: the events outlive the account.
pub(super) static EVENTS: Table<security_event::Entity> = Table {
    category: "security_events",
    data: &["address", "user agent", "ids of session and request", "what was done, by whom, and when"],
    kept_until: "after the event",
    since: Moment::At(security_event::Column::CreatedAt),
    user_ids: &[security_event::Column::UserId, security_event::Column::ActorId],
    address: None,
    sealed: &[],
    purges: &[
        Purge {
            job: "purge_security_events",
            kept_for: KeptFor::SecurityEvents,
            over: events,
            // What is left of an account's events is never older than what is gone.
            oldest_first: true,
        },
        Purge {
            job: "purge_failed_logins",
            kept_for: KeptFor::FailedLogins,
            over: failed_logins,
            oldest_first: false,
        },
    ],
    erasure: Erasure::Pseudonymised,
    export: &[
        Section {
            member: "security_events",
            theirs: |person| Part::About.of(person.id),
            walk: BY_TIME,
            record: event,
        },
        Section {
            member: "security_events",
            theirs: |person| Part::By.of(person.id),
            walk: BY_TIME,
            record: event,
        },
    ],
};

const BY_TIME: Walk<security_event::Entity> =
    Walk::ByTime(security_event::Column::CreatedAt, security_event::Column::Id);

fn events(due: Due) -> Condition {
    use security_event::Column;
    let is_other = Column::Kind.ne(EventKind::LoginFailed);
    Column::CreatedAt.lt(due.before).and(is_other).into()
}

fn failed_logins(due: Due) -> Condition {
    // Written out, so that both databases see that the index of failed logins is meant.
    let is_failed_login = format!("kind = '{}'", EventKind::LoginFailed.as_str());
    let is_over = security_event::Column::CreatedAt.lt(due.before);
    is_over.and(Expr::cust(is_failed_login)).into()
}

/// The address of another person who acted belongs to that person, and so does what was done to others. Where no one
/// was logged in, such as when someone guesses at a password, the masked network is told.
fn event(row: security_event::Model, person: &Person) -> Record {
    let is_own_place = row.actor_id.is_none_or(|actor| actor == person.id);
    let address = match row.actor_id {
        Some(_) => row.address.filter(|_| is_own_place),
        None => row.address.and_then(|address| address.parse().ok()).map(mask::network),
    };
    let is_about = row.user_id == Some(person.id);
    Record::from(json!({
        "id": row.id,
        "kind": row.kind.as_str(),
        "at": row.created_at,
        "user_id": row.user_id,
        "actor_id": row.actor_id,
        "session_id": row.session_id,
        "correlation_id": row.correlation_id,
        "address": address,
        "user_agent": row.user_agent.filter(|_| is_own_place),
        "detail": is_about.then_some(row.detail),
    }))
}

pub(super) static STRANGER_COUNTS: Table<stranger_count::Entity> = Table {
    category: "stranger_counts",
    data: &["network (masked)", "what was tried, how often, and in which minute"],
    kept_until: "after the minute",
    since: Moment::At(stranger_count::Column::Minute),
    user_ids: &[],
    address: None,
    sealed: &[],
    purges: &[Purge {
        job: "purge_stranger_counts",
        kept_for: KeptFor::FailedLogins,
        over: |due| stranger_count::Column::Minute.lt(due.before).into(),
        oldest_first: false,
    }],
    erasure: Erasure::Unconcerned,
    export: &[],
};
