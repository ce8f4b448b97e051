//! Registrations that wait for the proof of their address: none of them keeps another out, and none is worth
//! anything before it is completed.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{
    DECLINE, FORGOT, LinkScene, NEW_PASSWORD, OWN_PASSWORD, REGISTER, REQUIRED, RESEND, RESET, VERIFY, invite,
};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply, send, unique_email};
use crate::support::scene::Scene;
use crate::support::security_events::{count_events, wait_for_event};
use crate::support::sql::sql;

const EMAIL: &str = "ada@example.com";
const TERMS: (&str, &str) = ("KINDRED_ACCOUNTS__TERMS_VERSION", "2026-11");
/// Clients name their own address.
const PROXY: (&str, &str) = ("KINDRED_SERVER__TRUSTED_PROXIES", "127.0.0.1/32");
const PENDING: &str = "SELECT count(*) FROM pending_registrations";

/// A request from this address.
async fn from(scene: &LinkScene, address: &str, path: &str, body: Value) -> Reply {
    let request = scene.client.request(Method::POST, path).header("X-Forwarded-For", address);
    send(request.json(&body)).await
}

/// Registers from this address: the secret that the answer gives.
async fn register_from(scene: &LinkScene, address: &str, password: &str) -> String {
    let body = json!({"email": EMAIL, "password": password, "display_name": format!("Ada {address}")});
    secret(&from(scene, address, REGISTER, body).await)
}

#[track_caller]
fn secret(reply: &Reply) -> String {
    assert_eq!((reply.status, reply.text("/status").as_str()), (202, "verification_sent"), "{reply:?}");
    let secret = reply.text("/registration_secret");
    assert!(secret.starts_with("kp1_") && secret.len() == 47, "{secret}");
    secret
}

/// The token of the n-th link to the address.
async fn token(scene: &LinkScene, n: usize) -> String {
    scene.mailbox.wait_for_nth(EMAIL, "verify_email", n).await.token()
}

/// Two people have registered the address, each in a network of their own: the tokens of their links.
async fn two(scene: &LinkScene) -> [String; 2] {
    register_from(scene, "192.0.2.1", PASSWORD).await;
    let first = token(scene, 1).await;
    register_from(scene, "198.51.100.1", NEW_PASSWORD).await;
    token(scene, 2).await;
    let mut tokens: Vec<String> =
        scene.mailbox.all(EMAIL, "verify_email").iter().map(|mail| mail.token()).collect();
    tokens.retain(|token| *token != first);
    [first, tokens.remove(0)]
}

fn networks(env: &Env) -> String {
    sql(env, "SELECT network FROM pending_registrations ORDER BY created_at, id").replace('\n', " ")
}

/// However many register before or after the owner, the owner's own registration is the one that counts.
#[apply(on_both_databases)]
async fn a_link_completes_nothing_without_its_own_password(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, PROXY]).await;
    let [owners, strangers] = two(&scene).await;
    for (token, password) in [(&owners, NEW_PASSWORD), (&strangers, PASSWORD), (&owners, "")] {
        let reply = scene.post(VERIFY, json!({"token": token, "password": password})).await;
        reply.assert_problem(401, "invalid_credentials");
    }
    for body in [json!({"token": owners}), json!({"token": owners, "password": null})] {
        let reply = scene.post(VERIFY, body).await;
        reply.assert_problem(422, "validation_failed");
        assert_eq!(reply.text("/errors/0/field"), "password");
    }
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "0");
    let done = scene.verify(&owners).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert!(done.text("/device_token").starts_with("kd2_"), "{done:?}");
    // The others are void, and so is this one.
    for token in [&owners, &strangers] {
        for password in [PASSWORD, NEW_PASSWORD] {
            let body = json!({"token": token, "password": password});
            scene.post(VERIFY, body).await.assert_problem(401, "token_invalid");
        }
    }
    assert_eq!(sql(&env, PENDING), "0");
    scene.client.login(EMAIL, NEW_PASSWORD).await.assert_problem(401, "invalid_credentials");
    let login = scene.client.login(EMAIL, PASSWORD).await;
    let me = scene.client.me(&login.access()).await.body;
    assert_eq!((&me["display_name"], &me["email_verified"]), (&json!("Ada 192.0.2.1"), &json!(true)), "{me}");
    assert_eq!((count_events(&env, "account.registered"), count_events(&env, "email.verified")), (1, 1));
}

