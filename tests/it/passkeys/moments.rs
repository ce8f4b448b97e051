//! Ceremonies in time, by the injected clock.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::scene::{
    Holder, LOGIN_OPTIONS, OPTIONS, SERVICE, add, begin_login, call, registration, sessions, usual, verify,
};
use crate::http::common::{get, post, sql};
use crate::storage::sql::sql as write;
use crate::support::authenticator::Passkey;
use crate::support::backend::{Backend, on_both_databases};
use crate::support::client::Client;
use crate::support::in_process::{InProcess, StoppedClock};

const TTL: Duration = Duration::from_secs(300);
const INSTANT: Duration = Duration::from_micros(1);

on_both_databases! {
    async fn a_ceremony_is_over_after_its_time(env: Env) {
        let clock = StoppedClock::new();
        let server = InProcess::start(&env, clock.clone(), SERVICE).await;
        let client = &server.client;
        let holder = Holder::new(client).await;
        let before = sessions(&env);
        let (early, early_options) = begin_login(client).await;
        clock.advance(INSTANT);
        let (late, late_options) = begin_login(client).await;
        clock.advance(TTL - INSTANT);
        let credential = holder.passkey.get(&early_options, &usual());
        verify(client, &early, &credential).await.assert_problem(401, "challenge_invalid");
        assert_eq!(sessions(&env), before);
        let credential = holder.passkey.get(&late_options, &usual());
        assert_eq!(verify(client, &late, &credential).await.status, 200, "to the microsecond");
        server.stop().await;
    }

    async fn a_registration_is_over_after_its_time_and_needs_a_recent_proof(env: Env) {
        let short = [SERVICE, &[("KINDRED_WEBAUTHN__CEREMONY_TTL", "10m")]].concat();
        let clock = StoppedClock::new();
        let server = InProcess::start(&env, clock.clone(), &short).await;
        let client = &server.client;
        let holder = Holder::new(client).await;
        let (ceremony, options) = registration(client, holder.family.access()).await;
        let (_, credential) = Passkey::create(&options, &usual());
        clock.advance(Duration::from_secs(301));
        let stale = add(client, holder.family.access(), &ceremony, &credential).await;
        stale.assert_problem(403, "step_up_required");
        let stale = call(client, Method::POST, OPTIONS, holder.family.access(), Some(json!({}))).await;
        stale.assert_problem(403, "step_up_required");
        clock.advance(Duration::from_secs(299));
        // A proof anew does not revive the ceremony.
        sql(&env, &format!("UPDATE session_families SET auth_time = {}", kindred::clock::Clock::now(&*clock).as_micros()));
        let mut family = holder.family.clone();
        let server = {
            server.stop().await;
            InProcess::start(&env, clock.clone(), &short).await
        };
        family.rotate(&server.client).await;
        let over = add(&server.client, family.access(), &ceremony, &credential).await;
        over.assert_problem(401, "challenge_invalid");
        server.stop().await;
    }

    async fn strangers_cannot_pile_ceremonies_up(env: Env) {
        let node = env.node(SERVICE).await;
        let client = Client::new(node.base_url());
        let holder = Holder::new(&client).await;
        let (ceremony, options) = begin_login(&client).await;
        let (series, id, bytes) = if env.backend() == Backend::Sqlite {
            (
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) SELECT i FROM n)",
                "randomblob(16)",
                "X'00'",
            )
        } else {
            ("generate_series(1, 9999) AS n(i)", "gen_random_uuid()", "'\\x00'")
        };
        write(
            &env,
            &format!(
                "INSERT INTO webauthn_ceremonies (id, kind, sealed, created_at, expires_at) \
                 SELECT {id}, 'passwordless', {bytes}, 1, {} FROM {series}",
                i64::MAX
            ),
        );
        let refused = post(&client, LOGIN_OPTIONS, json!({})).await;
        refused.assert_problem(503, "overloaded");
        assert!(refused.header("retry-after").is_some());
        // What was begun before can be finished, and makes room.
        let credential = holder.passkey.get(&options, &usual());
        assert_eq!(verify(&client, &ceremony, &credential).await.status, 200);
        assert_eq!(post(&client, LOGIN_OPTIONS, json!({})).await.status, 200);
        post(&client, LOGIN_OPTIONS, json!({})).await.assert_problem(503, "overloaded");
        // Registrations and proofs are others'.
        registration(&client, holder.family.access()).await;
        // Once they are over they go.
        sql(&env, "UPDATE webauthn_ceremonies SET expires_at = 1");
        assert_eq!(post(&client, LOGIN_OPTIONS, json!({})).await.status, 200);
        assert_eq!(get(&client, "/health/ready").await.status, 200);
    }
}
