//! Accounts that were used before their address was proven: a reset by the owner leaves nothing of a stranger's.

use kindred::clock::{Clock, SystemClock};
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{DECLINE, LinkScene, NEW_PASSWORD, OWN_PASSWORD, VERIFY};
use crate::avatars::common::{png, put};
use crate::login::known_devices::is_known;
use crate::mfa::scene::{codes, confirm};
use crate::passkeys::scene::{SERVICE, enroll, log_in, raise, usual};
use crate::sms::scene::{self as sms, NUMBER, SMS};
use crate::support::authenticator::Passkey;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, SignedIn, send};
use crate::support::family::Family;
use crate::support::phones::Phones;
use crate::support::security_events::{count_events, details};
use crate::support::sql::sql;
use crate::support::totp::App;

/// What a stranger has set up in an account of someone else's address.
struct Squat {
    user: SignedIn,
    passkey: Passkey,
    /// The token of a device that the account trusts.
    device: String,
}

async fn squat(scene: &LinkScene) -> Squat {
    let client = &scene.client;
    let user = client.signed_in().await;
    let name = json!({"display_name": "Mallory", "locale": "de"});
    let named = post_as_patch(client, &user.access, name).await;
    assert_eq!(named, 200);
    let (passkey, added) = enroll(client, &user.access, &usual()).await;
    assert_eq!(added.status, 201, "{added:?}");
    let mut family = Family::of_user(&user);
    raise(client, &mut family, &passkey, &usual()).await;
    let user = SignedIn { access: family.access().to_owned(), refresh: family.live().to_owned(), ..user };
    let device = set_up_phone_and_trust(scene, &user, &codes(&added)[0]).await;
    let uploaded = put(client, &user, "image/png", png([1, 2, 3])).await;
    assert!(uploaded.status < 300, "{uploaded:?}");
    Squat { user, passkey, device }
}

/// Names a phone number, and has a device trusted by a login with this backup code. Gives the device's token.
async fn set_up_phone_and_trust(scene: &LinkScene, user: &SignedIn, backup_code: &str) -> String {
    let client = &scene.client;
    let phones = Phones::of(scene.node.data_dir());
    let sent = phones.all(NUMBER).len();
    let named = client.post_as(&user.access, SMS, json!({"phone": NUMBER})).await;
    assert_eq!(named.status, 202, "{named:?}");
    let code = phones.wait_for_nth(NUMBER, sent + 1).await;
    let confirmed = client.post_as(&user.access, sms::CONFIRM, json!({"code": code})).await;
    assert_eq!(confirmed.status, 204, "{confirmed:?}");
    let login = client.login(&user.email, PASSWORD).await;
    let body = json!({
        "challenge_token": login.text("/challenge_token"), "method": "backup_code", "code": backup_code,
        "trust_device": true, "device_name": "Mallory's laptop",
    });
    let trusted = client.post("/api/v1/auth/mfa/verify", body).await;
    assert_eq!(trusted.status, 200, "{trusted:?}");
    trusted.text("/device_token")
}

async fn post_as_patch(client: &Client, access: &str, body: Value) -> u16 {
    send(client.request(Method::PATCH, "/api/v1/me").bearer_auth(access).json(&body)).await.status
}

/// How much of the stranger's is there.
fn rows(env: &Env) -> String {
    sql(
        env,
        "SELECT (SELECT count(*) FROM passkeys), (SELECT count(*) FROM totp_authenticators), \
         (SELECT count(*) FROM backup_codes), (SELECT count(*) FROM sms_authenticators), \
         (SELECT count(*) FROM trusted_devices), (SELECT count(*) FROM avatars), \
         (SELECT count(*) FROM session_families WHERE revoked_at IS NULL), \
         (SELECT count(*) FROM users WHERE display_name IS NOT NULL OR locale IS NOT NULL \
          OR mfa_enrolled_at IS NOT NULL)",
    )
}

