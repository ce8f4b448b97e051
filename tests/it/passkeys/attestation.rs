//! An attestation that the server has not asked for counts as none, whatever its format.

use std::collections::BTreeMap;

use macro_rules_attribute::apply;
use serde_cbor_2::Value as Cbor;
use serde_json::json;

use super::scene::{SERVICE, add, enroll, list, log_in, registration, usual};
use crate::support::authenticator::{Behaviour, EDDSA, Passkey, text};
use crate::support::backend::{Env, on_both_databases};
use crate::support::family::Family;
use crate::support::security_events::details;
use crate::support::sql::sql;

fn statement(members: &[(&str, Cbor)]) -> Cbor {
    Cbor::Map(members.iter().map(|(name, value)| (text(name), value.clone())).collect())
}

fn bytes(length: usize) -> Cbor {
    Cbor::Bytes(vec![0x30; length])
}

/// The formats of WebAuthn §8, one that is not known, and signatures that are wrong: some authenticators change what
/// they have signed.
fn attestations() -> Vec<(&'static str, Cbor)> {
    let (alg, sig) = (("alg", Cbor::Integer(-7)), ("sig", bytes(70)));
    let chain = ("x5c", Cbor::Array(vec![bytes(600), bytes(400)]));
    let own = statement(&[alg.clone(), sig.clone()]);
    let chained = statement(&[alg.clone(), sig.clone(), chain.clone()]);
    let tpm = [
        ("ver", text("2.0")),
        alg,
        sig.clone(),
        chain.clone(),
        ("certInfo", bytes(161)),
        ("pubArea", bytes(118)),
    ];
    let part =
        |format, attestation: &Cbor| statement(&[("fmt", text(format)), ("attStmt", attestation.clone())]);
    vec![
        ("packed", own.clone()),
        ("packed", chained.clone()),
        ("android-key", chained.clone()),
        ("tpm", statement(&tpm)),
        ("fido-u2f", statement(&[sig, chain.clone()])),
        ("apple", statement(&[chain])),
        ("android-safetynet", statement(&[("ver", text("19083010")), ("response", bytes(900))])),
        ("compound", Cbor::Array(vec![part("packed", &own), part("android-key", &chained)])),
        ("acme-2027", statement(&[("x", Cbor::Bool(true))])),
        ("none", statement(&[("x", Cbor::Integer(1))])),
        ("", Cbor::Null),
    ]
}

#[apply(on_both_databases)]
async fn an_attestation_that_was_not_asked_for_is_none(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let aaguid = 0xbada_5566_a7aa_401f_bd96_4561_9a55_120d_u128.to_be_bytes();
    for attestation in attestations() {
        let family = Family::open(&client).await;
        let behaviour = Behaviour { attestation, aaguid, ..usual() };
        let (passkey, added) = enroll(&client, family.access(), &behaviour).await;
        assert_eq!(added.status, 201, "{behaviour:?}: {added:?}");
        assert_eq!(added.body["passkey"]["name"], "1Password");
        let login = log_in(&client, &passkey, &behaviour).await;
        assert_eq!(login.status, 200, "{behaviour:?}: {login:?}");
    }
    let kept = sql(
        &env,
        "SELECT count(*) FROM passkeys WHERE credential LIKE '%\"x5c\"%' OR credential LIKE '%MDAwMDAw%'",
    );
    assert_eq!(kept, "0", "no statement is kept");
}

#[apply(on_both_databases)]
async fn an_attestation_excuses_nothing(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let family = Family::open(&client).await;
    let (ceremony, options) = registration(&client, family.access()).await;
    for attestation in [attestations().swap_remove(0), attestations().swap_remove(7)] {
        let odd = Behaviour { attestation, ..usual() };
        for (reason, wrong) in [
            ("origin", Behaviour { origin: "https://evil.test".to_owned(), ..odd.clone() }),
            ("rp_id", Behaviour { rp_id: Some("id.example.test".to_owned()), ..odd.clone() }),
            ("type", Behaviour { kind: Some("webauthn.get"), ..odd.clone() }),
            ("user_presence", Behaviour { user_present: false, ..odd.clone() }),
            ("user_verification", Behaviour { user_verified: false, ..odd.clone() }),
            ("algorithm", Behaviour { algorithm: EDDSA, ..odd.clone() }),
            ("backup_flags", Behaviour { backup_eligible: false, backed_up: true, ..odd.clone() }),
        ] {
            let (_, credential) = Passkey::create(&options, &wrong);
            let refused = add(&client, family.access(), &ceremony, &credential).await;
            refused.assert_problem(422, "validation_failed");
            assert_eq!(
                details(&env, "factor.failed").last().expect("an event")["reason"],
                reason,
                "{wrong:?}"
            );
        }
        let wrong = Behaviour { challenge: Some(vec![7; 32]), ..odd.clone() };
        let (_, credential) = Passkey::create(&options, &wrong);
        add(&client, family.access(), &ceremony, &credential).await.assert_problem(401, "challenge_invalid");
        let (_, mut credential) = Passkey::create(&options, &odd);
        (credential["id"], credential["rawId"]) = (json!("AAAA"), json!("AAAA"));
        add(&client, family.access(), &ceremony, &credential).await.assert_problem(422, "validation_failed");
    }
    assert!(list(&client, family.access()).await.is_empty());
}

#[apply(on_both_databases)]
async fn an_attestation_object_is_whole(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let family = Family::open(&client).await;
    let (ceremony, options) = registration(&client, family.access()).await;
    let (_, fine) = Passkey::create(&options, &usual());
    let encoded =
        |object: &[u8]| json!(base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, object));
    let text_of = fine["response"]["attestationObject"].as_str().expect("an object");
    let object =
        base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, text_of).expect("base64url");
    let whole: BTreeMap<String, Cbor> = serde_cbor_2::from_slice(&object).expect("CBOR");
    let mut wrong: Vec<Vec<u8>> = ["fmt", "attStmt", "authData"]
        .map(|member| {
            let mut part = whole.clone();
            part.remove(member);
            serde_cbor_2::to_vec(&part).expect("CBOR")
        })
        .into();
    wrong.push([&object[..], b"\x00"].concat());
    wrong.push(object[..object.len() - 1].to_vec());
    wrong.push(Vec::new());
    for object in wrong {
        let mut credential = fine.clone();
        credential["response"]["attestationObject"] = encoded(&object);
        let refused = add(&client, family.access(), &ceremony, &credential).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.body["errors"][0]["field"], "credential");
    }
    assert_eq!(add(&client, family.access(), &ceremony, &fine).await.status, 201);
}
