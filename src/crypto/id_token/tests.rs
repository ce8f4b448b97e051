use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::json;

use super::*;

/// A key of a provider, which signs.
enum Private {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Private {
    fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().unwrap())
    }

    fn jwk(&self, kid: &str) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(pair) => {
                let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
                let (n, e) = (n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero());
                json!({ "kty": "RSA", "kid": kid, "use": "sig", "n": encode(n), "e": encode(e) })
            }
            Self::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": encode(x), "y": encode(y) })
            }
            Self::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": encode(pair.public_key().as_ref()) })
            }
        }
    }

    fn signature(&self, message: &str) -> String {
        let random = SystemRandom::new();
        URL_SAFE_NO_PAD.encode(match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
                signature
            }
            Self::P256(pair) => pair.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
        })
    }

    fn token(&self, header: &Value) -> String {
        let message = format!("{}.{}", encode(header), encode(&claims()));
        format!("{message}.{}", self.signature(&message))
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn claims() -> Value {
    json!({ "iss": "https://id.example", "sub": "ada", "aud": "web", "exp": 2, "iat": 1 })
}

fn keys(jwks: &[Value]) -> ProviderKeys {
    ProviderKeys::parse(json!({ "keys": jwks }).to_string().as_bytes()).unwrap()
}

const ES256: &[SignatureAlgorithm] = &[SignatureAlgorithm::Es256];

fn outcome(keys: &ProviderKeys, token: &str, algorithms: &[SignatureAlgorithm]) -> Option<SignatureError> {
    keys.verify(token, algorithms).err()
}

#[test]
fn each_kind_of_key_verifies_its_algorithm() {
    for (key, algorithm) in [
        (Private::rsa(), SignatureAlgorithm::Rs256),
        (Private::p256(), SignatureAlgorithm::Es256),
        (Private::ed25519(), SignatureAlgorithm::EdDsa),
    ] {
        let set = keys(&[Private::p256().jwk("other"), key.jwk("k")]);
        let token = key.token(&json!({ "alg": algorithm.as_str(), "kid": "k", "typ": "JWT" }));
        let signed = set.verify(&token, &SignatureAlgorithm::ALL).unwrap();
        assert_eq!((signed.algorithm, signed.claims.sub.as_str()), (algorithm, "ada"));
        let others: Vec<_> =
            SignatureAlgorithm::ALL.into_iter().filter(|other| *other != algorithm).collect();
        assert_eq!(outcome(&set, &token, &others), Some(SignatureError::Algorithm), "it is not pinned");
    }
}

#[test]
fn a_token_cannot_choose_how_it_is_verified() {
    let key = Private::p256();
    let set = keys(&[key.jwk("k")]);
    for alg in ["none", "HS256", "RS256", "PS256", "ES384", "EdDSA", "es256", ""] {
        let token = key.token(&json!({ "alg": alg, "kid": "k" }));
        assert_eq!(outcome(&set, &token, ES256), Some(SignatureError::Algorithm), "{alg}");
    }
    // The public key as a shared secret, and no signature at all.
    let message = format!("{}.{}", encode(&json!({ "alg": "none" })), encode(&claims()));
    assert_eq!(outcome(&set, &format!("{message}."), ES256), Some(SignatureError::Algorithm));
    // Pinned, but not what the key is made of.
    let token = key.token(&json!({ "alg": "RS256", "kid": "k" }));
    assert_eq!(outcome(&set, &token, &SignatureAlgorithm::ALL), Some(SignatureError::UnknownKey));
}

#[test]
fn keys_in_the_token_are_not_looked_at() {
    let (ours, theirs) = (Private::p256(), Private::p256());
    let set = keys(&[ours.jwk("k")]);
    let header = json!({
        "alg": "ES256", "kid": "k", "jwk": theirs.jwk("k"), "jku": "https://evil.example/keys", "x5c": ["AA=="],
    });
    assert_eq!(outcome(&set, &theirs.token(&header), ES256), Some(SignatureError::Signature));
}

#[test]
fn extensions_that_are_not_understood_are_refused() {
    let key = Private::p256();
    let set = keys(&[key.jwk("k")]);
    for (name, value) in
        [("crit", json!(["exp"])), ("b64", json!(false)), ("enc", json!("A128GCM")), ("zip", json!("DEF"))]
    {
        let token = key.token(&json!({ "alg": "ES256", "kid": "k", name: value }));
        assert_eq!(outcome(&set, &token, ES256), Some(SignatureError::Malformed), "{name}");
    }
}

#[test]
fn tokens_for_other_uses_are_refused() {
    let key = Private::p256();
    let set = keys(&[key.jwk("k")]);
    for typ in ["at+jwt", "logout+jwt", "dpop+jwt", "application/at+jwt", ""] {
        let token = key.token(&json!({ "alg": "ES256", "kid": "k", "typ": typ }));
        assert_eq!(outcome(&set, &token, ES256), Some(SignatureError::Type), "{typ}");
    }
    assert_eq!(outcome(&set, &key.token(&json!({ "alg": "ES256", "kid": "k", "typ": "jwt" })), ES256), None);
}

/// A token of another type ends no session, even if its claims are those of a logout token.
#[test]
fn only_logout_tokens_are_logout_tokens() {
    let key = Private::p256();
    let set = keys(&[key.jwk("k")]);
    let token = |typ: Option<&str>| {
        let claims = json!({
            "iss": "https://id.example", "aud": "web", "exp": 2, "iat": 1, "jti": "1", "sub": "ada", "events": {},
        });
        let mut header = json!({ "alg": "ES256", "kid": "k" });
        if let Some(typ) = typ {
            header["typ"] = json!(typ);
        }
        let message = format!("{}.{}", encode(&header), encode(&claims));
        format!("{message}.{}", key.signature(&message))
    };
    for typ in ["logout+jwt", "Logout+JWT", "application/logout+jwt"] {
        let signed = set.verify_logout(&token(Some(typ)), ES256).unwrap();
        assert_eq!(signed.claims.sub.as_deref(), Some("ada"), "{typ}");
    }
    for typ in [None, Some("JWT"), Some("at+jwt"), Some("secevent+jwt"), Some("logout+jwt+x"), Some("")] {
        let refused = set.verify_logout(&token(typ), ES256).err();
        assert_eq!(refused, Some(SignatureError::Type), "{typ:?}");
    }
    let id_token = key.token(&json!({ "alg": "ES256", "kid": "k", "typ": "logout+jwt" }));
    assert_eq!(set.verify_logout(&id_token, ES256).err(), Some(SignatureError::Claims));
}

#[test]
fn what_is_not_in_compact_form_is_refused() {
    let key = Private::p256();
    let set = keys(&[key.jwk("k")]);
    let token = key.token(&json!({ "alg": "ES256", "kid": "k" }));
    let long = format!("{token}{}", "A".repeat(MAX_TOKEN));
    let two = token.rsplit_once('.').unwrap().0;
    let five = format!("{token}.AA.AA");
    for broken in ["", "..", "a.b", two, &five, &long, "{}", &format!(" {token}"), &format!("!{token}")] {
        assert_eq!(outcome(&set, broken, ES256), Some(SignatureError::Malformed), "{broken:.40}");
    }
}

#[test]
fn every_changed_character_is_noticed() {
    let key = Private::p256();
    let set = keys(&[key.jwk("k")]);
    let token = key.token(&json!({ "alg": "ES256", "kid": "k" }));
    for position in (0..token.len()).step_by(5) {
        let replacement = if token.as_bytes()[position] == b'A' { "B" } else { "A" };
        let mut changed = token.clone();
        changed.replace_range(position..=position, replacement);
        assert!(outcome(&set, &changed, ES256).is_some(), "position {position}");
    }
}

#[test]
fn a_key_is_found_by_its_name_or_by_being_the_only_one() {
    let (one, two) = (Private::p256(), Private::p256());
    let (first, both) = (keys(&[one.jwk("1")]), keys(&[one.jwk("1"), two.jwk("2")]));
    let nameless = one.token(&json!({ "alg": "ES256" }));
    assert_eq!(outcome(&first, &nameless, ES256), None);
    assert_eq!(outcome(&both, &nameless, ES256), Some(SignatureError::UnknownKey));
    let second = two.token(&json!({ "alg": "ES256", "kid": "2" }));
    assert_eq!(outcome(&both, &second, ES256), None);
    assert_eq!(outcome(&first, &second, ES256), Some(SignatureError::UnknownKey), "the keys were changed");
    let swapped = two.token(&json!({ "alg": "ES256", "kid": "1" }));
    assert_eq!(outcome(&both, &swapped, ES256), Some(SignatureError::Signature));
}

#[test]
fn keys_that_cannot_be_used_are_left_out() {
    let with = |mut jwk: Value, name: &str, value: Value| {
        jwk[name] = value;
        jwk
    };
    let rsa = Private::rsa().jwk("r");
    let set = keys(&[
        with(Private::p256().jwk("enc"), "use", json!("enc")),
        with(Private::p256().jwk("crv"), "crv", json!("P-521")),
        with(rsa.clone(), "n", json!(URL_SAFE_NO_PAD.encode([0xff_u8; 128]))),
        with(rsa, "kty", json!("oct")),
        json!({ "kty": "oct", "k": "AAAA", "kid": "s", "alg": "HS256" }),
        json!({ "kty": 7 }),
        json!("a text"),
    ]);
    assert!(set.is_empty(), "{set:?}");
    let named = keys(&[with(Private::p256().jwk("k"), "alg", json!("ES384"))]);
    assert!(!named.serves(ES256), "the key is for another algorithm");
    assert!(keys(&[Private::p256().jwk("k")]).serves(ES256));
    for broken in ["", "[]", "{}", r#"{"keys":{}}"#, "<html>"] {
        assert_eq!(ProviderKeys::parse(broken.as_bytes()).err(), Some(BadKeys), "{broken}");
    }
}

#[test]
fn the_issuer_of_a_key_comes_along() {
    let key = Private::p256();
    let mut jwk = key.jwk("k");
    jwk["issuer"] = json!("https://login.microsoftonline.com/{tenantid}/v2.0");
    let token = key.token(&json!({ "alg": "ES256", "kid": "k" }));
    let signed = keys(&[jwk]).verify(&token, ES256).unwrap();
    assert_eq!(signed.key_issuer.as_deref(), Some("https://login.microsoftonline.com/{tenantid}/v2.0"));
}

#[test]
fn claims_that_are_there_twice_are_refused() {
    let key = Private::p256();
    let twice = claims().to_string().replacen('{', r#"{"sub":"eve","#, 1);
    let header = encode(&json!({ "alg": "ES256", "kid": "k" }));
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(twice));
    let token = format!("{message}.{}", key.signature(&message));
    assert_eq!(outcome(&keys(&[key.jwk("k")]), &token, ES256), Some(SignatureError::Claims));
}

/// The value of OpenID Connect Core, appendix A.3, is for RS256.
#[test]
fn hashes_of_access_tokens_are_those_of_the_standard() {
    let hash = access_token_hash(SignatureAlgorithm::Rs256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
    assert_eq!(hash, "77QmUPtjPfzWtF2AnpK9RQ");
    let lengths = [SignatureAlgorithm::Es256, SignatureAlgorithm::Es384, SignatureAlgorithm::EdDsa]
        .map(|algorithm| URL_SAFE_NO_PAD.decode(access_token_hash(algorithm, "a")).unwrap().len());
    assert_eq!(lengths, [16, 24, 32]);
}

#[test]
fn a_hashed_nonce_is_sha_256_in_hexadecimal_digits() {
    assert_eq!(hashed_nonce("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