#[apply(on_both_databases)]
async fn the_secret_of_a_registration_stands_in_for_its_password(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, PROXY]).await;
    let first = register_from(&scene, "192.0.2.1", PASSWORD).await;
    let link = token(&scene, 1).await;
    let second = register_from(&scene, "198.51.100.1", NEW_PASSWORD).await;
    for wrong in [second.as_str(), "", PASSWORD, &link] {
        let body = json!({"token": link, "registration_secret": wrong});
        scene.post(VERIFY, body).await.assert_problem(401, "invalid_credentials");
    }
    let both = json!({"token": link, "registration_secret": first, "password": PASSWORD});
    scene.post(VERIFY, both).await.assert_problem(422, "validation_failed");
    // The secret alone is worth nothing.
    let alone = json!({"token": first, "registration_secret": first});
    scene.post(VERIFY, alone).await.assert_problem(401, "token_invalid");
    scene.client.login(EMAIL, &first).await.assert_problem(401, "invalid_credentials");
    let done = scene.post(VERIFY, json!({"token": link, "registration_secret": first})).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(scene.client.login(EMAIL, PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn the_secret_for_a_taken_address_leads_nowhere(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED]).await;
    let owner = scene.verified().await;
    let owners_link = scene.mailbox.all(&owner, "verify_email")[0].token();
    let reply = scene.client.register(&owner, NEW_PASSWORD).await;
    let secret = secret(&reply);
    scene.mailbox.wait_for(&owner, "address_taken").await;
    for token in [&secret, &owners_link] {
        let body = json!({"token": token, "registration_secret": secret});
        scene.post(VERIFY, body).await.assert_problem(401, "token_invalid");
    }
    scene.client.login(&owner, NEW_PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(scene.client.login(&owner, PASSWORD).await.status, 200);
    // Nor is a link to it sent by asking for one.
    assert_eq!(scene.post(RESEND, json!({"email": owner})).await.status, 202);
    scene.without_link(1).await;
    scene.mailbox.settled(&env).await;
    assert_eq!(scene.mailbox.all(&owner, "verify_email").len(), 1);
}

#[apply(on_both_databases)]
async fn five_stand_side_by_side_one_of_each_network(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, PROXY]).await;
    // The owner first; then a stranger with a wide network.
    register_from(&scene, "203.0.113.7", PASSWORD).await;
    let owners = token(&scene, 1).await;
    for host in 1..=4 {
        register_from(&scene, &format!("192.0.2.{host}"), NEW_PASSWORD).await;
    }
    assert_eq!(networks(&env), "203.0.113.7 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4");
    for host in 5..=9 {
        register_from(&scene, &format!("192.0.2.{host}"), NEW_PASSWORD).await;
    }
    assert_eq!(networks(&env), "203.0.113.7 192.0.2.6 192.0.2.7 192.0.2.8 192.0.2.9");
    // From one network the second takes the place of the first.
    register_from(&scene, "192.0.2.8", NEW_PASSWORD).await;
    assert_eq!(networks(&env), "203.0.113.7 192.0.2.6 192.0.2.7 192.0.2.9 192.0.2.8");
    register_from(&scene, "2001:db8:1:2::3", NEW_PASSWORD).await;
    register_from(&scene, "2001:db8:1:2:ffff::4", NEW_PASSWORD).await;
    assert_eq!(networks(&env), "203.0.113.7 192.0.2.7 192.0.2.9 192.0.2.8 2001:db8:1:2::/64");
    assert_eq!(scene.verify(&owners).await.status, 200);
}

#[apply(on_both_databases)]
async fn many_at_once_hold_five_places(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, PROXY]).await;
    let attempts = (0..20).map(|number| {
        let request = scene.client.request(Method::POST, REGISTER);
        let request = request.header("X-Forwarded-For", format!("192.0.2.{}", number % 10));
        tokio::spawn(send(request.json(&json!({"email": EMAIL, "password": PASSWORD}))))
    });
    for attempt in attempts.collect::<Vec<_>>() {
        secret(&attempt.await.expect("an answer"));
    }
    assert_eq!(sql(&env, PENDING), "5");
    assert_eq!(sql(&env, "SELECT count(DISTINCT network) FROM pending_registrations"), "5");
    // Of all links to one address, completed at once, one makes an account.
    scene.mailbox.settled(&env).await;
    let mails = scene.mailbox.all(EMAIL, "verify_email");
    assert_eq!(mails.len(), 20);
    let attempts = mails.iter().map(|mail| {
        let (client, body) = (scene.client.clone(), json!({"token": mail.token(), "password": PASSWORD}));
        tokio::spawn(async move { client.post(VERIFY, body).await.status })
    });
    let mut done = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        let status = attempt.await.expect("an answer");
        assert!([200, 401].contains(&status), "{status}");
        done += usize::from(status == 200);
    }
    assert_eq!((done, sql(&env, "SELECT count(*) FROM users").as_str()), (1, "1"));
}

