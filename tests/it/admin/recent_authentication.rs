//! Changes ask for a recent authentication; reading does not.

use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::common::{Person, login, person, user_path};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::scene::Scene;

#[apply(on_both_databases)]
async fn a_change_needs_a_recent_authentication(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[("KINDRED_SESSIONS__STEP_UP_MAX_AGE", "5m")]).await;
    let client = server.client.clone();
    let (admin, target) = (person(&env, &client, "user admin").await, person(&env, &client, "user").await);
    let path = user_path(&target.id);
    let rename = json!({"display_name": "Grace"});
    clock.advance(Duration::from_secs(300));
    assert_eq!(admin.patch(&client, &path, rename.clone()).await.status, 200);
    clock.advance(Duration::from_secs(1));
    for (method, path, body) in [
        (Method::PATCH, path.clone(), Some(rename)),
        (Method::POST, format!("{path}/disable"), None),
        (Method::DELETE, format!("{path}/sessions"), None),
        (Method::POST, "/api/v1/admin/root-keys/rotate".to_owned(), None),
        (Method::POST, "/api/v1/admin/root-keys/1/retire".to_owned(), None),
        (Method::POST, "/api/v1/admin/invitations".to_owned(), Some(json!({"email": "a@example.com"}))),
    ] {
        let refused = admin.call(&client, method, &path, body).await;
        refused.assert_problem(403, "step_up_required");
        assert_eq!(refused.body["max_age"], 300, "{refused:?}");
    }
    assert_eq!(admin.get(&client, &path).await.status, 200);
    assert_eq!(admin.get(&client, "/api/v1/admin/events").await.status, 200);
    // Proven again in the same session, or in a new one.
    let proven = client.step_up(&admin.access, &admin.refresh, PASSWORD).await;
    let stepped_up = Person { access: proven.access(), ..admin };
    assert_eq!(stepped_up.act(&client, &target.id, "unlock").await.status, 204);
    let fresh = login(&client, stepped_up.email).await;
    assert_eq!(fresh.act(&client, &target.id, "disable").await.status, 204);
    server.stop().await;
}
