mod vectors;

use jsonwebtoken::jwk::{Jwk, ThumbprintHash};

use super::*;
use crate::model::access_token::Terms;
use crate::model::factor::MfaPolicy;
use crate::model::session_family::fixture;

fn key_of(algorithm: SigningAlgorithm, state: KeyState) -> SigningKey {
    SigningKey::generate(algorithm, state, Timestamp::from_unix_seconds(1)).unwrap().0
}

fn key(state: KeyState) -> SigningKey {
    key_of(SigningAlgorithm::Es256, state)
}

fn build(keys: &[SigningKey]) -> Result<Signer, BadKey> {
    Signer::new(keys, TokenFormat::default())
}

fn signer() -> Signer {
    build(&[key(KeyState::Active), key(KeyState::Standby)]).unwrap()
}

/// With active keys of both algorithms.
fn signer_of(algorithm: SigningAlgorithm, ed25519_name: Ed25519Name) -> Signer {
    let keys = SigningAlgorithm::ALL.map(|algorithm| key_of(algorithm, KeyState::Active));
    Signer::new(&keys, TokenFormat { algorithm, ed25519_name }).unwrap()
}

fn header(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts(token)[0]).unwrap()).unwrap()
}

fn claims() -> Claims {
    let terms = Terms {
        issuer: "https://auth.example".to_owned(),
        audience: "kindred".to_owned(),
        client_id: "kindred".to_owned(),
        ttl: std::time::Duration::from_secs(600),
        leeway: std::time::Duration::from_secs(60),
        mfa_policy: MfaPolicy::Optional,
    };
    let family = fixture::family();
    Claims::of(&terms, &family, &fixture::root_key().family_key(&family.salt), &fixture::user())
}

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().unwrap()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn a_signed_token_verifies_here_and_nowhere_else() {
    let signer = signer();
    let token = signer.sign(&claims()).unwrap();
    let (kid, verified) = signer.verify(token.expose()).unwrap();
    assert_eq!(verified, claims());
    assert!(signer.accepts(&kid));
    assert_eq!(super::tests::signer().verify(token.expose()), Err(VerifyError::UnknownKey));
}

#[test]
fn every_changed_character_is_noticed() {
    let signer = signer();
    let token = signer.sign(&claims()).unwrap().expose().clone();
    for position in (0..token.len()).step_by(7) {
        let mut changed = token.clone();
        let replacement = if token.as_bytes()[position] == b'A' { "B" } else { "A" };
        changed.replace_range(position..=position, replacement);
        assert!(signer.verify(&changed).is_err(), "position {position}");
    }
}

#[test]
fn only_the_pinned_header_is_accepted() {
    let signer = signer();
    let token = signer.sign(&claims()).unwrap().expose().clone();
    let [header, payload, signature] = parts(&token);
    let original: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    let with = |name: &str, value: Value| {
        let mut header = original.clone();
        header[name] = value;
        format!("{}.{payload}.{signature}", encode(&header))
    };
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("nOnE")),
        ("alg", json!("HS256")),
        ("alg", json!("ES384")),
        ("typ", json!("JWT")),
        ("typ", json!("dpop+jwt")),
        ("jwk", json!({})),
        ("jku", json!("http://127.0.0.1/")),
        ("x5u", json!("http://127.0.0.1/")),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
    ] {
        assert_eq!(signer.verify(&with(name, value)), Err(VerifyError::Malformed), "{name}");
    }
    for kid in ["../../dev/null", "' OR 1=1--", "\0", &"k".repeat(4000)] {
        assert_eq!(signer.verify(&with("kid", json!(kid))), Err(VerifyError::UnknownKey));
    }
}

#[test]
fn odd_forms_are_refused() {
    let signer = signer();
    let token = signer.sign(&claims()).unwrap().expose().clone();
    let [header, payload, _] = parts(&token);
    let zero = URL_SAFE_NO_PAD.encode([0_u8; 64]);
    for odd in [
        String::new(),
        "..".to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{token}.x.y"),
        format!("{header}.{payload}.{zero}"),
        format!("{token}="),
        format!(" {token}"),
        "a".repeat(MAX_TOKEN + 1),
    ] {
        assert!(signer.verify(&odd).is_err(), "{odd:.60}");
    }
}

#[test]
fn claims_of_the_wrong_type_are_refused_even_when_signed() {
    let signer = signer();
    let sign = |payload: &str| {
        let keys = signer.current();
        let message = format!("{}{}", keys.active.header, URL_SAFE_NO_PAD.encode(payload));
        let signature = keys.active.private.sign(message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    };
    let good = serde_json::to_value(claims()).unwrap();
    assert!(signer.verify(&sign(&good.to_string())).is_ok());
    for (name, value) in [
        ("exp", json!("soon")),
        ("exp", json!(1e99)),
        ("exp", Value::Null),
        ("gen", json!(-1)),
        ("sub", json!("x")),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        assert_eq!(signer.verify(&sign(&bad.to_string())), Err(VerifyError::Signature), "{name}");
    }
    let twice = good.to_string().replacen('{', "{\"exp\":1,", 1);
    assert_eq!(signer.verify(&sign(&twice)), Err(VerifyError::Signature), "duplicate member");
}

#[test]
fn the_published_set_has_public_members_only() {
    let set: Value = serde_json::from_str(&signer().published().body).unwrap();
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let members: Vec<&String> = key.as_object().unwrap().keys().collect();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    }
    assert_ne!(keys[0]["kid"], keys[1]["kid"]);
}

