//! Who must have a second factor, and what they can do until they have one.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::Enrolled;
use super::stand_ins::give_passkeys;
use crate::admin::common::{Person, person, set_roles, user_path};
use crate::http::common::Document;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply};
use crate::support::family::{Family, claims};
use crate::support::scene::Scene;
use crate::support::sql::sql;

const REQUIRED_CLAIM: &str = "https://kindred.dev/claims/mfa_enrollment_required";
const REQUIRED: (&str, &str) = ("KINDRED_MFA__POLICY", "required");
const ADMINS: (&str, &str) = ("KINDRED_MFA__POLICY", "admins");
const MFA: &str = "/api/v1/me/mfa";
const TOTP: &str = "/api/v1/me/mfa/totp";

/// What someone without the factor may do, of all that takes an access token.
const ALLOWED: [(&str, &str); 10] = [
    ("get", "/api/v1/me"),
    ("post", "/api/v1/auth/step-up"),
    ("post", "/api/v1/auth/step-up/challenge"),
    ("post", "/api/v1/auth/logout"),
    ("post", "/api/v1/auth/logout-all"),
    ("post", "/api/v1/auth/password/change"),
    ("get", MFA),
    ("post", TOTP),
    ("post", "/api/v1/me/mfa/totp/confirm"),
    // No one needs a token for it.
    ("post", "/api/v1/auth/email/verify"),
];

/// Factors and first credentials whose enrollment has tests of its own.
const ELSEWHERE: [&str; 4] =
    ["/api/v1/me/passkeys", "/api/v1/me/mfa/sms", "/api/v1/me/first-credential", "/api/v1/me/password"];

