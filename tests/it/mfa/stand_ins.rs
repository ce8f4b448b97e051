//! Factors written past the server, for what only counts them.

use crate::support::backend::{Backend, Env};
use crate::support::sql::sql;

/// Bytes that differ from user to user.
fn bytes(env: &Env) -> &'static str {
    if env.backend() == Backend::Sqlite { "CAST(email AS BLOB)" } else { "email::bytea" }
}

/// Everyone has a number for codes by SMS from then on, and a code is on its way. Nothing opens them.
pub fn give_numbers(env: &Env) {
    let bytes = bytes(env);
    sql(
        env,
        &format!(
            "INSERT INTO sms_authenticators (user_id, sealed, created_at, confirmed_at) \
             SELECT id, {bytes}, 1, 1 FROM users"
        ),
    );
    sql(
        env,
        &format!(
            "INSERT INTO sms_codes (flow_id, user_id, purpose, sealed, tries, created_at, expires_at) \
             SELECT id, id, 'login', {bytes}, 0, 1, 1 FROM users"
        ),
    );
}

/// Everyone has a passkey from then on. It opens nothing.
pub fn give_passkeys(env: &Env) {
    let credential = bytes(env);
    sql(
        env,
        &format!(
            "INSERT INTO passkeys (id, user_id, credential_id, name, credential, backup_eligible, backed_up, created_at) \
             SELECT id, id, {credential}, 'key', '{{}}', FALSE, FALSE, 1 FROM users"
        ),
    );
    sql(env, "UPDATE users SET mfa_enrolled_at = 1");
}