#[test]
fn exactly_one_key_is_active() {
    assert!(build(&[]).is_err());
    let renamed = |mut key: SigningKey| {
        key.kid.push('x');
        key
    };
    assert!(build(&[renamed(key(KeyState::Active))]).is_err(), "kid is the thumbprint");
    assert!(build(&[key(KeyState::Active), renamed(key(KeyState::Standby))]).is_err());
    let other_half = SigningKey { pkcs8: key(KeyState::Active).pkcs8, ..key(KeyState::Active) };
    assert!(build(&[other_half]).is_err(), "the private half is another key's");
    assert!(build(&[key(KeyState::Standby)]).is_err());
    assert!(build(&[key(KeyState::Active), key(KeyState::Active)]).is_err());
    let mislabelled = SigningKey { algorithm: SigningAlgorithm::Ed25519, ..key(KeyState::Standby) };
    assert!(build(&[key(KeyState::Active), mislabelled]).is_err(), "its public half is of another kind");
}

#[test]
fn another_set_takes_over_and_a_bad_one_does_not() {
    let [old, new] = [key(KeyState::Active), key(KeyState::Active)];
    let kid = new.kid.clone();
    let signer = build(&[old]).unwrap();
    let token = signer.sign(&claims()).unwrap();
    assert!(signer.replace(&[key(KeyState::Standby)]).is_err());
    assert!(signer.verify(token.expose()).is_ok(), "the set is as it was");
    signer.replace(&[new]).unwrap();
    assert_eq!(signer.verify(token.expose()), Err(VerifyError::UnknownKey));
    let (signed_by, _) = signer.verify(signer.sign(&claims()).unwrap().expose()).unwrap();
    assert_eq!(signed_by, kid);
    assert!(signer.accepts(&kid) && signer.check().is_ok());
}

#[test]
fn the_configured_algorithm_signs_if_it_has_an_active_key() {
    for (algorithm, name, alg) in [
        (SigningAlgorithm::Es256, Ed25519Name::Ed25519, "ES256"),
        (SigningAlgorithm::Ed25519, Ed25519Name::Ed25519, "Ed25519"),
        (SigningAlgorithm::Ed25519, Ed25519Name::EdDsa, "EdDSA"),
    ] {
        let signer = signer_of(algorithm, name);
        let token = signer.sign(&claims()).unwrap();
        assert_eq!(header(token.expose())["alg"], alg);
        assert_eq!(signer.verify(token.expose()).unwrap().1, claims());
        assert!(signer.check().is_ok());
        let set: Value = serde_json::from_str(&signer.published().body).unwrap();
        let kid = &header(token.expose())["kid"];
        let jwk = set["keys"].as_array().unwrap().iter().find(|jwk| jwk["kid"] == *kid).unwrap();
        assert_eq!(jwk["alg"], alg, "the set and the token agree");
        let parsed: Jwk = serde_json::from_value(jwk.clone()).unwrap();
        assert_eq!(json!(parsed.thumbprint(ThumbprintHash::SHA256).unwrap()), *kid);
    }
    let format = TokenFormat { algorithm: SigningAlgorithm::Ed25519, ed25519_name: Ed25519Name::Ed25519 };
    let standby = key_of(SigningAlgorithm::Ed25519, KeyState::Standby);
    let signer = Signer::new(&[key(KeyState::Active), standby], format).unwrap();
    assert_eq!(
        header(signer.sign(&claims()).unwrap().expose())["alg"],
        "ES256",
        "the other is not active yet"
    );
}

#[test]
fn the_algorithm_is_the_keys_and_never_the_tokens() {
    let signer = signer_of(SigningAlgorithm::Ed25519, Ed25519Name::Ed25519);
    let token = signer.sign(&claims()).unwrap().expose().clone();
    let [encoded, payload, signature] = parts(&token);
    let with_alg = |alg: &str| {
        let mut changed = header(&token);
        changed["alg"] = json!(alg);
        format!("{}.{payload}.{signature}", encode(&changed))
    };
    // The name is known, but the key is of another algorithm; or the header is not the one that was signed.
    assert_eq!(signer.verify(&with_alg("ES256")), Err(VerifyError::Malformed));
    assert_eq!(signer.verify(&with_alg("EdDSA")), Err(VerifyError::Signature));
    assert_eq!(signer.verify(&with_alg("HS256")), Err(VerifyError::Malformed));
    let cut = &signature[..signature.len() - 4];
    assert_eq!(signer.verify(&format!("{encoded}.{payload}.{cut}")), Err(VerifyError::Signature));
}
