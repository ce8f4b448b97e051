//! A session that has ended at another node, of which this one has not heard: its access token is believed here for a
//! little while, but nothing is changed by it, whatever the operation. What it began ends with it.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::scene::{CHANGE, CONFIRM, LinkScene, MOVE, NEW_PASSWORD, VERIFY};
use crate::admin::common::{Operation, Person, login, person};
use crate::avatars::common::png;
use crate::faults::lock::{self, Lock};
use crate::http::common::Document;
use crate::passkeys::scene::{SERVICE, enroll, registration, usual};
use crate::support::authenticator::Passkey;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send, unique_email};
use crate::support::family::Family;
use crate::support::sql::{sql, sql_of_all};

const STEP_UP: &str = "/api/v1/auth/step-up";
const CHALLENGE: &str = "/api/v1/auth/step-up/challenge";

/// What a change could touch.
const TABLES: [&str; 17] = [
    "users",
    "password_credentials",
    "session_families",
    "security_events",
    "one_time_tokens",
    "invitations",
    "outbox",
    "avatars",
    "totp_authenticators",
    "backup_codes",
    "passkeys",
    "trusted_devices",
    "sms_authenticators",
    "sms_codes",
    "applications",
    "consents",
    "signing_keys",
];

/// As another node does it.
fn end(env: &Env, user: &Person) {
    sql(
        env,
        &format!(
            "UPDATE session_families SET revoked_at = 1, revoke_reason = 'ended_by_user' \
             WHERE user_id = (SELECT id FROM users WHERE email = '{}')",
            user.email
        ),
    );
}

/// All rows of these tables, behind their names.
fn everything(env: &Env) -> String {
    // What waits to be sent is sent meanwhile.
    let columns = |table: &str| if table == "outbox" { "id, template" } else { "*" };
    let rows = |table: &str| format!("SELECT {} FROM {table} ORDER BY 1", columns(table));
    let queries: Vec<String> =
        TABLES.iter().flat_map(|table| [format!("SELECT '{table}'"), rows(table)]).collect();
    sql_of_all(env, &queries)
}

/// The change by which a user's oldest session is revoked.
fn revocation_of_oldest(email: &str) -> String {
    format!(
        "UPDATE session_families SET revoked_at = 1, revoke_reason = 'logout_all' WHERE id = \
         (SELECT f.id FROM session_families f JOIN users u ON u.id = f.user_id WHERE u.email = '{email}' \
          ORDER BY f.created_at LIMIT 1)"
    )
}

/// Operations that change something, or hand out what must not leave, on behalf of a signed-in person. What begins the
/// linking of an identity is of no use outside of the session, and `federation::linking` ends it with a real code.
fn is_asked_in_a_session(path: &str, method: &str) -> bool {
    if method == "post" && path.starts_with("/api/v1/me/identities") {
        return false;
    }
    let of_session = [MOVE, CHANGE, STEP_UP, CHALLENGE, "/api/v1/auth/logout-all", "/api/v1/me/export"];
    let is_below = path.starts_with("/api/v1/me") || path.starts_with("/api/v1/admin");
    of_session.contains(&path) || (is_below && method != "get")
}

