//! Assertions that are not what they should be open nothing, and cost no one a ceremony.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use macro_rules_attribute::apply;
use serde_json::{Value, json};
use uuid::Uuid;

use super::scene::{
    Holder, ORIGIN, SERVICE, add, begin_login, log_in, registration, sessions, spent, usual, verify,
};
use crate::support::authenticator::{Behaviour, Passkey};
use crate::support::backend::{Env, on_both_databases};
use crate::support::metrics::metric;
use crate::support::security_events::details;
use crate::support::sql::sql;

#[apply(on_both_databases)]
async fn each_check_is_made_and_none_burns_the_ceremony(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let (holder, other) = (Holder::new(&client).await, Holder::new(&client).await);
    let (before, spent_before) = (sessions(&env), spent(&env));
    let (ceremony, options) = begin_login(&client).await;
    let handle = |bytes: &[u8]| Some(Some(bytes.to_vec()));
    for (check, wrong) in [
        ("origin", Behaviour::at("https://evil.test")),
        ("origin", Behaviour::at("https://sub.id.example.test")),
        ("origin", Behaviour::at("https://example.test")),
        ("origin", Behaviour::at("http://id.example.test")),
        ("origin", Behaviour::at(&format!("{ORIGIN}:8443"))),
        ("origin", Behaviour::at(&format!("{ORIGIN}/page"))),
        ("origin", Behaviour { cross_origin: true, ..usual() }),
        ("origin", Behaviour { top_origin: Some("https://evil.test".to_owned()), ..usual() }),
        ("rp_id", Behaviour { rp_id: Some("id.example.test".to_owned()), ..usual() }),
        ("rp_id", Behaviour { rp_id: Some("test".to_owned()), ..usual() }),
        ("type", Behaviour { kind: Some("webauthn.create"), ..usual() }),
        ("user_presence", Behaviour { user_present: false, ..usual() }),
        ("user_verification", Behaviour { user_verified: false, ..usual() }),
        ("backup_flags", Behaviour { backup_eligible: false, backed_up: false, ..usual() }),
        ("signature", Behaviour { tamper: true, ..usual() }),
    ] {
        let refused = verify(&client, &ceremony, &holder.passkey.get(&options, &wrong)).await;
        refused.assert_problem(401, "invalid_credentials");
        let told = details(&env, "login.failed").pop().expect("an event");
        let expected = json!({"reason": "invalid_credentials", "method": "passkey", "check": check});
        assert_eq!(told, expected, "{wrong:?}");
    }
    // What proves nothing about an account is counted, and is no event.
    let events = details(&env, "login.failed").len();
    for wrong in [vec![7; 32], Vec::new()] {
        let wrong = Behaviour { challenge: Some(wrong), ..usual() };
        let refused = verify(&client, &ceremony, &holder.passkey.get(&options, &wrong)).await;
        refused.assert_problem(401, "challenge_invalid");
    }
    for user_handle in
        [handle(&other.passkey.user_handle), handle(b"ada"), handle(Uuid::nil().as_bytes()), Some(None)]
    {
        let wrong = Behaviour { user_handle, ..usual() };
        let refused = verify(&client, &ceremony, &holder.passkey.get(&options, &wrong)).await;
        refused.assert_problem(401, "invalid_credentials");
    }
    assert_eq!(details(&env, "login.failed").len(), events);
    let counted = metric(&node, "auth_stranger_requests_total", &[("kind", "passkey.unknown")]).await;
    assert_eq!(counted, 6.0);
    assert_eq!((sessions(&env), spent(&env)), (before, spent_before));
    let failed = metric(&node, "auth_login_total", &[("method", "passkey"), ("outcome", "failure")]).await;
    assert_eq!(failed, 21.0);
    let good = verify(&client, &ceremony, &holder.passkey.get(&options, &usual())).await;
    assert_eq!(good.status, 200, "{good:?}");
    assert_eq!(good.body["user"]["email"], holder.family.email.as_str());
}

#[apply(on_both_databases)]
async fn an_unknown_credential_is_answered_like_a_wrong_one(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    let (ceremony, options) = registration(&client, holder.family.access()).await;
    let (unknown, _) = Passkey::create(&options, &usual());
    let strange = log_in(&client, &unknown, &usual()).await;
    let wrong = log_in(&client, &holder.passkey, &Behaviour { tamper: true, ..usual() }).await;
    let without_id = |mut body: Value| {
        body["correlation_id"] = json!(null);
        body
    };
    assert_eq!(strange.status, wrong.status);
    assert_eq!(without_id(strange.body), without_id(wrong.body));

    // The id of one credential with the key of another.
    let stolen = Passkey { id: holder.passkey.id.clone(), ..unknown };
    log_in(&client, &stolen, &usual()).await.assert_problem(401, "invalid_credentials");
    // And what was removed is unknown.
    sql(&env, "DELETE FROM passkeys");
    log_in(&client, &holder.passkey, &usual()).await.assert_problem(401, "invalid_credentials");
    assert_eq!(sessions(&env), 1);
    drop(ceremony);
}