#[apply(on_both_databases)]
async fn nothing_of_it_is_usable_before(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, ("KINDRED_THROTTLE__PASSWORD_FAILURES", "3")]).await;
    let unknown = scene.client.login(EMAIL, NEW_PASSWORD).await;
    secret(&scene.client.register(EMAIL, PASSWORD).await);
    let wrong = scene.client.login(EMAIL, NEW_PASSWORD).await;
    wrong.assert_problem(401, "invalid_credentials");
    super::enumeration::assert_alike(&[without_id(unknown), without_id(wrong)]);
    scene.client.login(EMAIL, PASSWORD).await.assert_problem(403, "email_not_verified");
    // A right one settles the wrong ones before it; after the last, the right one is answered like them.
    for _ in 0..3 {
        scene.client.login(EMAIL, NEW_PASSWORD).await.assert_problem(401, "invalid_credentials");
    }
    scene.client.login(EMAIL, PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(sql(&env, "SELECT count(*) FROM session_families"), "0");
    // That was anyone; the holder of the link has attempts of their own.
    let link = token(&scene, 1).await;
    assert_eq!(scene.verify(&link).await.status, 200);
}

#[apply(on_both_databases)]
async fn wrong_passwords_with_the_link_count(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, ("KINDRED_THROTTLE__PASSWORD_FAILURES", "3")]).await;
    let secret = secret(&scene.client.register(EMAIL, PASSWORD).await);
    let link = token(&scene, 1).await;
    for _ in 0..3 {
        let body = json!({"token": link, "password": NEW_PASSWORD});
        scene.post(VERIFY, body).await.assert_problem(401, "invalid_credentials");
    }
    scene.verify(&link).await.assert_problem(401, "invalid_credentials");
    scene.client.login(EMAIL, PASSWORD).await.assert_problem(403, "email_not_verified");
    let body = json!({"token": link, "registration_secret": secret});
    assert_eq!(scene.post(VERIFY, body).await.status, 200);
}

#[apply(on_both_databases)]
async fn who_did_not_register_says_so(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, PROXY]).await;
    let [owners, strangers] = two(&scene).await;
    let declined = scene.post(DECLINE, json!({"token": strangers})).await;
    assert_eq!((declined.status, &declined.body), (204, &Value::Null), "{declined:?}");
    scene.post(DECLINE, json!({"token": strangers})).await.assert_problem(401, "token_invalid");
    let body = json!({"token": strangers, "password": NEW_PASSWORD});
    scene.post(VERIFY, body).await.assert_problem(401, "token_invalid");
    assert_eq!((sql(&env, PENDING).as_str(), count_events(&env, "registration.declined")), ("1", 1));
    assert_eq!(scene.verify(&owners).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_password_of_ones_own_drops_all_of_them(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, PROXY]).await;
    let [_, strangers] = two(&scene).await;
    let own = "my-own-Velvet-992-orbit";
    let body = |password: &str| json!({"token": strangers, "new_password": password});
    let weak = scene.post(OWN_PASSWORD, body("password1")).await;
    weak.assert_problem(422, "weak_password");
    assert_eq!(weak.text("/errors/0/field"), "new_password");
    let done = scene.post(OWN_PASSWORD, body(own)).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert!(done.text("/device_token").starts_with("kd2_"), "{done:?}");
    scene.post(OWN_PASSWORD, body(own)).await.assert_problem(401, "token_invalid");
    assert_eq!(sql(&env, PENDING), "0");
    for password in [PASSWORD, NEW_PASSWORD] {
        scene.client.login(EMAIL, password).await.assert_problem(401, "invalid_credentials");
    }
    let login = scene.client.login(EMAIL, own).await;
    let me = scene.client.me(&login.access()).await.body;
    assert_eq!((&me["display_name"], &me["email_verified"]), (&Value::Null, &json!(true)), "{me}");
}

#[apply(on_both_databases)]
async fn a_reset_link_proves_a_pending_address(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, PROXY]).await;
    let [owners, _] = two(&scene).await;
    for n in 1..=5 {
        assert_eq!(scene.post(FORGOT, json!({"email": EMAIL})).await.status, 202);
        wait_for_event(&env, "password.reset_requested", n).await;
    }
    assert_eq!(scene.post(FORGOT, json!({"email": EMAIL})).await.status, 202);
    scene.without_link(1).await;
    scene.mailbox.settled(&env).await;
    let mails = scene.mailbox.all(EMAIL, "reset_password");
    assert_eq!(mails.len(), 5, "no more than that work at once, and none is void");
    let body =
        |number: usize, password: &str| json!({"token": mails[number].token(), "new_password": password});
    scene.post(RESET, body(0, "password1")).await.assert_problem(422, "weak_password");
    let own = "my-own-Velvet-992-orbit";
    let done = scene.post(RESET, body(0, own)).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert!(done.text("/device_token").starts_with("kd2_"), "{done:?}");
    scene.post(RESET, body(1, own)).await.assert_problem(401, "token_invalid");
    scene.verify(&owners).await.assert_problem(401, "token_invalid");
    assert_eq!(
        (sql(&env, PENDING), sql(&env, "SELECT count(*) FROM one_time_tokens WHERE used_at IS NULL")),
        ("0".into(), "0".into())
    );
    assert_eq!(scene.client.login(EMAIL, own).await.status, 200);
    // An address without any gets none.
    let unknown = unique_email();
    assert_eq!(scene.post(FORGOT, json!({"email": unknown})).await.status, 202);
    scene.without_link(2).await;
    scene.mailbox.assert_none(&env, &unknown, "reset_password").await;
}

