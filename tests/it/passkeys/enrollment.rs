//! A passkey is added.

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{
    Holder, OPTIONS, PASSKEYS, RP_ID, SERVICE, add, enroll, list, raise, registration, spent, usual,
};
use crate::http::common::{members, prove_addresses};
use crate::support::authenticator::{Behaviour, EDDSA, Passkey};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::family::{Family, claims};
use crate::support::security_events::details;
use crate::support::sql::sql;

#[apply(on_both_databases)]
async fn a_passkey_is_asked_for_added_and_listed(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    prove_addresses(&env);
    let (ceremony, options) = registration(&client, family.access()).await;
    let asked = &options["publicKey"];
    assert_eq!(asked["rp"], json!({"id": RP_ID, "name": "Kindred"}));
    assert_eq!(asked["user"]["name"], family.email.as_str());
    assert_eq!(asked["attestation"], "none");
    let selection = &asked["authenticatorSelection"];
    let wanted =
        [&selection["residentKey"], &selection["requireResidentKey"], &selection["userVerification"]];
    assert_eq!(wanted, [&json!("required"), &json!(true), &json!("required")]);
    assert!(asked["challenge"].as_str().is_some_and(|text| text.len() >= 22), "128 bits: {asked}");

    let aaguid = 0xbada_5566_a7aa_401f_bd96_4561_9a55_120d_u128.to_be_bytes();
    let (passkey, credential) = Passkey::create(&options, &Behaviour { aaguid, ..usual() });
    let added = add(&client, family.access(), &ceremony, &credential).await;
    assert_eq!(added.status, 201, "{added:?}");
    assert_eq!(added.body["passkey"]["name"], "1Password");
    let all = list(&client, family.access()).await;
    assert_eq!(all, [added.body["passkey"].clone()]);
    let expected = ["aaguid", "backed_up", "created_at", "id", "last_used_at", "name", "provider", "synced"];
    assert_eq!(members(&all[0]), expected);
    assert_eq!(all[0]["aaguid"], "bada5566-a7aa-401f-bd96-45619a55120d");
    assert_eq!((&all[0]["synced"], &all[0]["last_used_at"]), (&json!(true), &json!(null)));

    assert_eq!(details(&env, "factor.enrolled")[0]["factor"], "webauthn");
    let mail = node.mailbox().wait_for(&family.email, "factor_added").await;
    assert!(mail.text.contains("Passkey (1Password)"), "{}", mail.text);
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE mfa_enrolled_at IS NOT NULL"), "1");

    // To add it raises nothing, not from the next access token on either: to prove it does.
    assert_eq!(claims(family.access())["acr"], "aal1");
    family.rotate(&client).await;
    assert_eq!(claims(family.access())["acr"], "aal1");
    assert_eq!(claims(family.access())["amr"], json!(["pwd"]));
    raise(&client, &mut family, &passkey, &usual()).await;
    assert_eq!(claims(family.access())["acr"], "aal2");
    assert_eq!(claims(family.access())["amr"], json!(["pwd", "swk", "user", "mfa"]));
}

#[apply(on_both_databases)]
async fn a_ceremony_makes_one_passkey_for_the_session_that_began_it(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let family = Family::open(&client).await;
    let (sibling, stranger) = (family.sibling(&client).await, Family::open(&client).await);
    let (ceremony, options) = registration(&client, family.access()).await;
    let (_, credential) = Passkey::create(&options, &usual());
    for other in [&sibling, &stranger] {
        let refused = add(&client, other.access(), &ceremony, &credential).await;
        refused.assert_problem(401, "challenge_invalid");
    }
    // One that was begun later is another one.
    let (newer, _) = registration(&client, family.access()).await;
    add(&client, family.access(), &newer, &credential).await.assert_problem(401, "challenge_invalid");
    let answers =
        join_all((0..8).map(async |_| add(&client, family.access(), &ceremony, &credential).await)).await;
    let added = answers.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(added, 1, "{answers:?}");
    assert_eq!((spent(&env), details(&env, "factor.enrolled").len()), (1, 1));
    assert_eq!(list(&client, sibling.access()).await.len(), 1);
}

#[apply(on_both_databases)]
async fn what_was_not_asked_for_is_no_passkey(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let family = Family::open(&client).await;
    let (ceremony, options) = registration(&client, family.access()).await;
    for (reason, wrong) in [
        ("origin", Behaviour::at("https://evil.test")),
        ("origin", Behaviour::at("https://sub.id.example.test")),
        ("origin", Behaviour::at("https://id.example.test:8443")),
        ("origin", Behaviour { cross_origin: true, ..usual() }),
        ("origin", Behaviour { top_origin: Some("https://evil.test".to_owned()), ..usual() }),
        ("rp_id", Behaviour { rp_id: Some("id.example.test".to_owned()), ..usual() }),
        ("type", Behaviour { kind: Some("webauthn.get"), ..usual() }),
        ("user_presence", Behaviour { user_present: false, ..usual() }),
        ("user_verification", Behaviour { user_verified: false, ..usual() }),
        ("algorithm", Behaviour { algorithm: EDDSA, ..usual() }),
        ("backup_flags", Behaviour { backup_eligible: false, backed_up: true, ..usual() }),
        ("resident_key", Behaviour { discoverable: Some(false), ..usual() }),
    ] {
        let (_, credential) = Passkey::create(&options, &wrong);
        let refused = add(&client, family.access(), &ceremony, &credential).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.body["errors"][0]["field"], "credential", "{wrong:?}");
        let told = details(&env, "factor.failed");
        assert_eq!(told.last().expect("an event")["reason"], reason, "{wrong:?}");
    }
    let wrong = Behaviour { challenge: Some(vec![7; 32]), ..usual() };
    let (_, credential) = Passkey::create(&options, &wrong);
    add(&client, family.access(), &ceremony, &credential).await.assert_problem(401, "challenge_invalid");
    // None of that has cost the ceremony.
    let (_, credential) = Passkey::create(&options, &Behaviour { discoverable: None, ..usual() });
    assert_eq!(add(&client, family.access(), &ceremony, &credential).await.status, 201);
    assert_eq!(list(&client, family.access()).await.len(), 1);
}