/// The operation as the caller sends it.
async fn send_own(env: &Env, client: &Client, caller: &Person, method: Method, template: &str) -> Reply {
    let other = Family::login(client, &caller.email).await;
    let path = if template.starts_with("/api/v1/me/sessions/") {
        template.replace("{id}", &other.id)
    } else {
        let nil = Uuid::nil().to_string();
        template.replace("{id}", &nil).replace("{identity}", &nil)
    };
    let body = match (method.as_str(), template) {
        ("PATCH", "/api/v1/me") => Some(json!({"display_name": "Grace"})),
        ("PATCH", "/api/v1/me/passkeys/{id}") => Some(json!({"name": "Telephone"})),
        ("POST", "/api/v1/me/mfa/totp/confirm" | "/api/v1/me/mfa/sms/confirm") => {
            Some(json!({"code": "123456"}))
        }
        ("POST", "/api/v1/me/mfa/sms") => Some(json!({"phone": "+491701234542"})),
        ("POST", "/api/v1/me/passkeys/options" | "/api/v1/me/first-credential") => Some(json!({})),
        ("POST", "/api/v1/me/password") => Some(json!({"new_password": NEW_PASSWORD})),
        ("POST", "/api/v1/me/first-credential/password") => {
            Some(json!({"token": "link", "new_password": NEW_PASSWORD}))
        }
        ("POST", "/api/v1/me/first-credential/passkey/options") => Some(json!({"token": "link"})),
        ("POST", "/api/v1/me/first-credential/passkey") => {
            Some(json!({"token": "link", "ceremony": Uuid::nil(), "credential": {}}))
        }
        ("POST", CHANGE) => Some(json!({
            "current_password": PASSWORD, "new_password": NEW_PASSWORD, "refresh_token": caller.refresh,
        })),
        ("POST", STEP_UP) => {
            Some(json!({"method": "password", "password": PASSWORD, "refresh_token": caller.refresh}))
        }
        ("POST", CHALLENGE) => {
            // There has to be something to ask for.
            assert_eq!(enroll(client, &caller.access, &usual()).await.1.status, 201);
            Some(json!({"method": "webauthn"}))
        }
        ("POST", MOVE) => Some(json!({"new_email": unique_email()})),
        ("POST", "/api/v1/me/passkeys") => {
            let (ceremony, options) = registration(client, &caller.access).await;
            let (_, credential) = Passkey::create(&options, &usual());
            Some(json!({"ceremony": ceremony, "credential": credential}))
        }
        _ => None,
    };
    end(env, caller);
    let before = everything(env);
    let mut request = client.request(method, &path).bearer_auth(&caller.access);
    if template == "/api/v1/me/avatar" {
        request = request.header("Content-Type", "image/png").body(png([1, 2, 3]));
    } else if let Some(body) = body {
        request = request.json(&body);
    }
    let reply = send(request).await;
    assert_eq!(everything(env), before, "{template}: something has changed");
    reply
}

/// Every operation of the document, so that a new one cannot be forgotten.
#[apply(on_both_databases)]
async fn it_changes_nothing(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let document = Document::of(&client).await;
    let operations: Vec<(String, String)> = document
        .operations()
        .into_iter()
        .map(|(path, method, _)| (path.to_owned(), method.to_lowercase()))
        .filter(|(path, method)| is_asked_in_a_session(path, method))
        .collect();
    assert!(operations.len() > 30, "{operations:?}");
    let keys = client.get("/.well-known/jwks.json").await;
    let kid = keys.body["keys"][0]["kid"].as_str().expect("a key").to_owned();
    for (path, method) in operations {
        let reply = if path.starts_with("/api/v1/admin") {
            let admin = person(&env, &client, "user admin").await;
            let mut operation = Operation::on_someone(&env, &client, &method, &path).await;
            operation.path = operation.path.replace("{kid}", &kid);
            if path.contains("/root-keys/") {
                operation.path = path.replace("{id}", "1");
            }
            end(&env, &admin);
            let before = everything(&env);
            let reply = operation.by(&client, &admin).await;
            assert_eq!(everything(&env), before, "{method} {path}: something has changed");
            reply
        } else {
            let caller = person(&env, &client, "user").await;
            let method = method.to_uppercase().parse().expect("a method");
            send_own(&env, &client, &caller, method, &path).await
        };
        assert_eq!(reply.status, 401, "{method} {path}: {reply:?}");
        reply.assert_problem(401, "session_revoked");
    }
}

/// A link that is followed in a session is completed by it, and by one that has ended by nothing.
#[apply(on_both_databases)]
async fn it_verifies_no_address(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let user = scene.client.signed_in().await;
    let link = scene.mailbox.wait_for(&user.email, "verify_email").await.token();
    sql(&env, "UPDATE session_families SET revoked_at = 1, revoke_reason = 'ended_by_user'");
    let refused = scene.client.post_as(&user.access, VERIFY, json!({"token": link})).await;
    refused.assert_problem(401, "token_invalid");
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE email_verified_at IS NOT NULL"), "0");
    // With the password the link is as good as before.
    assert_eq!(scene.verify(&link).await.status, 200);
}

