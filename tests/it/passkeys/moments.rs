//! Ceremonies in time, by the injected clock.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{
    Holder, OPTIONS, SERVICE, add, begin_login, registration, sessions, spent, usual, verify,
};
use crate::support::authenticator::{Behaviour, Passkey};
use crate::support::backend::{Env, on_both_databases};
use crate::support::in_process::InProcess;
use crate::support::scene::Scene;
use crate::support::sql::sql;

const TTL: Duration = Duration::from_secs(300);
const INSTANT: Duration = Duration::from_micros(1);

#[apply(on_both_databases)]
async fn a_ceremony_is_over_after_its_time(env: Env) {
    let Scene { clock, server } = Scene::start(&env, SERVICE).await;
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

#[apply(on_both_databases)]
async fn a_registration_is_over_after_its_time_and_needs_a_recent_authentication(env: Env) {
    let short = [SERVICE, &[("KINDRED_WEBAUTHN__CEREMONY_TTL", "10m")]].concat();
    let Scene { clock, server } = Scene::start(&env, &short).await;
    let client = &server.client;
    let holder = Holder::new(client).await;
    let (ceremony, options) = registration(client, holder.family.access()).await;
    let (_, credential) = Passkey::create(&options, &usual());
    clock.advance(Duration::from_secs(301));
    let stale = add(client, holder.family.access(), &ceremony, &credential).await;
    stale.assert_problem(403, "step_up_required");
    let stale = client.call(Method::POST, OPTIONS, holder.family.access(), json!({})).await;
    stale.assert_problem(403, "step_up_required");
    clock.advance(Duration::from_secs(299));
    // Another authentication does not revive the ceremony.
    sql(
        &env,
        &format!(
            "UPDATE session_families SET auth_time = {}",
            kindred::clock::Clock::now(&*clock).as_micros()
        ),
    );
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

#[apply(on_both_databases)]
async fn to_begin_a_ceremony_writes_nothing(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    let (access, before) = (holder.family.access(), rows(&env));
    let asked = json!({"method": "webauthn"});
    let mut begun = Vec::new();
    for _ in 0..40 {
        begun.push(begin_login(&client).await);
        registration(&client, access).await;
        let step_up = "/api/v1/auth/step-up/challenge";
        assert_eq!(client.call(Method::POST, step_up, access, asked.clone()).await.status, 200);
    }
    assert_eq!(rows(&env), before);
    // Each of them can be finished, and its use is one row.
    for (ceremony, options) in begun.iter().take(3) {
        let credential = holder.passkey.get(options, &usual());
        assert_eq!(verify(&client, ceremony, &credential).await.status, 200);
        verify(&client, ceremony, &credential).await.assert_problem(401, "challenge_invalid");
    }
    assert_eq!(spent(&env), 5, "with the one that made the passkey, and the one that raised the session");
}

#[apply(on_both_databases)]
async fn what_was_not_sealed_here_is_no_ceremony(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    let (before, spent_before) = (sessions(&env), spent(&env));
    let (ceremony, options) = begin_login(&client).await;
    let text = options["publicKey"]["challenge"].as_str().expect("a challenge");
    let challenge = URL_SAFE_NO_PAD.decode(text).expect("base64url");
    for place in 0..challenge.len() {
        let mut tampered = challenge.clone();
        tampered[place] ^= 1;
        let wrong = Behaviour { challenge: Some(tampered), ..usual() };
        let credential = holder.passkey.get(&options, &wrong);
        verify(&client, &ceremony, &credential).await.assert_problem(401, "challenge_invalid");
    }
    let credential = holder.passkey.get(&options, &usual());
    let other = "018f0000-0000-7000-8000-000000000000";
    verify(&client, other, &credential).await.assert_problem(401, "challenge_invalid");
    assert_eq!((sessions(&env), spent(&env)), (before, spent_before));
    assert_eq!(verify(&client, &ceremony, &credential).await.status, 200, "none of that has burned it");
}

/// How many rows there are in each table but the counts.
fn rows(env: &Env) -> Vec<String> {
    let tables = [
        "webauthn_ceremonies",
        "webauthn_ceremony_uses",
        "security_events",
        "login_challenges",
        "session_families",
        "one_time_tokens",
        "outbox",
        "passkeys",
        "sms_codes",
    ];
    tables.map(|table| sql(env, &format!("SELECT '{table}', count(*) FROM {table}"))).to_vec()
}
