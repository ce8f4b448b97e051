//! An account that an administrator erases, by the API and by the command line.

use macro_rules_attribute::apply;
use serde_json::json;

use super::common::{person, user_path};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::eventually::eventually;
use crate::support::mailbox::Mailbox;
use crate::support::sql::sql;

/// An owner's own request would leave this time.
const GRACE: (&str, &str) = ("KINDRED_PRIVACY__ERASURE_GRACE", "14d");

#[apply(on_both_databases)]
async fn an_account_is_erased_at_once_and_its_owner_is_told(env: Env) {
    let node = env.node(&[GRACE]).await;
    let (client, mailbox) = (node.client(), Mailbox::of(node.data_dir()));
    let admin = person(&env, &client, "user admin").await;
    let user = person(&env, &client, "user").await;

    assert_eq!(admin.delete(&client, &user_path(&user.id)).await.status, 204);
    admin.get(&client, &user_path(&user.id)).await.assert_problem(404, "not_found");
    admin.delete(&client, &user_path(&user.id)).await.assert_problem(404, "not_found");
    client.verify(&user.access).await.assert_problem(401, "session_revoked");
    client.login(&user.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    mailbox.wait_for(&user.email, "account_erased").await;
    mailbox.assert_none(&env, &user.email, "erasure_requested").await;
    let ordered = admin.events_about(&client, "account.erasure_requested", &user.id).await;
    assert_eq!((ordered.len(), &ordered[0]["actor_id"]), (1, &json!(admin.id)), "{ordered:?}");
    assert_eq!(admin.events_about(&client, "account.erased", &user.id).await.len(), 1);
    // Nothing of the account is left: the address is free.
    assert_eq!(client.register(&user.email, PASSWORD).await.status, 201);
}

#[apply(on_both_databases)]
async fn no_one_erases_upwards_themselves_or_the_last_administrator(env: Env) {
    let node = env.node(&[GRACE]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let support = person(&env, &client, "user support").await;
    let user = person(&env, &client, "user").await;
    admin.delete(&client, &user_path(&admin.id)).await.assert_problem(403, "forbidden");
    support.delete(&client, &user_path(&user.id)).await.assert_problem(403, "forbidden");
    user.delete(&client, &user_path(&support.id)).await.assert_problem(403, "forbidden");
    let refused = node.try_run(&["user", "erase", &admin.email]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("the last active administrator"),
        "{refused:?}"
    );
    let users = sql(&env, "SELECT count(*) FROM users WHERE erase_at IS NULL");
    assert_eq!(users, "3", "no erasure is recorded either");
}

#[apply(on_both_databases)]
async fn the_operator_erases_beside_the_server(env: Env) {
    let node = env.node(&[GRACE]).await;
    let (client, mailbox) = (node.client(), Mailbox::of(node.data_dir()));
    let user = person(&env, &client, "user").await;
    node.run(&["user", "erase", &user.email]);
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "0");
    mailbox.wait_for(&user.email, "account_erased").await;
    eventually("the server enforces it", async || {
        (client.verify(&user.access).await.code() == "session_revoked").then_some(())
    })
    .await;
    let via = "SELECT count(*) FROM security_events WHERE kind = 'account.erasure_requested' AND CAST(detail AS text) LIKE '%cli%'";
    assert_eq!(sql(&env, via), "1");
    assert_eq!(node.try_run(&["user", "erase", &user.email]).status.code(), Some(1));
}