#[apply(on_both_databases)]
async fn a_link_is_sent_again_to_whom_it_is_of(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, PROXY]).await;
    let [first, second] = two(&scene).await;
    for (n, (address, expected)) in [("192.0.2.1", &first), ("203.0.113.1", &second)].into_iter().enumerate()
    {
        assert_eq!(from(&scene, address, RESEND, json!({"email": EMAIL})).await.status, 202);
        wait_for_event(&env, "email.verification_requested", n + 1).await;
        scene.mailbox.settled(&env).await;
        let mails = scene.mailbox.all(EMAIL, "verify_email");
        assert_eq!(mails.len(), n + 3);
        let same = mails.iter().filter(|mail| mail.token() == *expected).count();
        assert_eq!(same, 2, "the same link, so that none that was delivered is void");
    }
    assert_eq!(scene.verify(&first).await.status, 200);
}

#[apply(on_both_databases)]
async fn consent_is_kept_with_the_account(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, TERMS]).await;
    let body = json!({"email": EMAIL, "password": PASSWORD, "accepted_terms": "2026-11"});
    secret(&scene.post(REGISTER, body).await);
    assert_eq!(sql(&env, "SELECT count(*) FROM consents"), "0");
    let given = sql(&env, "SELECT created_at FROM pending_registrations");
    assert_eq!(scene.verify(&token(&scene, 1).await).await.status, 200);
    assert_eq!(
        sql(&env, "SELECT version, network, accepted_at FROM consents"),
        format!("2026-11|127.0.0.0/24|{given}")
    );
    assert_eq!(count_events(&env, "consent.given"), 1);
}

#[apply(on_both_databases)]
async fn an_invitation_drops_them(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED, PROXY]).await;
    let [_, strangers] = two(&scene).await;
    let body = json!({
        "email": EMAIL, "password": "my-own-Velvet-992-orbit",
        "invitation_token": invite(&env, EMAIL, "user support", i64::MAX),
    });
    let reply = scene.post(REGISTER, body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert!(reply.text("/device_token").starts_with("kd2_"), "{reply:?}");
    assert_eq!(sql(&env, PENDING), "0");
    let body = json!({"token": strangers, "password": NEW_PASSWORD});
    scene.post(VERIFY, body).await.assert_problem(401, "token_invalid");
    scene.client.login(EMAIL, NEW_PASSWORD).await.assert_problem(401, "invalid_credentials");
}

#[apply(on_both_databases)]
async fn an_invitation_of_a_taken_address_does_not_tell(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED]).await;
    let owner = scene.verified().await;
    let invitation = invite(&env, &owner, "user support", i64::MAX);
    let body = json!({"email": owner, "password": NEW_PASSWORD, "invitation_token": invitation});
    secret(&scene.post(REGISTER, body).await);
    scene.mailbox.wait_for(&owner, "address_taken").await;
    assert_eq!(sql(&env, "SELECT roles FROM users"), "user");
}

#[apply(on_both_databases)]
async fn they_end_with_their_links(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[REQUIRED]).await;
    assert_eq!(server.client.register(EMAIL, PASSWORD).await.status, 202);
    let link = server.mailbox().wait_for(EMAIL, "verify_email").await.token();
    clock.advance(std::time::Duration::from_secs(24 * 60 * 60));
    let body = json!({"token": link, "password": PASSWORD});
    server.client.post(VERIFY, body).await.assert_problem(401, "token_invalid");
    server.client.login(EMAIL, PASSWORD).await.assert_problem(401, "invalid_credentials");
    server.client.post(DECLINE, json!({"token": link})).await.assert_problem(401, "token_invalid");
    // What is over holds no place.
    assert_eq!(server.client.register(EMAIL, PASSWORD).await.status, 202);
    assert_eq!(sql(&env, PENDING), "1");
    server.stop().await;
}

/// But for what differs in every answer.
fn without_id(mut reply: Reply) -> Reply {
    reply.body["correlation_id"] = json!("");
    reply
}
