//! A provider on loopback that follows the standards, and the ways in which it may not.

mod kinds;
mod live;
mod login;
mod logout;

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use url::form_urlencoded;

use super::*;
use crate::clock::Timestamp;
use crate::config::{self, ClientAuth};
use crate::crypto::id_token::SignatureError;
use crate::model::federation::ProviderKind;
use crate::model::federation::freshness::{FRESH_FOR, PAUSE, SHORT_PAUSE, USABLE_FOR};
use crate::model::federation::id_token::IdTokenError;
use crate::model::federation::verified_identity::VerifiedIdentity;
use crate::outgoing::Outgoing;
use crate::secret::Secret;
use crate::telemetry::metrics::Metrics;

const METADATA: &str = "/.well-known/openid-configuration";
const START: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

/// What a fake provider answers, by path, and what it was asked.
#[derive(Default)]
struct Site {
    answers: HashMap<String, (u16, String)>,
    asked: Vec<String>,
    /// The header `Authorization` and the body of each request.
    sent: Vec<(String, String)>,
}

struct Fake {
    base: String,
    site: Arc<Mutex<Site>>,
}

impl Fake {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let site = Arc::new(Mutex::new(Site::default()));
        let served = Arc::clone(&site);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&served)));
            }
        });
        let fake = Self { base, site };
        fake.announce(json!({}));
        fake
    }

    fn answer(&self, path: &str, status: u16, body: impl Into<String>) {
        self.site.lock().answers.insert(path.to_owned(), (status, body.into()));
    }

    /// Publishes metadata with these members in place of the usual ones.
    fn announce(&self, members: Value) {
        let base = &self.base;
        let mut metadata = json!({
            "issuer": base, "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"), "jwks_uri": format!("{base}/keys"),
            "id_token_signing_alg_values_supported": ["ES256", "none"],
        });
        metadata.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        self.answer(METADATA, 200, metadata.to_string());
    }

    fn publish(&self, keys: &[&Key]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        self.answer("/keys", 200, json!({ "keys": keys }).to_string());
    }

    /// How often it was asked for this path.
    fn count(&self, path: &str) -> usize {
        self.site.lock().asked.iter().filter(|asked| *asked == path).count()
    }

    fn provider(&self) -> Provider {
        self.configured(true)
    }

    fn configured(&self, allow_private: bool) -> Provider {
        provider_of(&config::Provider { allow_private, ..self.settings() })
    }

    fn settings(&self) -> config::Provider {
        config::Provider {
            name: "fake".to_owned(),
            kind: ProviderKind::Oidc,
            display_name: "Other".to_owned(),
            logo: None,
            issuer: self.base.clone(),
            client_ids: vec!["web".to_owned()],
            client_secret: None,
            client_auth: ClientAuth::None,
            team_id: None,
            key_id: None,
            scopes: vec!["openid".to_owned(), "email".to_owned()],
            trusted_email_domains: vec!["example.com".to_owned()],
            trusted_acr: Vec::new(),
            trusted_amr: vec!["mfa".to_owned()],
            tenants: Vec::new(),
            allow_private: true,
        }
    }

    /// A provider with the secret `s/&` that is sent in this way.
    fn with_secret(&self, client_auth: ClientAuth) -> Provider {
        let client_secret = Some(Secret::new("s/&".to_owned()));
        provider_of(&config::Provider { client_auth, client_secret, ..self.settings() })
    }

    /// The header `Authorization` and the members of the form in the last request.
    fn last_sent(&self) -> (String, HashMap<String, String>) {
        let (authorization, body) = self.site.lock().sent.last().cloned().unwrap();
        (authorization, form_urlencoded::parse(body.as_bytes()).into_owned().collect())
    }

    /// A good token of this provider, signed with the key.
    fn token(&self, key: &Key) -> String {
        let issued = START.unix_seconds();
        key.token(&json!({
            "iss": self.base, "sub": "ada", "aud": "web", "exp": issued + 90_000, "iat": issued, "nonce": "n",
            "email": "Ada@example.com", "email_verified": true,
        }))
    }
}

