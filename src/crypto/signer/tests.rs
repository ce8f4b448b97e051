use super::*;
use crate::model::access_token::Terms;
use crate::model::factor::MfaPolicy;
use crate::model::session_family::fixture;

fn key(state: KeyState) -> SigningKey {
    SigningKey::generate(state, Timestamp::from_unix_seconds(1)).unwrap().0
}

fn signer() -> Signer {
    Signer::new(&[key(KeyState::Active), key(KeyState::Standby)]).unwrap()
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
        let signature = keys.active.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
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
    assert!(Signer::new(&[]).is_err());
    let renamed = |mut key: SigningKey| {
        key.kid.push('x');
        key
    };
    assert!(Signer::new(&[renamed(key(KeyState::Active))]).is_err(), "kid is the thumbprint");
    assert!(Signer::new(&[key(KeyState::Active), renamed(key(KeyState::Standby))]).is_err());
    let other_half = SigningKey { pkcs8: key(KeyState::Active).pkcs8, ..key(KeyState::Active) };
    assert!(Signer::new(&[other_half]).is_err(), "the private half is another key's");
    assert!(Signer::new(&[key(KeyState::Standby)]).is_err());
    assert!(Signer::new(&[key(KeyState::Active), key(KeyState::Active)]).is_err());
}
