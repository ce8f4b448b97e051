//! A login beside an erasure: it comes before the decision, and everything is as it was, or too late.

use macro_rules_attribute::apply;
use reqwest::Method;

use super::rows::{Person, Rows};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, send};
use crate::support::eventually::eventually;
use crate::support::sql::sql;

const ROUNDS: usize = 8;

/// How many rows with the person's own text there are of what an erasure takes first.
fn history(rows: &Rows<'_>, person: &Person) -> [usize; 2] {
    let canary = &person.canary;
    [
        rows.count("security_events", &format!("correlation_id = '{canary}' AND address IS NOT NULL")),
        rows.count("session_families", &format!("device_name = 'device {canary}'")),
    ]
}

#[apply(on_both_databases)]
async fn an_erasure_that_has_begun_cannot_be_stopped(env: Env) {
    let mut node = env.node(&[("KINDRED_RETENTION__INTERVAL", "100ms")]).await;
    let client = node.client();
    let rows = Rows(&env);
    let (ada, admin) = (rows.person(&client, 3).await, client.signed_in().await);
    sql(&env, &format!("UPDATE users SET roles = 'user admin' WHERE email = '{}'", admin.email));
    let key = rows.id(&ada.id);
    // The row that goes last cannot: all that follows is while it is under way.
    rows.hold("DELETE", "users", &key);
    sql(&env, &format!("UPDATE users SET erase_at = 1 WHERE id = {key}"));
    let own = format!("id = {key} AND status = 'erasing'");
    eventually("the erasure has begun", async || (rows.count("users", &own) == 1).then_some(())).await;
    client.verify(&ada.user.access).await.assert_problem(401, "session_revoked");
    client.login(&ada.user.email, PASSWORD).await.assert_problem(403, "account_not_active");
    let path = format!("/api/v1/admin/users/{}", ada.id);
    for action in ["enable", "disable", "unlock"] {
        let call = client.request(Method::POST, &format!("{path}/{action}")).bearer_auth(&admin.access);
        send(call).await.assert_problem(404, "not_found");
    }
    let get = |path: &str| send(client.request(Method::GET, path).bearer_auth(&admin.access));
    assert_eq!(get(&path).await.body["status"], "erasing");
    let listed = async |state: &str| {
        let page = get(&format!("/api/v1/admin/users?status={state}")).await;
        page.body.to_string().contains(&ada.user.email)
    };
    assert!(listed("erasing").await && !listed("disabled").await && !listed("active").await);
    assert_eq!(get("/api/v1/admin/compliance").await.body["erasure"]["due"], 1);
    assert_eq!(rows.count("users", &own), 1);
    // Nor does a crash.
    node.kill_9();
    rows.release();
    let _quick = env.node(&[("KINDRED_RETENTION__INTERVAL", "100ms")]).await;
    eventually("the person is gone", async || {
        (rows.count("users", &format!("id = {key}")) == 0).then_some(())
    })
    .await;
}

#[apply(on_both_databases)]
async fn a_login_cancels_it_whole_or_not_at_all(env: Env) {
    let settings = [("KINDRED_RETENTION__BATCH", "2"), ("KINDRED_RETENTION__INTERVAL", "250ms")];
    let node = env.node(&settings).await;
    let client = node.client();
    let rows = Rows(&env);
    for round in 0..ROUNDS {
        let ada = rows.person(&client, 10).await;
        let key = rows.id(&ada.id);
        let before = history(&rows, &ada);
        assert!(before.iter().all(|count| *count >= 10), "{before:?}");
        sql(&env, &format!("UPDATE users SET erase_at = 1 WHERE id = {key}"));
        let login = client.login(&ada.user.email, PASSWORD).await;
        if login.status == 200 {
            node.run(&["purge"]);
            let kept = format!("id = {key} AND status = 'active' AND erase_at IS NULL");
            assert_eq!(rows.count("users", &kept), 1, "round {round}");
            assert_eq!(history(&rows, &ada), before, "round {round}");
            assert_eq!(client.verify(&login.access()).await.status, 204);
        } else {
            assert!([401, 403].contains(&login.status), "{login:?}");
            eventually("the person is gone", async || {
                (rows.count("users", &format!("id = {key}")) == 0).then_some(())
            })
            .await;
        }
    }
}