fn provider_of(settings: &config::Provider) -> Provider {
    let outgoing = Outgoing::new(&config::Outgoing { proxy: None }, &Metrics::new().unwrap());
    Provider::new(settings, &outgoing).unwrap()
}

async fn serve(socket: TcpStream, site: Arc<Mutex<Site>>) -> std::io::Result<()> {
    let mut stream = BufStream::new(socket);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut authorization, mut length) = (String::new(), 0_usize);
    while !line.trim_end().is_empty() {
        line.clear();
        stream.read_line(&mut line).await?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                value.clone_into(&mut authorization);
            }
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap();
            }
            _ => {}
        }
    }
    let mut body = vec![0_u8; length];
    stream.read_exact(&mut body).await?;
    let answer = {
        let mut site = site.lock();
        site.sent.push((authorization, String::from_utf8(body).unwrap()));
        let answer = site.answers.get(&path).cloned();
        site.asked.push(path);
        answer
    };
    let (status, body) = answer.unwrap_or((404, String::new()));
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.flush().await
}

struct Key {
    kid: &'static str,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(kid: &'static str) -> Self {
        Self { kid, pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        json!({ "kty": "EC", "crv": "P-256", "kid": self.kid, "x": x, "y": y })
    }

    fn token(&self, claims: &Value) -> String {
        self.typed("JWT", claims)
    }

    /// A token that says in its header what it is for.
    fn typed(&self, typ: &str, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": self.kid, "typ": typ }).to_string();
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

fn presented(id_token: &str) -> Presented<'_> {
    Presented { id_token, nonce: "n", access_token: None }
}

#[tokio::test]
async fn a_good_token_names_the_person_and_the_address() {
    let (fake, key) = (Fake::start().await, Key::new("1"));
    fake.publish(&[&key]);
    let provider = fake.provider();
    let identity = provider.verify(&presented(&fake.token(&key)), START).await.unwrap();
    assert_eq!((identity.subject.issuer.as_str(), identity.subject.subject.as_str()), (&*fake.base, "ada"));
    let email = identity.email.unwrap();
    assert_eq!((email.address.as_str(), email.is_proven), ("ada@example.com", true));
    // Another login, and the same provider: it was asked once.
    provider.verify(&presented(&fake.token(&key)), START).await.unwrap();
    assert_eq!((fake.count(METADATA), fake.count("/keys")), (1, 1));
    let token = fake.token(&key);
    let refused = provider.verify(&Presented { nonce: "another", ..presented(&token) }, START).await;
    assert_eq!(refused.unwrap_err(), TokenError::Claims(IdTokenError::Nonce));
}

#[tokio::test]
async fn new_keys_are_fetched_when_a_token_names_them_but_once_a_minute() {
    let (fake, old, new, strange) = (Fake::start().await, Key::new("1"), Key::new("2"), Key::new("3"));
    fake.publish(&[&old]);
    let provider = fake.provider();
    provider.verify(&presented(&fake.token(&old)), START).await.unwrap();
    fake.publish(&[&new]);
    let token = fake.token(&new);
    let refused = provider.verify(&presented(&token), START.plus(PAUSE / 2)).await;
    assert_eq!(refused.unwrap_err(), TokenError::Signature(SignatureError::UnknownKey), "too soon");
    provider.verify(&presented(&token), START.plus(PAUSE)).await.unwrap();
    assert_eq!(fake.count("/keys"), 2);
    for _ in 0..20 {
        let refused = provider.verify(&presented(&fake.token(&strange)), START.plus(PAUSE)).await;
        assert_eq!(refused.unwrap_err(), TokenError::Signature(SignatureError::UnknownKey));
    }
    assert_eq!(fake.count("/keys"), 2, "unknown keys make no further calls");
    let withdrawn = provider.verify(&presented(&fake.token(&old)), START.plus(PAUSE)).await;
    assert_eq!(withdrawn.unwrap_err(), TokenError::Signature(SignatureError::UnknownKey));
}

#[tokio::test]
async fn logins_at_the_same_time_ask_once() {
    let (fake, key) = (Fake::start().await, Key::new("1"));
    fake.publish(&[&key]);
    let provider = fake.provider();
    let asked = futures_util::future::join_all((0..20).map(|_| provider.discovered(START))).await;
    assert!(asked.iter().all(Result::is_ok));
    assert_eq!((fake.count(METADATA), fake.count("/keys")), (1, 1));
}

#[tokio::test]
async fn a_provider_that_fails_is_known_for_a_day() {
    let (fake, key) = (Fake::start().await, Key::new("1"));
    fake.publish(&[&key]);
    let provider = fake.provider();
    let token = fake.token(&key);
    provider.verify(&presented(&token), START).await.unwrap();
    fake.answer(METADATA, 500, "");
    provider.verify(&presented(&token), START.plus(FRESH_FOR)).await.unwrap();
    assert_eq!(fake.count(METADATA), 2, "it was asked, and had no answer");
    let failed = provider.verify(&presented(&token), START.plus(USABLE_FOR)).await.unwrap_err();
    let status = DiscoveryError::Status { what: "metadata", status: 500 };
    assert_eq!(failed, TokenError::Discovery(status));
    let at_once = provider.verify(&presented(&token), START.plus(USABLE_FOR)).await.unwrap_err();
    assert_eq!(at_once, TokenError::Discovery(DiscoveryError::Resting));
    fake.announce(json!({}));
    let later = START.plus(USABLE_FOR).plus(SHORT_PAUSE);
    provider.verify(&presented(&token), later).await.unwrap();
}

#[tokio::test]
async fn metadata_are_those_of_the_configured_issuer() {
    let (fake, key) = (Fake::start().await, Key::new("1"));
    fake.publish(&[&key]);
    for issuer in [format!("{}/", fake.base), "https://evil.example".to_owned()] {
        fake.announce(json!({ "issuer": issuer }));
        let error = fake.provider().discovered(START).await.unwrap_err();
        assert_eq!(error, DiscoveryError::OtherIssuer(issuer));
    }
}

#[tokio::test]
async fn what_a_provider_tells_wrongly_is_told_to_the_operator() {
    let (fake, key) = (Fake::start().await, Key::new("1"));
    let error = async || fake.provider().discovered(START).await.unwrap_err();
    assert_eq!(error().await, DiscoveryError::Status { what: "keys", status: 404 });
    fake.answer("/keys", 200, "<html>");
    assert_eq!(error().await, DiscoveryError::Unreadable("keys"));
    fake.answer("/keys", 200, r#"{"keys":[]}"#);
    assert_eq!(error().await, DiscoveryError::NoUsableKey);
    fake.publish(&[&key]);
    fake.announce(json!({ "id_token_signing_alg_values_supported": ["HS256"] }));
    assert_eq!(error().await, DiscoveryError::NoUsableKey);
    fake.announce(json!({ "token_endpoint": "ftp://id.example/token" }));
    assert_eq!(error().await, DiscoveryError::UnsafeEndpoint);
    fake.answer(METADATA, 302, "");
    assert_eq!(error().await, DiscoveryError::Status { what: "metadata", status: 302 });
    fake.answer(METADATA, 200, "<html>");
    assert_eq!(error().await, DiscoveryError::Unreadable("metadata"));
}

#[tokio::test]
async fn a_private_address_is_not_called_unless_it_may_be() {
    let fake = Fake::start().await;
    let error = fake.configured(false).discovered(START).await.unwrap_err();
    assert!(matches!(error, DiscoveryError::Call(_)), "{error}");
    assert_eq!(fake.count(METADATA), 0);
}
