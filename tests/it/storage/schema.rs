//! The schema as text, to be compared.

use crate::support::backend::{Backend, Env};
use crate::support::sql::sql;

/// Tables with their columns, indexes and constraints, without the migrations' own bookkeeping.
pub fn schema(env: &Env) -> String {
    match env.backend() {
        Backend::Sqlite => sql(
            env,
            "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name <> 'seaql_migrations' \
             AND tbl_name <> 'sqlite_sequence' ORDER BY type, name",
        ),
        Backend::Postgres => [
            "SELECT table_name, column_name, data_type, is_nullable, column_default \
             FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' ORDER BY 1, 2",
            "SELECT indexdef FROM pg_indexes \
             WHERE schemaname = 'public' AND tablename <> 'seaql_migrations' ORDER BY 1",
            "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint \
             WHERE connamespace = 'public'::regnamespace AND conrelid <> 'seaql_migrations'::regclass \
             ORDER BY 1, 2",
            "SELECT relname, reloptions FROM pg_class \
             WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL ORDER BY 1",
        ]
        .map(|part| sql(env, part))
        .join("\n\n"),
    }
}
