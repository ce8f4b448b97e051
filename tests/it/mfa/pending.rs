//! MF-08: a login that waits for its second factor opens nothing else.

use macro_rules_attribute::apply;
use reqwest::Method;
use reqwest::header::COOKIE;
use serde_json::json;

use crate::http::common::{Document, concrete};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::send;
use crate::support::scene::Scene;

#[apply(on_both_databases)]
async fn its_token_is_no_access_token_and_no_refresh_token(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    let challenge = person.challenge(client).await;
    let document = Document::of(client).await;
    let mut tried = 0;
    for (path, method, operation) in document.operations() {
        let name: Method = method.to_uppercase().parse().expect("a method");
        if !operation["security"].to_string().contains("bearer") {
            continue;
        }
        tried += 1;
        let request = client.request(name.clone(), &concrete(path)).bearer_auth(&challenge);
        let request = request.header(COOKIE, format!("kindred_at_v1={challenge}; kindred_rt_v1={challenge}"));
        let reply = send(request.json(&json!({}))).await;
        assert_eq!(reply.status, 401, "{method} {path}: {reply:?}");
    }
    assert!(tried > 30, "{tried}");
    client.refresh(&challenge, None).await.assert_problem(401, "refresh_token_invalid");
    for path in
        ["/api/v1/auth/password/reset", "/api/v1/auth/email/verify", "/api/v1/auth/email/change/confirm"]
    {
        let body = match path.ends_with("reset") {
            true => json!({"token": challenge, "new_password": "another-Horse-43-battery"}),
            false => json!({"token": challenge}),
        };
        let reply = send(client.request(Method::POST, path).json(&body)).await;
        reply.assert_problem(401, "token_invalid");
    }
    // And still it does what it is for.
    let code = person.app.code_at(scene.seconds());
    assert_eq!(super::scene::verify(client, &challenge, "totp", &code).await.status, 200);
    scene.server.stop().await;
}
