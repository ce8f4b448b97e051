//! F-35: a row that cannot be what the server wrote. Its user is refused; everyone else goes on.

use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, SignedIn};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::sql::{bytes_literal, count, id_literal, sql};

/// Sets columns of a session's row.
fn damage_session(env: &Env, id: &str, change: &str) {
    let row = format!("id = {}", id_literal(env, id));
    sql(env, &format!("UPDATE session_families SET {change} WHERE {row}"));
    let changed = sql(env, &format!("SELECT count(*) FROM session_families WHERE {row}"));
    assert_eq!(changed, "1");
}

async fn assert_unharmed(client: &Client, other: &SignedIn) {
    assert_eq!(client.verify(&other.access).await.status, 204);
    assert_eq!(client.login(&other.email, PASSWORD).await.status, 200);
    let ready = client.request(reqwest::Method::GET, "/health/ready");
    assert_eq!(crate::support::client::send(ready).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_damaged_password_hash_lets_no_one_in(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (user, other) = (client.signed_in().await, client.signed_in().await);
    let owner = format!("user_id = (SELECT id FROM users WHERE email = '{}')", user.email);
    let stored = sql(&env, &format!("SELECT hash FROM password_credentials WHERE {owner}"));
    let (parameters, _) = stored.rsplit_once('$').expect("a PHC string");
    for damaged in [
        "",
        "x",
        "$argon2id$",
        parameters,
        &stored[..stored.len() - 3],
        &stored.replace("argon2id", "argon9"),
    ] {
        sql(&env, &format!("UPDATE password_credentials SET hash = '{damaged}' WHERE {owner}"));
        for password in [PASSWORD, "", "x"] {
            let reply = client.login(&user.email, password).await;
            assert!([401, 422, 500].contains(&reply.status), "{damaged}: {reply:?}");
        }
        assert_unharmed(&client, &other).await;
    }
    sql(&env, &format!("UPDATE password_credentials SET hash = '{stored}' WHERE {owner}"));
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_damaged_session_is_refused(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let other = client.signed_in().await;
    for change in [
        format!("salt = {}", bytes_literal(&env, "0102")),
        format!("salt = {}", bytes_literal(&env, "")),
        format!("device_hash = {}", bytes_literal(&env, "01")),
        format!("rotation_key_hash = {}", bytes_literal(&env, "01")),
        "generation = -1".to_owned(),
        "key_id = 999".to_owned(),
    ] {
        let user = client.signed_in().await;
        damage_session(&env, &user.session_id, &change);
        let reply = client.refresh(&user.refresh, None).await;
        assert!(reply.status >= 500, "{change}: {reply:?}");
        assert_unharmed(&client, &other).await;
        // Where to look is said in the log; a key that is not there is no damage of the row.
        let (column, _) = change.split_once(' ').expect("an assignment");
        if column != "key_id" {
            eventually("it is logged", async || {
                let logs = node.logs();
                let tells = |line: &str| {
                    ["session_families", column, &user.session_id].iter().all(|part| line.contains(part))
                };
                logs.lines().any(tells).then_some(())
            })
            .await;
        }
    }
}

#[apply(on_both_databases)]
async fn a_damaged_session_spoils_no_list(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let family = Family::open(&client).await;
    let sibling = family.sibling(&client).await;
    damage_session(&env, &sibling.id, &format!("salt = {}", bytes_literal(&env, "0102")));
    let listed = client.sessions(family.access()).await;
    assert_eq!(listed.status, 200, "{listed:?}");
    let ids: Vec<_> = listed.body["items"].as_array().expect("a list").iter().map(|one| &one["id"]).collect();
    assert!(ids.contains(&&serde_json::json!(family.id)), "{listed:?}");
    // It can be ended all the same.
    assert!(client.delete_other_sessions(family.access()).await.status < 300);
    let live = "session_families WHERE revoked_at IS NULL";
    assert_eq!(count(&env, live), 1);
}

#[apply(on_both_databases)]
async fn a_status_of_another_version_is_not_active(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (user, other) = (client.signed_in().await, client.signed_in().await);
    let loaded = client.refresh(&user.refresh, None).await;
    sql(&env, &format!("UPDATE users SET status = 'suspended' WHERE email = '{}'", user.email));
    client.refresh(&loaded.refresh_token(), None).await.assert_problem(401, "session_revoked");
    client.login(&user.email, PASSWORD).await.assert_problem(403, "account_not_active");
    assert_unharmed(&client, &other).await;
}

#[apply(on_both_databases)]
async fn a_reason_of_another_version_has_ended_the_session(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    for reason in ["'of-the-future'", "''", "NULL"] {
        let user = client.signed_in().await;
        damage_session(&env, &user.session_id, &format!("revoked_at = 1, revoke_reason = {reason}"));
        client.refresh(&user.refresh, None).await.assert_problem(401, "session_revoked");
    }
}
