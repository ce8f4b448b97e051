//! A factor verified again: the session stays, its authentication is recent.

use std::sync::Arc;
use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use crate::http::common::{members, shared};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send, unique_email};
use crate::support::family::{Family, NO_RACE, claims};
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::scene::Scene;
use crate::support::security_events::details_in;
use crate::support::sql::sql;

const MAX_AGE: Duration = Duration::from_secs(300);
const SECOND: Duration = Duration::from_secs(1);

async fn start(env: &Env) -> (Arc<StoppedClock>, InProcess) {
    let Scene { clock, server } = Scene::start(env, &[]).await;
    (clock, server)
}

async fn step_up(client: &Client, family: &mut Family) -> Reply {
    let reply = family.step_up(client, PASSWORD).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

/// Something that asks for a recent authentication.
async fn delicate(client: &Client, access: &str) -> Reply {
    let request = client.request(Method::POST, "/api/v1/admin/invitations").bearer_auth(access);
    send(request.json(&json!({"email": unique_email()}))).await
}

fn seconds(access: &str, claim: &str) -> i64 {
    claims(access)[claim].as_i64().expect("seconds")
}

#[apply(on_both_databases)]
async fn an_authentication_is_recent_for_as_long_as_configured(env: Env) {
    let (clock, server) = start(&env).await;
    let client = &server.client;
    let mut family = Family::open(client).await;
    sql(&env, "UPDATE users SET roles = 'user admin'");
    family.rotate(client).await;
    assert_eq!(delicate(client, family.access()).await.status, 201);
    clock.advance(MAX_AGE);
    assert_eq!(delicate(client, family.access()).await.status, 201, "to the second");
    clock.advance(SECOND);
    let refused = delicate(client, family.access()).await;
    refused.assert_problem(403, "step_up_required");
    assert_eq!(refused.body["max_age"], 300);
    assert_eq!(refused.body["methods"], json!(["password"]));
    // A refresh is no authentication.
    family.rotate(client).await;
    delicate(client, family.access()).await.assert_problem(403, "step_up_required");

    let before = family.access().to_owned();
    let fresh = step_up(client, &mut family).await;
    assert_eq!(delicate(client, &fresh.access()).await.status, 201);
    delicate(client, &before).await.assert_problem(403, "step_up_required");
    // The authentication lasts across refreshes, and no longer than it should.
    clock.advance(MAX_AGE);
    family.rotate(client).await;
    assert_eq!(delicate(client, family.access()).await.status, 201);
    clock.advance(SECOND);
    family.rotate(client).await;
    delicate(client, family.access()).await.assert_problem(403, "step_up_required");
    server.stop().await;
}

#[apply(on_both_databases)]
async fn the_session_stays_and_its_authentication_is_recent(env: Env) {
    let (clock, server) = start(&env).await;
    let mut family = Family::open(&server.client).await;
    let opened = claims(family.access());
    clock.advance(60 * SECOND);
    let reply = step_up(&server.client, &mut family).await;
    let fresh = claims(&reply.access());
    assert_eq!(reply.session_id(), family.id);
    for same in ["iss", "aud", "client_id", "sub", "sid", "amr", "acr", "roles"] {
        assert_eq!(fresh[same], opened[same], "{same}");
    }
    assert_eq!(fresh["https://kindred.dev/claims/generation"], 2, "assurance needs a new generation");
    assert_ne!(fresh["jti"], opened["jti"]);
    for later in ["iat", "nbf", "auth_time"] {
        assert_eq!(fresh[later].as_i64(), opened[later].as_i64().map(|then| then + 60), "{later}");
    }
    let life = seconds(&reply.access(), "exp") - seconds(&reply.access(), "iat");
    assert!((570..=630).contains(&life), "{life}");
    assert_eq!(server.client.verify(&family.access[0]).await.status, 204, "the older one is still good");
    let stored = sql(&env, "SELECT auth_time, generation, amr, aal FROM session_families");
    let now = seconds(&reply.access(), "auth_time");
    assert!(stored.starts_with(&now.to_string()) && stored.ends_with("|2|pwd|1"), "{stored}");
    assert_eq!(details_in(&env, "step_up.succeeded", &family.id), [json!({"methods": ["pwd"]})]);

    // At once a second time: a token of its own.
    let again = step_up(&server.client, &mut family).await;
    assert_ne!(claims(&again.access())["jti"], fresh["jti"]);

    // A restart, a refresh, or another node that reads the row again finds the same authentication.
    let refreshed = family.rotate_as(&server.client, Some("the-attempt-after")).await;
    assert_eq!(seconds(&refreshed.access(), "auth_time"), now);
    server.stop().await;
    let server = InProcess::start(&env, clock, &[]).await;
    let spent = &family.refresh[family.refresh.len() - 2];
    let retried = server.client.refresh(spent, Some("the-attempt-after")).await;
    assert_eq!(claims(&retried.access()), claims(&refreshed.access()));
    let next = family.rotate(&server.client).await;
    assert_eq!(seconds(&next.access(), "auth_time"), now);
    family.assert_lives(&server.client).await;
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_copy_of_the_token_from_before_is_worth_nothing(env: Env) {
    let (clock, server) = start(&env).await;
    let mut family = Family::open(&server.client).await;
    let copy = family.live().to_owned();
    step_up(&server.client, &mut family).await;
    server.client.refresh(&copy, None).await.assert_problem(409, "refresh_in_flight");
    clock.advance(NO_RACE);
    let stolen = server.client.step_up(family.access(), &copy, PASSWORD).await;
    stolen.assert_problem(401, "refresh_token_reused");
    family.assert_ended(&server.client).await;
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_lost_answer_is_found_again_by_its_key(env: Env) {
    let (clock, server) = start(&env).await;
    let mut family = Family::open(&server.client).await;
    let attempt = async |client: &Client, password: &str| {
        let request = client.request(Method::POST, "/api/v1/auth/step-up").bearer_auth(&family.access[0]);
        let body = json!({"method": "password", "password": password, "refresh_token": family.refresh[0]});
        send(request.header("Idempotency-Key", "the-attempt-of-the-step-up").json(&body)).await
    };
    clock.advance(60 * SECOND);
    let first = attempt(&server.client, PASSWORD).await;
    assert_eq!(first.status, 200, "{first:?}");
    clock.advance(300 * SECOND);
    // The table comes before the factor: what is sent with it is not looked at, and counts as nothing.
    let again = attempt(&server.client, "wrong horse").await;
    assert_eq!((again.status, claims(&again.access())), (200, claims(&first.access())), "{again:?}");
    assert_eq!(details_in(&env, "step_up.failed", &family.id).len(), 0);
    assert_eq!(details_in(&env, "step_up.succeeded", &family.id).len(), 1);
    // A refresh finds it as well, also when the access token has expired long ago.
    clock.advance(Duration::from_secs(3_600));
    let refreshed = server.client.refresh(&family.refresh[0], Some("the-attempt-of-the-step-up")).await;
    assert_eq!(refreshed.refresh_token(), first.refresh_token());
    family.take(&first);
    family.rotate(&server.client).await;
    family.assert_lives(&server.client).await;
    server.stop().await;
}

#[apply(on_both_databases)]
async fn the_token_must_be_the_session_s(env: Env) {
    let (_clock, server) = start(&env).await;
    let mut family = Family::open(&server.client).await;
    let mut other = family.sibling(&server.client).await;
    let refused = server.client.step_up(family.access(), other.live(), PASSWORD).await;
    refused.assert_problem(400, "invalid_request");
    let refused = server.client.step_up(family.access(), "nonsense", PASSWORD).await;
    refused.assert_problem(401, "refresh_token_invalid");
    family.assert_lives(&server.client).await;
    other.assert_lives(&server.client).await;
    server.stop().await;
}

#[apply(on_both_databases)]
async fn the_rows_jti_is_the_tokens(env: Env) {
    let (clock, server) = start(&env).await;
    let mut family = Family::open(&server.client).await;
    let column = match env.backend() {
        Backend::Sqlite => "lower(hex(current_jti))",
        Backend::Postgres => "replace(current_jti::text, '-', '')",
    };
    let stored = || sql(&env, &format!("SELECT {column} FROM session_families"));
    let jti = |access: &str| claims(access)["jti"].as_str().expect("an id").replace('-', "");
    assert_eq!(stored(), jti(family.access()));
    clock.advance(SECOND);
    let fresh = step_up(&server.client, &mut family).await;
    assert_eq!(stored(), jti(&fresh.access()));
    family.rotate(&server.client).await;
    assert_eq!(stored(), jti(family.access()));
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_clock_that_was_set_back_makes_no_lasting_authentication(env: Env) {
    let (clock, server) = start(&env).await;
    let mut family = Family::open(&server.client).await;
    clock.set_back(Duration::from_secs(86_400));
    family.rotate(&server.client).await;
    assert_eq!(server.client.verify(family.access()).await.status, 204);
    let ahead = seconds(family.access(), "auth_time") - seconds(family.access(), "iat");
    assert_eq!(ahead, 0, "a day ahead it would be recent for a day");
    family.rotate(&server.client).await;
    let fresh = step_up(&server.client, &mut family).await;
    assert_eq!(server.client.verify(&fresh.access()).await.status, 204);
    family.assert_lives(&server.client).await;
    server.stop().await;
}

#[tokio::test]
async fn the_answer_is_that_of_a_login() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let mut login = client.login(&user.email, PASSWORD).await;
    let mut reply = client.step_up(&login.access(), &login.refresh_token(), PASSWORD).await;
    // These are of logins only, and of answers to a refresh token only.
    login.body.as_object_mut().expect("an object").remove("device_token");
    let presented = reply.body.as_object_mut().expect("an object").remove("presented_generation");
    assert_eq!(presented, Some(login.body["session"]["generation"].clone()));
    assert_eq!(members(&reply.body), members(&login.body));
    assert_eq!(reply.body["user"], login.body["user"]);
    for same in ["id", "aal", "amr", "expires_at"] {
        assert_eq!(reply.body["session"][same], login.body["session"][same], "{same}");
    }
}
