//! F-35: a server without its keys does not start, and makes no new ones.

use macro_rules_attribute::apply;

use super::refusal::refusal;
use crate::support::backend::{Env, on_both_databases};
use crate::support::sql::{bytes_literal, dump, sql};

#[apply(on_both_databases)]
async fn damaged_keys_refuse_to_start(env: Env) {
    let mut node = env.node(&[]).await;
    node.kill_9();
    let damaged = "a key in the database is damaged";
    let other = "the keys in the database were sealed with another master key";
    let damages = [
        ("root_keys", format!("sealed = {}", bytes_literal(&env, "00")), damaged),
        ("root_keys", format!("sealed = {}", bytes_literal(&env, "")), damaged),
        ("root_keys", "state = 'retired'".to_owned(), "there is no active root key"),
        ("signing_keys", format!("sealed = {}", bytes_literal(&env, "0102")), damaged),
        ("signing_keys", format!("sealed = {}", bytes_literal(&env, "02cafecafe00")), other),
        ("signing_keys", "state = kid".to_owned(), damaged),
        ("signing_keys", "public_jwk = '{'".to_owned(), damaged),
    ];
    for (table, change, expected) in damages {
        sql(&env, &format!("CREATE TABLE kept AS SELECT * FROM {table}"));
        sql(&env, &format!("UPDATE {table} SET {change}"));
        let before = dump(&env);
        let message = refusal(&env.setup(&[]));
        assert!(message.contains(expected), "{table} {change}: {message}");
        assert_eq!(dump(&env), before, "nothing was replaced");
        sql(&env, &format!("DELETE FROM {table}"));
        sql(&env, &format!("INSERT INTO {table} SELECT * FROM kept"));
        sql(&env, "DROP TABLE kept");
    }
    env.node(&[]).await; // what was damaged was all there was to it
}
