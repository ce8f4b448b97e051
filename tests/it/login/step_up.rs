//! A right proof anew: the session stays, its proof is fresh.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::http::common::{members, shared, sql};
use crate::support::audit::events;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send, unique_email};
use crate::support::family::{Family, claims};
use crate::support::in_process::{InProcess, StoppedClock};

const MAX_AGE: Duration = Duration::from_secs(300);
const SECOND: Duration = Duration::from_secs(1);

async fn start(env: &Env) -> (Arc<StoppedClock>, InProcess) {
    let clock = StoppedClock::new();
    let server = InProcess::start(env, clock.clone(), &[]).await;
    (clock, server)
}

async fn step_up(client: &Client, family: &Family) -> Reply {
    let reply = client.step_up(family.access(), PASSWORD).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

/// Something that asks for a recent proof.
async fn delicate(client: &Client, access: &str) -> Reply {
    let request = client.request(Method::POST, "/api/v1/admin/invitations").bearer_auth(access);
    send(request.json(&json!({"email": unique_email()}))).await
}

fn seconds(access: &str, claim: &str) -> i64 {
    claims(access)[claim].as_i64().expect("seconds")
}

on_both_databases! {
    async fn a_proof_is_recent_for_as_long_as_configured(env: Env) {
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
        // A refresh is no proof.
        family.rotate(client).await;
        delicate(client, family.access()).await.assert_problem(403, "step_up_required");

        let fresh = step_up(client, &family).await;
        assert_eq!(delicate(client, &fresh.access()).await.status, 201);
        let stale = delicate(client, family.access()).await;
        stale.assert_problem(403, "step_up_required");
        // The proof lasts across refreshes, and no longer than it should.
        clock.advance(MAX_AGE);
        family.rotate(client).await;
        assert_eq!(delicate(client, family.access()).await.status, 201);
        clock.advance(SECOND);
        family.rotate(client).await;
        delicate(client, family.access()).await.assert_problem(403, "step_up_required");
        server.stop().await;
    }

    async fn the_session_stays_and_its_proof_is_fresh(env: Env) {
        let (clock, server) = start(&env).await;
        let mut family = Family::open(&server.client).await;
        let opened = claims(family.access());
        clock.advance(60 * SECOND);
        let reply = step_up(&server.client, &family).await;
        let fresh = claims(&reply.access());
        assert_eq!(reply.refresh_token(), family.live());
        assert_eq!(reply.session_id(), family.id);
        for same in ["iss", "aud", "sub", "sid", "gen", "amr", "acr", "roles"] {
            assert_eq!(fresh[same], opened[same], "{same}");
        }
        assert_ne!(fresh["jti"], opened["jti"]);
        for later in ["iat", "nbf", "auth_time"] {
            assert_eq!(fresh[later].as_i64(), opened[later].as_i64().map(|then| then + 60), "{later}");
        }
        let life = seconds(&reply.access(), "exp") - seconds(&reply.access(), "iat");
        assert!((570..=630).contains(&life), "{life}");
        assert_eq!(server.client.verify(family.access()).await.status, 204, "the older one is still good");
        let stored = sql(&env, "SELECT auth_time, generation, amr, aal FROM session_families");
        let now = seconds(&reply.access(), "auth_time");
        assert!(stored.starts_with(&now.to_string()) && stored.ends_with("|1|pwd|1"), "{stored}");
        assert_eq!(events(&env, "step_up.succeeded", &family.id), [json!({"methods": ["pwd"]})]);

        // At once a second time: a token of its own.
        let again = step_up(&server.client, &family).await;
        assert_ne!(claims(&again.access())["jti"], fresh["jti"]);

        // Whoever restarts, refreshes or reads the row anew finds the same proof.
        let refreshed = family.rotate_as(&server.client, Some("the-attempt-after")).await;
        assert_eq!(seconds(&refreshed.access(), "auth_time"), now);
        server.stop().await;
        let server = InProcess::start(&env, clock, &[]).await;
        let retried = server.client.refresh(&family.refresh[0], Some("the-attempt-after")).await;
        assert_eq!(claims(&retried.access()), claims(&refreshed.access()));
        let next = family.rotate(&server.client).await;
        assert_eq!(seconds(&next.access(), "auth_time"), now);
        family.assert_lives(&server.client).await;
        server.stop().await;
    }

    async fn a_retry_of_the_refresh_before_it_knows_the_proof(env: Env) {
        let (clock, server) = start(&env).await;
        let mut family = Family::open(&server.client).await;
        let key = Some("the-attempt-before");
        family.rotate_as(&server.client, key).await;
        clock.advance(60 * SECOND);
        let fresh = step_up(&server.client, &family).await;
        let retried = server.client.refresh(&family.refresh[0], key).await;
        assert_eq!(retried.refresh_token(), family.live());
        assert_eq!(claims(&retried.access()), claims(&fresh.access()));
        family.assert_lives(&server.client).await;
        server.stop().await;
    }

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
        let fresh = step_up(&server.client, &family).await;
        assert_eq!(stored(), jti(&fresh.access()));
        family.rotate(&server.client).await;
        assert_eq!(stored(), jti(family.access()));
        server.stop().await;
    }

    async fn a_clock_that_was_set_back_makes_no_lasting_proof(env: Env) {
        let (clock, server) = start(&env).await;
        let mut family = Family::open(&server.client).await;
        clock.set_back(Duration::from_secs(86_400));
        family.rotate(&server.client).await;
        assert_eq!(server.client.verify(family.access()).await.status, 204);
        let ahead = seconds(family.access(), "auth_time") - seconds(family.access(), "nbf");
        assert_eq!(ahead, 0, "a day ahead it would be recent for a day");
        family.rotate(&server.client).await;
        let fresh = step_up(&server.client, &family).await;
        assert_eq!(server.client.verify(&fresh.access()).await.status, 204);
        family.assert_lives(&server.client).await;
        server.stop().await;
    }
}

#[tokio::test]
async fn the_answer_is_that_of_a_login() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let mut login = client.login(&user.email, PASSWORD).await;
    let reply = client.step_up(&login.access(), PASSWORD).await;
    // That is of logins only.
    login.body.as_object_mut().expect("an object").remove("device_token");
    assert_eq!(members(&reply.body), members(&login.body));
    assert_eq!(reply.body["user"], login.body["user"]);
    for same in ["id", "aal", "amr", "expires_at"] {
        assert_eq!(reply.body["session"][same], login.body["session"][same], "{same}");
    }
}