async fn view(client: &Client, access: &str) -> Reply {
    let reply = client.call(Method::GET, MFA, access, json!(null)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

async fn remove(client: &Client, access: &str) -> Reply {
    client.call(Method::DELETE, TOTP, access, json!(null)).await
}

/// The same person with another token.
fn with(person: &Person, access: &str) -> Person {
    Person {
        id: person.id.clone(),
        email: person.email.clone(),
        access: access.to_owned(),
        refresh: person.refresh.clone(),
        session_id: person.session_id.clone(),
    }
}

#[apply(on_both_databases)]
async fn without_the_factor_there_is_nothing_but_to_enroll(env: Env) {
    let scene = Scene::start(&env, &[REQUIRED]).await;
    let client = scene.client();
    let mut family = Family::open(client).await;
    sql(&env, "UPDATE users SET roles = 'user admin'");
    family.rotate(client).await;
    let login = client.login(&family.email, PASSWORD).await;
    assert_eq!(login.body["user"]["mfa_enrollment_required"], true, "{login:?}");
    let document = Document::of(client).await;
    let protected = document.protected();
    for known in [("get", "/api/v1/auth/verify-token"), ("delete", TOTP), ("get", "/api/v1/admin/users")] {
        assert!(protected.contains(&known), "{protected:?}");
    }
    let elsewhere =
        protected.iter().filter(|(_, path)| ELSEWHERE.iter().any(|place| path.starts_with(place)));
    let allowed: Vec<(&str, &str)> = elsewhere.chain(&ALLOWED).copied().collect();
    for access in [family.access(), &login.access()] {
        assert_eq!(claims(access)[REQUIRED_CLAIM], true);
        document.assert_limited(client, access, &allowed, "mfa_enrollment_required").await;
    }
    // What is left: to see who one is, to prove it, to enroll.
    assert_eq!(client.me(family.access()).await.status, 200);
    let shown = view(client, family.access()).await;
    assert_eq!((&shown.body["required"], &shown.body["enrolled"]), (&json!(true), &json!(false)));
    let proven = family.step_up(client, PASSWORD).await;
    assert_eq!(
        (proven.status, &proven.body["user"]["mfa_enrollment_required"]),
        (200, &json!(true)),
        "{proven:?}"
    );
    let before = family.access().to_owned();
    let ada = Enrolled::of(client, family, scene.seconds()).await;
    client.verify(&before).await.assert_problem(403, "mfa_enrollment_required");
    let access = ada.family.access();
    assert!(claims(access).get(REQUIRED_CLAIM).is_none());
    assert_eq!(client.verify(access).await.status, 204);
    assert_eq!(client.call(Method::GET, "/api/v1/admin/users", access, json!(null)).await.status, 200);
    let shown = view(client, access).await;
    assert_eq!((&shown.body["required"], &shown.body["enrolled"]), (&json!(true), &json!(true)));
    // The other session is free from its next refresh on.
    let other = client.refresh(&login.refresh_token(), None).await;
    assert_eq!(other.body["user"]["mfa_enrollment_required"], false, "{other:?}");
    assert_eq!(client.verify(&other.access()).await.status, 204);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn who_must_enroll_can_change_the_password_and_leave(env: Env) {
    let scene = Scene::start(&env, &[REQUIRED]).await;
    let client = scene.client();
    let mut family = Family::open(client).await;
    let change = async |family: &mut Family, from: &str, to: &str| {
        let body = json!({"current_password": from, "new_password": to, "refresh_token": family.live()});
        let changed = client.call(Method::POST, "/api/v1/auth/password/change", family.access(), body).await;
        family.take(&changed);
    };
    const NEW: &str = "another-Lantern-77-velvet";
    change(&mut family, PASSWORD, NEW).await;
    // Who must do both changes the password first.
    sql(&env, "UPDATE users SET password_must_change = TRUE");
    family.rotate(client).await;
    let early = client.call(Method::POST, TOTP, family.access(), json!(null)).await;
    early.assert_problem(403, "password_change_required");
    client.step_up(family.access(), family.live(), NEW).await.assert_problem(403, "password_change_required");
    change(&mut family, NEW, PASSWORD).await;
    assert_eq!(client.call(Method::POST, TOTP, family.access(), json!(null)).await.status, 200);
    let other = family.sibling(client).await;
    assert_eq!(client.logout(other.access()).await.status, 204);
    let left = client.logout_all(family.access()).await;
    assert_eq!((left.status, &left.body["revoked"]), (200, &json!(1)), "{left:?}");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn the_last_factor_stays(env: Env) {
    let scene = Scene::start(&env, &[REQUIRED]).await;
    let client = scene.client();
    let ada = scene.enrolled().await;
    let other = scene.log_in(&ada).await;
    let refused = remove(client, ada.family.access()).await;
    refused.assert_problem(409, "conflict");
    assert!(refused.text("/detail").contains("add another one first"), "{refused:?}");
    // Nothing at all has happened.
    assert_eq!(client.verify(&other.access()).await.status, 204);
    assert_eq!(sql(&env, "SELECT count(*) FROM backup_codes"), "10");
    assert_eq!(sql(&env, "SELECT count(*) FROM security_events WHERE kind = 'factor.removed'"), "0");
    assert_eq!(
        client.refresh(&other.refresh_token(), None).await.body["user"]["mfa_enrollment_required"],
        false
    );
    scene.log_in(&ada).await;
    // With another one it can go.
    give_passkeys(&env);
    assert_eq!(remove(client, ada.family.access()).await.status, 204);
    assert_eq!(sql(&env, "SELECT count(*) FROM backup_codes"), "10", "they stand beside the passkey");
    client.verify(&other.access()).await.assert_problem(401, "session_revoked");
    // Then the passkey is the last.
    let id = client.me(ada.family.access()).await.text("/id");
    let path = format!("/api/v1/me/passkeys/{id}");
    let refused = client.call(Method::DELETE, &path, ada.family.access(), json!(null)).await;
    refused.assert_problem(409, "conflict");
    assert_eq!(sql(&env, "SELECT count(*) FROM passkeys"), "1");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn an_administrator_can_take_away_the_last(env: Env) {
    let scene = Scene::start(&env, &[REQUIRED]).await;
    let client = scene.client();
    let ada = scene.enrolled().await;
    let admin = person(&env, client, "user admin").await;
    let login = Family::login(client, &admin.email).await;
    let enrolled = Enrolled::of(client, login, scene.seconds()).await;
    let admin = with(&admin, enrolled.family.access());
    let id = client.me(ada.family.access()).await.text("/id");
    assert_eq!(admin.act(client, &id, "reset-mfa").await.status, 204);
    let login = client.login(ada.email(), PASSWORD).await;
    assert_eq!(login.body["user"]["mfa_enrollment_required"], true, "{login:?}");
    client.sessions(&login.access()).await.assert_problem(403, "mfa_enrollment_required");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_role_binds(env: Env) {
    let scene = Scene::start(&env, &[ADMINS]).await;
    let client = scene.client();
    let mut family = Family::open(client).await;
    assert!(claims(family.access()).get(REQUIRED_CLAIM).is_none());
    assert_eq!(view(client, family.access()).await.body["required"], false);
    for role in ["user support", "user admin"] {
        set_roles(&env, &family.email, role);
        // At once where the role counts, and everywhere from the next refresh on.
        let list = client.call(Method::GET, "/api/v1/admin/users", family.access(), json!(null)).await;
        list.assert_problem(403, "mfa_enrollment_required");
        assert_eq!(client.sessions(family.access()).await.status, 200);
        family.rotate(client).await;
        client.sessions(family.access()).await.assert_problem(403, "mfa_enrollment_required");
        assert_eq!(view(client, family.access()).await.body["required"], true);
        set_roles(&env, &family.email, "user");
        family.rotate(client).await;
        assert_eq!(client.sessions(family.access()).await.status, 200, "the role is gone");
    }
    let ada = Enrolled::of(client, family, scene.seconds()).await;
    set_roles(&env, ada.email(), "user admin");
    let list = client.call(Method::GET, "/api/v1/admin/users", ada.family.access(), json!(null)).await;
    assert_eq!(list.status, 200, "{list:?}");
    // Judged by the role as it is, not as the token says.
    assert_eq!(claims(ada.family.access())["roles"], json!(["user"]));
    remove(client, ada.family.access()).await.assert_problem(409, "conflict");
    set_roles(&env, ada.email(), "user");
    assert_eq!(remove(client, ada.family.access()).await.status, 204);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_promotion_through_the_api_binds_as_well(env: Env) {
    let scene = Scene::start(&env, &[ADMINS]).await;
    let client = scene.client();
    let root = Family::open(client).await;
    let ada = Family::open(client).await;
    set_roles(&env, &root.email, "user admin");
    set_roles(&env, &ada.email, "user");
    let root = Enrolled::of(client, root, scene.seconds()).await;
    let id = client.me(ada.access()).await.text("/id");
    let promote =
        client.call(Method::PATCH, &user_path(&id), root.family.access(), json!({"roles": ["admin"]})).await;
    assert_eq!(promote.status, 200, "{promote:?}");
    let path = format!("{}/disable", user_path(&id));
    client
        .call(Method::POST, &path, ada.access(), json!(null))
        .await
        .assert_problem(403, "mfa_enrollment_required");
    let refreshed = client.refresh(ada.live(), None).await;
    assert_eq!(refreshed.body["user"]["mfa_enrollment_required"], true, "{refreshed:?}");
    client.verify(&refreshed.access()).await.assert_problem(403, "mfa_enrollment_required");
    scene.server.stop().await;
}
