//! I-12: a change and its security event are there both or neither, whatever crashed between the request and the answer.

use crate::support::backend::Env;
use crate::support::sql::sql;

/// What can have ended the session of a ledger.
const ENDINGS: &str = "('session.ended', 'refresh_token.replayed', 'refresh_token.unconfirmed')";

/// Each session was opened by a login that was recorded, each that has ended has an event that says so, and no such event is
/// about a session that goes on.
pub fn assert_changes_have_events(env: &Env) {
    let of_it = |kinds: &str| {
        format!("SELECT 1 FROM security_events AS e WHERE e.session_id = f.id AND e.kind IN {kinds}")
    };
    let sessions = |condition: String| {
        sql(env, &format!("SELECT count(*) FROM session_families AS f WHERE {condition}"))
    };
    let (login, ending) = (of_it("('login.succeeded')"), of_it(ENDINGS));
    assert_ne!(sessions("f.revoked_at IS NOT NULL".to_owned()), "0", "some have ended");
    assert_eq!(sessions(format!("NOT EXISTS ({login})")), "0", "sessions that no login has opened");
    let silent = sessions(format!("f.revoked_at IS NOT NULL AND NOT EXISTS ({ending})"));
    assert_eq!(silent, "0", "sessions have ended without an event");
    let going_on = sessions(format!("f.revoked_at IS NULL AND EXISTS ({ending})"));
    assert_eq!(going_on, "0", "sessions go on although an event says that they have ended");
}
