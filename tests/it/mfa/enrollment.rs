//! An authenticator app becomes a second factor.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{codes, confirm, step_up, verify};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::family::{Family, claims};
use crate::support::scene::Scene;
use crate::support::security_events::details_in;
use crate::support::sql::sql;
use crate::support::totp::App;

const TOTP: &str = "/api/v1/me/mfa/totp";

#[apply(on_both_databases)]
async fn it_counts_once_a_code_is_confirmed(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let mut family = Family::open(client).await;
    prove_addresses(&env);
    let begun = client.call(Method::POST, TOTP, family.access(), json!(null)).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    let secret = begun.text("/secret");
    let uri = begun.text("/otpauth_uri");
    assert!(uri.starts_with("otpauth://totp/Kindred:") && uri.contains(&secret), "{uri}");
    assert!(begun.text("/qr_svg").contains("<svg "));
    // Nothing counts so far.
    assert_eq!(client.login(&family.email, PASSWORD).await.body["mfa_required"], json!(null));
    let view = client.call(Method::GET, "/api/v1/me/mfa", family.access(), json!(null)).await;
    assert_eq!((&view.body["enrolled"], &view.body["methods"]), (&json!(false), &json!([])));
    let app = App::new(&secret);
    let wrong = confirm(client, family.access(), &app.wrong_at(scene.seconds())).await;
    wrong.assert_problem(401, "mfa_code_invalid");

    let confirmed = confirm(client, family.access(), &app.code_at(scene.seconds())).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let codes = codes(&confirmed);
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 11));
    let challenge = client.login(&family.email, PASSWORD).await;
    assert_eq!(challenge.body["mfa_required"], true);
    assert_eq!(challenge.body["methods"], json!(["totp", "backup_code"]));
    assert_eq!(challenge.body["expires_in"], 300);
    assert!(challenge.body.get("access_token").is_none() && challenge.body.get("session").is_none());
    // The session that enrolled it rises by a step-up alone.
    family.rotate(client).await;
    assert_eq!(claims(family.access())["acr"], "aal1");
    assert_eq!(claims(family.access())["amr"], json!(["pwd"]));
    let next = app.code_at(scene.seconds() + 30);
    let raised = step_up(client, &mut family, "totp", &next).await;
    assert_eq!(raised.status, 200, "{raised:?}");
    assert_eq!(claims(family.access())["acr"], "aal2");
    assert_eq!(claims(family.access())["amr"], json!(["pwd", "otp", "mfa"]));
    let view = client.call(Method::GET, "/api/v1/me/mfa", family.access(), json!(null)).await;
    assert_eq!((&view.body["enrolled"], &view.body["backup_codes_left"]), (&json!(true), &json!(10)));

    assert_eq!(details_in(&env, "factor.enrolled", &family.id), [json!({"factor": "totp"})]);
    let failed = json!({"factor": "totp", "for": "enrollment"});
    assert_eq!(details_in(&env, "factor.failed", &family.id), [failed]);
    let mailbox = scene.server.mailbox();
    mailbox.wait_for(&family.email, "factor_added").await;
    scene.server.stop().await;
}

/// MF-02: the code that confirmed it is spent.
#[apply(on_both_databases)]
async fn its_code_is_spent(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let family = Family::open(client).await;
    let begun = client.call(Method::POST, TOTP, family.access(), json!(null)).await;
    let app = App::new(&begun.text("/secret"));
    let code = app.code_at(scene.seconds());
    assert_eq!(confirm(client, family.access(), &code).await.status, 200);
    let challenge = client.login(&family.email, PASSWORD).await.text("/challenge_token");
    verify(client, &challenge, "totp", &code).await.assert_problem(401, "mfa_code_invalid");
    let before = app.code_at(scene.seconds() - 30);
    verify(client, &challenge, "totp", &before).await.assert_problem(401, "mfa_code_invalid");
    let next = app.code_at(scene.seconds() + 30);
    assert_eq!(verify(client, &challenge, "totp", &next).await.status, 200);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn there_is_one_at_a_time(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let family = Family::open(client).await;
    confirm(client, family.access(), "123456").await.assert_problem(409, "conflict");
    let first = client.call(Method::POST, TOTP, family.access(), json!(null)).await;
    let second = client.call(Method::POST, TOTP, family.access(), json!(null)).await;
    assert_ne!(first.text("/secret"), second.text("/secret"));
    let old = App::new(&first.text("/secret")).code_at(scene.seconds());
    confirm(client, family.access(), &old).await.assert_problem(401, "mfa_code_invalid");
    let new = App::new(&second.text("/secret")).code_at(scene.seconds());
    assert_eq!(confirm(client, family.access(), &new).await.status, 200);
    confirm(client, family.access(), &new).await.assert_problem(403, "step_up_required");
    let mut family = family;
    family.rotate(client).await;
    confirm(client, family.access(), &new).await.assert_problem(403, "step_up_required");
    let next = App::new(&second.text("/secret")).code_at(scene.seconds() + 30);
    let raised = step_up(client, &mut family, "totp", &next).await;
    assert_eq!(raised.status, 200, "{raised:?}");
    confirm(client, family.access(), &new).await.assert_problem(409, "conflict");
    client.call(Method::POST, TOTP, family.access(), json!(null)).await.assert_problem(409, "conflict");
    scene.server.stop().await;
}

/// MF-11: a stolen session adds nothing.
#[apply(on_both_databases)]
async fn it_asks_for_a_recent_authentication(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let family = Family::open(client).await;
    scene.clock.advance(std::time::Duration::from_secs(301));
    for (method, path, body) in [
        (Method::POST, TOTP, json!(null)),
        (Method::POST, "/api/v1/me/mfa/totp/confirm", json!({"code": "123456"})),
        (Method::DELETE, TOTP, json!(null)),
        (Method::POST, "/api/v1/me/mfa/backup-codes", json!(null)),
    ] {
        let refused = client.call(method, path, family.access(), body).await;
        refused.assert_problem(403, "step_up_required");
        assert_eq!(refused.body["methods"], json!(["password"]));
    }
    scene.server.stop().await;
}

/// I-18: a dump of the database tells no secret.
#[apply(on_both_databases)]
async fn the_database_holds_no_secret_in_the_clear(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    let challenge = person.challenge(scene.client()).await;
    let sealed = if env.backend() == crate::support::backend::Backend::Sqlite {
        "hex(sealed)"
    } else {
        "encode(sealed, 'hex')"
    };
    let dump = sql(&env, &format!("SELECT {sealed} FROM totp_authenticators")).to_lowercase();
    assert!(!dump.contains(&hex::encode(person.app.key())), "the secret lies open");
    let hashes = sql(&env, "SELECT hash FROM backup_codes");
    assert_eq!(hashes.matches("$argon2id$").count(), 10, "{hashes}");
    for code in &person.backup_codes {
        assert!(!hashes.contains(code) && !hashes.contains(&code.replace('-', "")));
    }
    let file = std::fs::read(scene.server.data_dir().join("kindred.db")).unwrap_or_default();
    assert!(memchr::memmem::find(&file, challenge.as_bytes()).is_none());
    scene.server.stop().await;
}
