//! People who have shown that their address is theirs: only they are warned by mail.

use super::backend::{Backend, Env};
use crate::storage::sql::sql;

/// From now on whoever registers has proven the address. The database must have its tables already.
pub fn prove_everyone(env: &Env) {
    if env.backend() == Backend::Sqlite {
        sql(
            env,
            "CREATE TRIGGER proven AFTER INSERT ON users BEGIN \
             UPDATE users SET email_verified_at = NEW.created_at WHERE id = NEW.id; END",
        );
    } else {
        sql(
            env,
            "CREATE FUNCTION prove() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN NEW.email_verified_at := NEW.created_at; RETURN NEW; END $$",
        );
        sql(env, "CREATE TRIGGER proven BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION prove()");
    }
    // Who is there already has as well.
    sql(env, "UPDATE users SET email_verified_at = created_at WHERE email_verified_at IS NULL");
}