#[apply(on_both_databases)]
async fn a_reset_that_proves_the_address_removes_what_was_enrolled(env: Env) {
    let scene = LinkScene::start(&env, SERVICE).await;
    let Squat { user, passkey, device } = squat(&scene).await;
    let moved = scene.move_token(&user.access, "mallory@example.com", 1).await;
    assert_eq!(rows(&env), "1|0|10|1|1|1|2|1");
    let token = scene.reset_token(&user.email, 1).await;
    let done = scene.reset(&token, NEW_PASSWORD).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(rows(&env), "0|0|0|0|0|0|0|0");
    assert!(!is_known(&env, &scene.client, (&user.email, NEW_PASSWORD), &device).await);
    // The owner is not asked for the stranger's factor, and the stranger has no way in.
    let login = scene.client.login(&user.email, NEW_PASSWORD).await;
    assert_eq!((login.status, &login.body["mfa_required"]), (200, &Value::Null), "{login:?}");
    let me = scene.client.me(&login.access()).await.body;
    assert_eq!(
        (&me["email_verified"], &me["display_name"], &me["avatar_url"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    assert_eq!(log_in(&scene.client, &passkey, &usual()).await.status, 401);
    scene.client.me(&user.access).await.assert_problem(401, "session_revoked");
    scene.client.refresh(&user.refresh, None).await.assert_problem(401, "session_revoked");
    scene.post(super::scene::CONFIRM, json!({"token": moved})).await.assert_problem(401, "token_invalid");
    let verify = scene.mailbox.all(&user.email, "verify_email")[0].token();
    scene.verify(&verify).await.assert_problem(401, "token_invalid");
    // Event and mail tell it.
    let told = details(&env, "account.reclaimed");
    let removed = ["display_name", "avatar", "passkeys", "backup_codes", "phone", "devices"];
    assert_eq!(told, [json!({"removed": removed})]);
    assert_eq!(count_events(&env, "password.reset"), 1);
    let mail = scene.mailbox.wait_for(&user.email, "account_reclaimed").await;
    assert!(!mail.raw.contains("Mallory"), "{}", mail.raw);
    scene.mailbox.assert_none(&env, &user.email, "password_changed").await;
}

#[apply(on_both_databases)]
async fn also_where_a_reset_needs_a_factor(env: Env) {
    let settings = [SERVICE, &[("KINDRED_MFA__RESET_REQUIRES_FACTOR", "true")]].concat();
    let scene = LinkScene::start(&env, &settings).await;
    let user = scene.client.signed_in().await;
    let begun = scene.client.post_as(&user.access, "/api/v1/me/mfa/totp", Value::Null).await;
    let app = App::new(&begun.text("/secret"));
    let code = app.code_at(SystemClock.now().unix_seconds());
    let confirmed = confirm(&scene.client, &user.access, &code).await;
    assert_eq!((confirmed.status, codes(&confirmed).len()), (200, 10), "{confirmed:?}");
    assert_eq!(rows(&env), "0|1|10|0|0|0|1|1");
    let token = scene.reset_token(&user.email, 1).await;
    assert_eq!(scene.reset(&token, NEW_PASSWORD).await.status, 200);
    assert_eq!(rows(&env), "0|0|0|0|0|0|0|0");
    assert_eq!(details(&env, "account.reclaimed"), [json!({"removed": ["totp", "backup_codes"]})]);
}

#[apply(on_both_databases)]
async fn the_link_of_a_verification_does_the_same_with_a_new_password(env: Env) {
    let scene = LinkScene::start(&env, SERVICE).await;
    let Squat { user, passkey, device } = squat(&scene).await;
    let token = scene.mailbox.wait_for(&user.email, "verify_email").await.token();
    let body = json!({"token": token, "new_password": NEW_PASSWORD});
    let done = scene.post(OWN_PASSWORD, body.clone()).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert!(done.text("/device_token").starts_with("kd2_"), "{done:?}");
    assert_eq!(rows(&env), "0|0|0|0|0|0|0|0");
    assert_eq!(log_in(&scene.client, &passkey, &usual()).await.status, 401);
    assert!(!is_known(&env, &scene.client, (&user.email, NEW_PASSWORD), &device).await);
    assert_eq!(scene.client.login(&user.email, NEW_PASSWORD).await.status, 200);
    scene.post(OWN_PASSWORD, body).await.assert_problem(401, "token_invalid");
}

#[apply(on_both_databases)]
async fn a_click_with_the_session_or_the_password_keeps_everything(env: Env) {
    let scene = LinkScene::start(&env, SERVICE).await;
    for by_session in [true, false] {
        let Squat { user, passkey, .. } = squat(&scene).await;
        let token = scene.mailbox.wait_for(&user.email, "verify_email").await.token();
        let verified = if by_session {
            scene.client.post_as(&user.access, VERIFY, json!({"token": token})).await
        } else {
            scene.verify(&token).await
        };
        assert_eq!(verified.status, 200, "{verified:?}");
        assert!(verified.text("/device_token").starts_with("kd2_"), "{verified:?}");
        let me = scene.client.me(&user.access).await.body;
        assert_eq!((&me["email_verified"], &me["display_name"]), (&json!(true), &json!("Mallory")), "{me}");
        assert_eq!(log_in(&scene.client, &passkey, &usual()).await.status, 200);
        // Nor does a later reset remove anything: the address is proven.
        let reset = scene.reset_token(&user.email, 1).await;
        assert_eq!(scene.reset(&reset, NEW_PASSWORD).await.status, 200);
        assert_eq!(log_in(&scene.client, &passkey, &usual()).await.status, 200);
    }
    assert_eq!(details(&env, "email.verified"), [json!({"by": "session"}), json!({"by": "password"})]);
    assert_eq!(count_events(&env, "account.reclaimed"), 0);
}

#[apply(on_both_databases)]
async fn a_click_needs_the_session_or_the_password_of_the_account(env: Env) {
    let scene = LinkScene::start(&env, &[("KINDRED_THROTTLE__PASSWORD_FAILURES", "3")]).await;
    let (user, other) = (scene.client.signed_in().await, scene.client.signed_in().await);
    let token = scene.mailbox.wait_for(&user.email, "verify_email").await.token();
    let body = json!({"token": token});
    scene.post(VERIFY, body.clone()).await.assert_problem(422, "validation_failed");
    scene.client.post_as(&other.access, VERIFY, body.clone()).await.assert_problem(422, "validation_failed");
    let secret = json!({"token": token, "registration_secret": "kp1_x"});
    scene.post(VERIFY, secret).await.assert_problem(401, "invalid_credentials");
    // A session that has ended is none, and no reason to ask for the password.
    assert_eq!(scene.client.logout(&user.access).await.status, 204);
    scene.client.post_as(&user.access, VERIFY, body).await.assert_problem(401, "session_revoked");
    for _ in 0..3 {
        let wrong = json!({"token": token, "password": NEW_PASSWORD});
        scene.post(VERIFY, wrong).await.assert_problem(401, "invalid_credentials");
    }
    scene.verify(&token).await.assert_problem(401, "invalid_credentials");
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE email_verified_at IS NOT NULL"), "0");
}

#[apply(on_both_databases)]
async fn a_declined_link_verifies_nothing(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let user = scene.client.signed_in().await;
    let token = scene.mailbox.wait_for(&user.email, "verify_email").await.token();
    assert_eq!(scene.post(DECLINE, json!({"token": token})).await.status, 204);
    scene.verify(&token).await.assert_problem(401, "token_invalid");
    assert_eq!(scene.client.me(&user.access).await.body["email_verified"], false, "the account is there");
    assert_eq!(count_events(&env, "registration.declined"), 1);
}

/// It could not be used before, so what its maker entered is not a stranger's.
#[apply(on_both_databases)]
async fn an_account_without_a_password_keeps_its_name(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let user = scene.client.signed_in().await;
    sql(&env, "UPDATE users SET display_name = 'Ada'");
    sql(&env, "DELETE FROM password_credentials");
    let token = scene.reset_token(&user.email, 1).await;
    assert_eq!(scene.reset(&token, NEW_PASSWORD).await.status, 200);
    assert_eq!(sql(&env, "SELECT display_name FROM users WHERE email_verified_at IS NOT NULL"), "Ada");
    scene.mailbox.wait_for(&user.email, "password_changed").await;
    assert_eq!(scene.client.login(&user.email, PASSWORD).await.status, 401);
}