/// A thief, and an administrator whose session is stolen, revoke a session while their own is being revoked: the acting
/// session is looked at in the transaction of the revocation.
#[apply(on_both_databases)]
async fn it_revokes_no_other_session(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    for role in ["user", "user admin"] {
        let acting = person(&env, &client, role).await;
        let (other, path) = if role == "user" {
            let other = login(&client, acting.email.clone()).await;
            let path = format!("/api/v1/me/sessions/{}", other.session_id);
            (other, path)
        } else {
            let other = person(&env, &client, "user").await;
            let path = format!("/api/v1/admin/users/{}/sessions/{}", other.id, other.session_id);
            (other, path)
        };
        let lock = Lock::user(&env, &acting.email).await;
        let revoke = async {
            lock::is_waited_for(&env).await;
            lock.commit(&revocation_of_oldest(&acting.email)).await;
        };
        let (reply, ()) = tokio::join!(acting.delete(&client, &path), revoke);
        reply.assert_problem(401, "session_revoked");
        assert_eq!(client.refresh(&other.refresh, None).await.status, 200, "{role}");
    }
}

/// A thief asks for another address, and the owner notices.
#[apply(on_both_databases)]
async fn a_change_of_address_ends_with_its_session(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    for way in ["logout-all", "others", "password", "logout", "one"] {
        let email = scene.verified().await;
        let (thief, owner) =
            (Family::login(&scene.client, &email).await, Family::login(&scene.client, &email).await);
        let new = unique_email();
        let link = scene.move_token(thief.access(), &new, 1).await;
        let request =
            |method, path: &str, who: &Family| scene.client.request(method, path).bearer_auth(who.access());
        let ended = match way {
            "logout-all" => send(request(Method::POST, "/api/v1/auth/logout-all", &owner)).await,
            "others" => send(request(Method::DELETE, "/api/v1/me/sessions", &owner)).await,
            "one" => {
                send(request(Method::DELETE, &format!("/api/v1/me/sessions/{}", thief.id), &owner)).await
            }
            "logout" => send(request(Method::POST, "/api/v1/auth/logout", &thief).json(&json!({}))).await,
            _ => {
                let body = json!({
                    "current_password": PASSWORD,
                    "new_password": NEW_PASSWORD,
                    "refresh_token": owner.live(),
                });
                scene.client.post_as(owner.access(), super::scene::CHANGE, body).await
            }
        };
        assert!(ended.status < 300, "{way}: {ended:?}");
        let confirmed = scene.post(CONFIRM, json!({"token": link})).await;
        assert_eq!((way, confirmed.status, &confirmed.body["code"]), (way, 401, &json!("token_invalid")));
        assert_eq!(sql(&env, &format!("SELECT count(*) FROM users WHERE email = '{new}'")), "0", "{way}");
    }
}

/// The credentials that there were then are part of the bond, also where the session itself lives on.
#[apply(on_both_databases)]
async fn a_change_of_address_ends_with_the_password(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = scene.verified().await;
    let family = Family::login(&scene.client, &email).await;
    let link = scene.move_token(family.access(), &unique_email(), 1).await;
    sql(&env, "UPDATE users SET credential_epoch = credential_epoch + 1");
    sql(&env, "UPDATE session_families SET credential_epoch = credential_epoch + 1");
    scene.post(CONFIRM, json!({"token": link})).await.assert_problem(401, "token_invalid");
}

/// An earlier version did not write down which session asked.
#[apply(on_both_databases)]
async fn a_change_of_address_without_a_session_is_void(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let family = Family::login(&scene.client, &scene.verified().await).await;
    let link = scene.move_token(family.access(), &unique_email(), 1).await;
    sql(&env, "UPDATE one_time_tokens SET session_id = NULL, credential_epoch = NULL");
    scene.post(CONFIRM, json!({"token": link})).await.assert_problem(401, "token_invalid");
}

/// The confirmation may come from another device than the request, in no session at all.
#[apply(on_both_databases)]
async fn a_change_of_address_works_while_its_session_lives(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let mut family = Family::login(&scene.client, &scene.verified().await).await;
    let new = unique_email();
    let link = scene.move_token(family.access(), &new, 1).await;
    family.assert_lives(&scene.client).await;
    assert_eq!(scene.post(CONFIRM, json!({"token": link})).await.status, 204);
    let me: Value = scene.client.me(family.access()).await.body;
    assert_eq!(me["email"], json!(new));
}