#[apply(on_both_databases)]
async fn what_is_no_answer_at_all_is_told_so(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let family = Family::open(&client).await;
    let (ceremony, options) = registration(&client, family.access()).await;
    let (passkey, fine) = Passkey::create(&options, &usual());
    let mut variants = vec![json!(null), json!("x"), json!([]), json!({})];
    for (pointer, value) in [
        ("/id", json!("AAAA")),
        ("/rawId", json!("!")),
        ("/type", json!("password")),
        ("/response/clientDataJSON", json!("e30")),
        ("/response", json!(null)),
    ] {
        let mut variant = fine.clone();
        *variant.pointer_mut(pointer).expect(pointer) = value;
        variants.push(variant);
    }
    for variant in &variants {
        let refused = add(&client, family.access(), &ceremony, variant).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.body["errors"][0]["field"], "credential", "{variant}");
    }
    // An id that is not the attested one.
    let mut other = passkey.register(&options, &usual());
    (other["id"], other["rawId"]) = (json!("AAAA"), json!("AAAA"));
    add(&client, family.access(), &ceremony, &other).await.assert_problem(422, "validation_failed");
    for ceremony in ["x", "018f0000-0000-7000-8000-000000000000"] {
        let refused = add(&client, family.access(), ceremony, &fine).await;
        assert!([401, 422].contains(&refused.status), "{refused:?}");
    }
    assert_eq!(add(&client, family.access(), &ceremony, &fine).await.status, 201);
}

#[apply(on_both_databases)]
async fn an_authenticator_is_registered_once_no_matter_who_asks(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    let access = holder.family.access();
    let (ceremony, options) = registration(&client, access).await;
    assert_eq!(options["publicKey"]["excludeCredentials"].as_array().map(Vec::len), Some(1));
    let again = holder.passkey.register(&options, &usual());
    add(&client, access, &ceremony, &again).await.assert_problem(409, "conflict");

    let stranger = Family::open(&client).await;
    let (ceremony, options) = registration(&client, stranger.access()).await;
    let theirs = holder.passkey.register(&options, &usual());
    add(&client, stranger.access(), &ceremony, &theirs).await.assert_problem(409, "conflict");
    assert_eq!(sql(&env, "SELECT count(*) FROM passkeys"), "1");
    assert!(list(&client, stranger.access()).await.is_empty());
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE mfa_enrolled_at IS NOT NULL"), "1");
}

#[apply(on_both_databases)]
async fn an_account_has_so_many_and_no_more(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let mut holder = Holder::new(&client).await;
    for _ in 1..19 {
        let (_, added) = enroll(&client, holder.family.access(), &usual()).await;
        assert_eq!(added.status, 201, "{added:?}");
    }
    // Two sessions at once for the last place.
    let passkey = &holder.passkey;
    let login = super::scene::log_in(&client, passkey, &usual()).await;
    let other = login.access();
    holder.family.rotate(&client).await;
    let (one, options) = registration(&client, holder.family.access()).await;
    let (_, first) = Passkey::create(&options, &usual());
    let (two, options) = registration(&client, &other).await;
    let (_, second) = Passkey::create(&options, &usual());
    let (first, second) =
        tokio::join!(add(&client, holder.family.access(), &one, &first), add(&client, &other, &two, &second));
    let mut codes = [first.status, second.status];
    codes.sort_unstable();
    assert_eq!(codes, [201, 409], "{first:?} {second:?}");
    let refused = client.call(Method::POST, OPTIONS, &other, json!({})).await;
    refused.assert_problem(409, "conflict");
    assert_eq!(list(&client, &other).await.len(), 20);
}

#[apply(on_both_databases)]
async fn a_password_alone_adds_nothing_beside_a_passkey(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    // A session of the password alone, as one that is older than the passkey.
    sql(&env, "UPDATE session_families SET aal = 1, amr = 'pwd'");
    let node = {
        drop(node);
        env.node(SERVICE).await
    };
    let client = node.client();
    let mut family = holder.family.clone();
    family.rotate(&client).await;
    let weak = family.access();
    assert_eq!(claims(weak)["acr"], "aal1");
    for (method, path, body) in [
        (Method::POST, OPTIONS.to_owned(), json!({})),
        (Method::POST, PASSKEYS.to_owned(), json!({"ceremony": holder.id, "credential": {}})),
        (Method::DELETE, format!("{PASSKEYS}/{}", holder.id), Value::Null),
    ] {
        let refused = client.call(method, &path, weak, body).await;
        refused.assert_problem(403, "step_up_required");
        assert_eq!(refused.body["acr_required"], "aal2");
        assert_eq!(refused.body["methods"], json!(["backup_code", "webauthn"]));
    }
    // The password proven again is not enough.
    client.step_up(weak, family.live(), PASSWORD).await.assert_problem(403, "step_up_required");
    assert_eq!(list(&client, weak).await.len(), 1);
}
