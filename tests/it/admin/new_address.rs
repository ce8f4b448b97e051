//! An address that an administrator gives an account, by the API and by the command line.

use kindred::clock::{Clock, SystemClock};
use kindred::entropy::{OsEntropy, uuid_v7};
use kindred::model::one_time_token::{OneTimeToken, Purpose};
use macro_rules_attribute::apply;
use serde_json::json;

use super::common::{Person, person, user_path};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::mailbox::Mailbox;
use crate::support::sql::{bytes_literal, id_literal, sql};

const NEW: &str = "grace.new@example.org";

/// The link that brings the present address back, as an earlier change of address has mailed it. Gives its token.
fn undo_link(env: &Env, user: &Person) -> String {
    let (token, purpose) = (OneTimeToken::generate(&OsEntropy), Purpose::UndoEmailChange);
    let row = id_literal(env, uuid_v7(&OsEntropy, SystemClock.now()));
    let hash = bytes_literal(env, &hex::encode(token.hash(purpose).0));
    let (name, email, owner) = (purpose.as_str(), &user.email, id_literal(env, &user.id));
    sql(
        env,
        &format!(
            "INSERT INTO one_time_tokens (id, purpose, user_id, token_hash, email, created_at, expires_at) \
             VALUES ({row}, '{name}', {owner}, {hash}, '{email}', 1, {})",
            i64::MAX / 2
        ),
    );
    token.expose().to_owned()
}

#[apply(on_both_databases)]
async fn both_mailboxes_are_told_and_old_links_are_void(env: Env) {
    let node = env.node(&[]).await;
    let (client, mailbox) = (node.client(), Mailbox::of(node.data_dir()));
    let admin = person(&env, &client, "user admin").await;
    let user = person(&env, &client, "user").await;
    let asked = client.post("/api/v1/auth/password/forgot", json!({"email": user.email})).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let link = mailbox.wait_for(&user.email, "reset_password").await.token();
    let undo = undo_link(&env, &user);

    let changed =
        admin.patch(&client, &user_path(&user.id), json!({"email": " Grace.NEW@example.org"})).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!((&changed.body["email"], &changed.body["email_verified"]), (&json!(NEW), &json!(true)));
    mailbox.wait_for(&user.email, "email_changed").await;
    mailbox.wait_for(NEW, "email_assigned").await;
    let events = admin.events_about(&client, "email.changed", &user.id).await;
    assert_eq!((events.len(), &events[0]["actor_id"]), (1, &json!(admin.id)), "{events:?}");

    // As after a change by the owner: sessions live, and links to the former mailbox are void.
    assert_eq!(client.me(&user.access).await.body["email"], NEW);
    let reset = json!({"token": link, "new_password": "lantern orbit velvet drizzle"});
    client.post("/api/v1/auth/password/reset", reset).await.assert_problem(401, "token_invalid");
    let undo = json!({"token": undo, "action": "undo_email_change"});
    client.post("/api/v1/auth/links/act", undo).await.assert_problem(401, "token_invalid");
    client.login(&user.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(client.login(NEW, PASSWORD).await.status, 200);

    // The same again changes nothing and tells no one.
    assert_eq!(admin.patch(&client, &user_path(&user.id), json!({"email": NEW})).await.status, 200);
    assert_eq!(admin.events_about(&client, "email.changed", &user.id).await.len(), 1);
}

#[apply(on_both_databases)]
async fn what_was_not_verified_stays_so(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let user = person(&env, &client, "user").await;
    sql(&env, &format!("UPDATE users SET email_verified_at = NULL WHERE email = '{}'", user.email));
    let changed = admin.patch(&client, &user_path(&user.id), json!({"email": NEW})).await;
    assert_eq!((&changed.body["email"], &changed.body["email_verified"]), (&json!(NEW), &json!(false)));
}

#[apply(on_both_databases)]
async fn addresses_that_cannot_be_given(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let support = person(&env, &client, "user support").await;
    let user = person(&env, &client, "user").await;
    let path = user_path(&user.id);
    let taken = admin.patch(&client, &path, json!({"email": support.email})).await;
    taken.assert_problem(409, "email_taken");
    let malformed = admin.patch(&client, &path, json!({"email": "grace", "display_name": "Grace"})).await;
    malformed.assert_problem(422, "validation_failed");
    assert_eq!(malformed.text("/errors/0/field"), "email");
    // One's own is changed by a link to the new mailbox.
    let own = admin.patch(&client, &user_path(&admin.id), json!({"email": NEW})).await;
    own.assert_problem(403, "forbidden");
    support.patch(&client, &path, json!({"email": NEW})).await.assert_problem(403, "forbidden");
    let kept = admin.get(&client, &path).await;
    assert_eq!((&kept.body["email"], &kept.body["display_name"]), (&json!(user.email), &json!(null)));
}

#[apply(on_both_databases)]
async fn the_operator_sets_an_address(env: Env) {
    let node = env.node(&[]).await;
    let (client, mailbox) = (node.client(), Mailbox::of(node.data_dir()));
    let user = person(&env, &client, "user").await;
    let other = person(&env, &client, "user").await;
    node.run(&["user", "set-email", &user.email, NEW]);
    mailbox.wait_for(&user.email, "email_changed").await;
    mailbox.wait_for(NEW, "email_assigned").await;
    assert_eq!(client.login(NEW, PASSWORD).await.status, 200);
    for (address, words) in [(other.email.as_str(), "exists"), ("nonsense", "not an e-mail address")] {
        let refused = node.try_run(&["user", "set-email", NEW, address]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains(words), "{refused:?}");
    }
}