#[apply(on_both_databases)]
async fn a_counter_that_goes_back_is_refused_and_recorded(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let counting = |counter: u32| Behaviour { counter: Some(counter), ..usual() };
    let holder = Holder::with(&client, &counting(5)).await;
    assert_eq!(log_in(&client, &holder.passkey, &counting(9)).await.status, 200);
    let before = sessions(&env);
    for stale in [9, 8, 0] {
        let refused = log_in(&client, &holder.passkey, &counting(stale)).await;
        refused.assert_problem(401, "invalid_credentials");
        let told = details(&env, "factor.failed").pop().expect("an event");
        assert_eq!((&told["reason"], &told["passkey"]), (&json!("counter_regressed"), &json!(holder.id)));
    }
    assert_eq!((sessions(&env), details(&env, "factor.failed").len()), (before, 3));
    assert_eq!(log_in(&client, &holder.passkey, &counting(10)).await.status, 200);
    // Who signs nothing tells nothing of counters.
    let invalid = Behaviour { tamper: true, ..counting(1) };
    log_in(&client, &holder.passkey, &invalid).await.assert_problem(401, "invalid_credentials");
    assert_eq!(details(&env, "factor.failed").len(), 3);
}

#[apply(on_both_databases)]
async fn a_passkey_without_a_counter_is_fine_until_it_has_one(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    for _ in 0..3 {
        assert_eq!(log_in(&client, &holder.passkey, &usual()).await.status, 200);
    }
    let counting = Behaviour { counter: Some(1), ..usual() };
    assert_eq!(log_in(&client, &holder.passkey, &counting).await.status, 200);
    log_in(&client, &holder.passkey, &usual()).await.assert_problem(401, "invalid_credentials");
}

#[apply(on_both_databases)]
async fn a_ceremony_is_of_one_kind(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    let access = holder.family.access();
    let before = sessions(&env);
    // A registration's challenge in a login.
    let (ceremony, mut options) = registration(&client, access).await;
    options["publicKey"]["rpId"] = json!("example.test");
    let assertion = holder.passkey.get(&options, &usual());
    verify(&client, &ceremony, &assertion).await.assert_problem(401, "challenge_invalid");
    // That challenge under a login's ceremony.
    let (login, _) = begin_login(&client).await;
    verify(&client, &login, &assertion).await.assert_problem(401, "challenge_invalid");
    // A login's challenge in a registration.
    let (login, mut options) = begin_login(&client).await;
    options["publicKey"]["rp"] = json!({"id": "example.test"});
    options["publicKey"]["user"] = json!({"id": URL_SAFE_NO_PAD.encode(&holder.passkey.user_handle)});
    let (_, attestation) = Passkey::create(&options, &usual());
    add(&client, access, &login, &attestation).await.assert_problem(401, "challenge_invalid");
    // One login's challenge under another's ceremony.
    let (_, options) = begin_login(&client).await;
    let assertion = holder.passkey.get(&options, &usual());
    verify(&client, &login, &assertion).await.assert_problem(401, "challenge_invalid");
    assert_eq!(sessions(&env), before);
}

#[apply(on_both_databases)]
async fn what_is_no_assertion_is_told_so(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    let before = sessions(&env);
    let (ceremony, options) = begin_login(&client).await;
    let fine = holder.passkey.get(&options, &usual());
    let mut variants = vec![json!(null), json!("x"), json!([]), json!({})];
    for (pointer, value) in [
        ("/id", json!("AAAA")),
        ("/rawId", json!("")),
        ("/type", json!("password")),
        ("/response/clientDataJSON", json!("e30")),
        ("/response/signature", json!(1)),
    ] {
        let mut variant = fine.clone();
        *variant.pointer_mut(pointer).expect(pointer) = value;
        variants.push(variant);
    }
    for variant in &variants {
        verify(&client, &ceremony, variant).await.assert_problem(422, "validation_failed");
    }
    for (pointer, value) in
        [("/response/authenticatorData", json!("AAAA")), ("/response/signature", json!("AAAA"))]
    {
        let mut variant = fine.clone();
        *variant.pointer_mut(pointer).expect(pointer) = value;
        verify(&client, &ceremony, &variant).await.assert_problem(401, "invalid_credentials");
    }
    assert_eq!(sessions(&env), before);
    assert_eq!(verify(&client, &ceremony, &fine).await.status, 200);
}
