//! Mails tell times in the zone of the browser that their reader logged in with.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use crate::http::common::prove_addresses;
use crate::mfa::scene::verify;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send, unique_email};
use crate::support::scene::Scene;
use crate::support::sql::sql;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const TEMPLATE: &str = "new_device";

async fn login(client: &Client, email: &str, user_agent: &str, zone: Option<&str>) -> Reply {
    let request = client.request(Method::POST, "/api/v1/auth/login").header("User-Agent", user_agent);
    send(request.json(&json!({"email": email, "password": PASSWORD, "time_zone": zone}))).await
}

#[apply(on_both_databases)]
async fn times_are_those_of_the_login_before(env: Env) {
    let node = env.node(&[]).await;
    let (client, mailbox) = (node.client(), node.mailbox());
    let (traveler, other) = (unique_email(), unique_email());
    for email in [&traveler, &other] {
        assert_eq!(client.register(email, PASSWORD).await.status, 201);
    }
    prove_addresses(&env);
    for (email, zone) in [(&traveler, Some("Asia/Kolkata")), (&other, None)] {
        assert_eq!(login(&client, email, FIREFOX, zone).await.status, 200);
        // A stranger must not choose the zone in which the owner reads of their login.
        assert_eq!(login(&client, email, IPHONE, Some("America/Phoenix")).await.status, 200);
    }
    let mail = mailbox.wait_for(&traveler, TEMPLATE).await;
    assert!(mail.text.contains(" (UTC+5:30)\n"), "{}", mail.text);
    let mail = mailbox.wait_for(&other, TEMPLATE).await;
    assert!(mail.text.contains(" (UTC)\n"), "{}", mail.text);
    assert_eq!(sql(&env, "SELECT DISTINCT time_zone FROM users"), "America/Phoenix");
}

#[apply(on_both_databases)]
async fn a_zone_that_is_not_known_is_none_and_other_text_is_refused(env: Env) {
    let node = env.node(&[]).await;
    let (client, email) = (node.client(), unique_email());
    assert_eq!(client.register(&email, PASSWORD).await.status, 201);
    assert_eq!(login(&client, &email, FIREFOX, Some("Europe/Berlin")).await.status, 200);
    assert_eq!(login(&client, &email, FIREFOX, Some("Mars/Olympus_Mons")).await.status, 200);
    assert_eq!(sql(&env, "SELECT time_zone FROM users"), "Europe/Berlin");
    for wrong in ["", "../../etc/localtime", "Europe/Berlin\r\nBcc: x", &"A".repeat(65)] {
        let reply = login(&client, &email, FIREFOX, Some(wrong)).await;
        reply.assert_problem(422, "validation_failed");
        assert_eq!(reply.text("/errors/0/field"), "time_zone");
    }
}

/// The zone comes with the password, and counts once the second factor was right.
#[apply(on_both_databases)]
async fn a_login_in_two_steps_keeps_the_zone(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    let challenged = login(client, person.email(), FIREFOX, Some("Asia/Kolkata")).await;
    let challenge = challenged.text("/challenge_token");
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE time_zone IS NOT NULL"), "0");
    let code = person.app.code_at(scene.seconds());
    assert_eq!(verify(client, &challenge, "totp", &code).await.status, 200);
    assert_eq!(sql(&env, "SELECT time_zone FROM users"), "Asia/Kolkata");
    scene.server.stop().await;
}
