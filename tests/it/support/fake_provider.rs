//! An identity provider on loopback that keeps to the standards: metadata, keys, codes that count once and with their verifier,
//! ID tokens; and GitHub's own ways.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kindred::clock::{Clock, SystemClock};
use parking_lot::Mutex;
use serde_json::{Value, json};
use url::Url;

use super::fake_http::{Answer, FakeHttp, Request};

pub const CLIENT_ID: &str = "kindred";
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Someone who has an account at the provider, with what the provider tells of them.
#[derive(Clone)]
pub struct Person(Value);

impl Person {
    /// Known by this subject; without an address.
    pub fn new(sub: &str) -> Person {
        Person(json!({ "sub": sub }))
    }

    /// With an address that the provider says is verified.
    pub fn at(sub: &str, email: &str) -> Person {
        Person::new(sub).with(json!({ "email": email, "email_verified": true, "name": "Ada Lovelace" }))
    }

    /// With these claims beside the others.
    pub fn with(mut self, members: Value) -> Person {
        let members = members.as_object().expect("an object").clone();
        self.0.as_object_mut().expect("an object").extend(members);
        self
    }

    /// Who has authenticated a moment ago.
    pub fn fresh(self) -> Person {
        self.with(json!({ "auth_time": now() }))
    }
}

/// A login at the provider whose code has not come yet.
struct Login {
    person: Person,
    nonce: Option<String>,
    code_challenge: String,
    redirect_uri: String,
}

struct Shared {
    key: EcdsaKeyPair,
    /// By their code.
    logins: Mutex<HashMap<String, Login>>,
    /// People by the access token that a code has become.
    people: Mutex<HashMap<String, Person>>,
    counter: AtomicUsize,
}

/// See the module's description.
pub struct FakeProvider {
    http: FakeHttp,
    shared: Arc<Shared>,
}

impl FakeProvider {
    pub async fn start() -> FakeProvider {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let shared = Arc::new(Shared {
            key,
            logins: Mutex::default(),
            people: Mutex::default(),
            counter: AtomicUsize::default(),
        });
        let answering = Arc::clone(&shared);
        let http = FakeHttp::start(move |request| answering.answer(request)).await;
        FakeProvider { http, shared }
    }

    pub fn issuer(&self) -> &str {
        self.http.url().trim_end_matches('/')
    }

    /// The settings of a server that knows the provider by this name, and trusts it with the domain `example.com`.
    pub fn settings(&self, name: &str) -> Vec<(String, String)> {
        let mut settings = self.settings_of(name, "oidc");
        settings.push((variable(name, "TRUSTED_EMAIL_DOMAINS"), "example.com".to_owned()));
        settings
    }

    /// The settings without a domain that the provider is trusted with.
    pub fn settings_of(&self, name: &str, kind: &str) -> Vec<(String, String)> {
        let values = [
            ("KIND", kind),
            ("ISSUER", self.issuer()),
            ("CLIENT_ID", CLIENT_ID),
            ("CLIENT_AUTH", "none"),
            ("ALLOW_PRIVATE", "true"),
        ];
        values.map(|(key, value)| (variable(name, key), value.to_owned())).to_vec()
    }

    /// What a browser brings back that was sent to this address, once the person has logged in: a path with a query.
    pub fn log_in(&self, authorize: &str, person: &Person) -> String {
        let url = Url::parse(authorize).expect("a URL");
        let told: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(
            (told["response_type"].as_str(), told["client_id"].as_str()),
            ("code", CLIENT_ID),
            "{url}"
        );
        assert_eq!(told["code_challenge_method"], "S256", "{url}");
        let code = format!("code-{}", self.shared.counter.fetch_add(1, Ordering::Relaxed));
        let login = Login {
            person: person.clone(),
            nonce: told.get("nonce").cloned(),
            code_challenge: told["code_challenge"].clone(),
            redirect_uri: told["redirect_uri"].clone(),
        };
        self.shared.logins.lock().insert(code.clone(), login);
        let redirect = Url::parse(&told["redirect_uri"]).expect("a URL");
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("code", &code).append_pair("state", &told["state"]);
        format!("{}?{}", redirect.path(), query.finish())
    }

    /// An ID token as an application on a device gets it.
    pub fn id_token(&self, person: &Person, nonce: &str) -> String {
        self.shared.id_token(self.issuer(), person, Some(nonce))
    }

    /// A logout token with these members beside the usual ones.
    pub fn logout_token(&self, members: Value) -> String {
        let number = self.shared.counter.fetch_add(1, Ordering::Relaxed);
        let mut claims = json!({
            "iss": self.issuer(), "aud": CLIENT_ID, "iat": now(), "exp": now() + 120, "jti": format!("logout-{number}"),
            "events": { LOGOUT_EVENT: {} },
        });
        claims.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
        self.shared.sign("logout+jwt", &claims)
    }

    /// How often it was asked to exchange a code.
    pub fn exchanges(&self) -> usize {
        self.http.requests().iter().filter(|request| request.line.starts_with("POST ")).count()
    }
}

impl Shared {
    fn answer(&self, request: &Request) -> Answer {
        let base = format!("http://{}", request.header("host").unwrap_or_default());
        match request.line.split(' ').nth(1).unwrap_or_default() {
            "/.well-known/openid-configuration" => ok(&json!({
                "issuer": base, "authorization_endpoint": format!("{base}/authorize"),
                "token_endpoint": format!("{base}/token"), "jwks_uri": format!("{base}/keys"),
                "id_token_signing_alg_values_supported": ["ES256"], "code_challenge_methods_supported": ["S256"],
            })),
            "/keys" => ok(&json!({ "keys": [self.jwk()] })),
            "/token" | "/login/oauth/access_token" => self.exchange(&base, request),
            "/api/v3/user" => self.of_owner(request, |person| {
                let id: u64 = person["sub"].as_str().and_then(|sub| sub.parse().ok()).expect("a number");
                json!({ "id": id, "login": "ada", "name": person["name"] })
            }),
            "/api/v3/user/emails" => self.of_owner(request, |person| person["emails"].clone()),
            _ => Answer::status(404, ""),
        }
    }

    /// A code counts once, and with what belongs to it.
    fn exchange(&self, base: &str, request: &Request) -> Answer {
        let member = |name| request.member(name).unwrap_or_default();
        let login = self.logins.lock().remove(member("code"));
        let hash = digest::digest(&digest::SHA256, member("code_verifier").as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(hash.as_ref());
        let login = login.filter(|login| {
            login.code_challenge == challenge
                && login.redirect_uri == member("redirect_uri")
                && member("client_id") == CLIENT_ID
        });
        let Some(login) = login else { return Answer::status(400, r#"{"error":"invalid_grant"}"#) };
        let access_token = format!("access-{}", member("code"));
        let id_token = self.id_token(base, &login.person, login.nonce.as_deref());
        self.people.lock().insert(access_token.clone(), login.person);
        ok(&json!({ "access_token": access_token, "token_type": "Bearer", "id_token": id_token }))
    }

    fn of_owner(&self, request: &Request, told: impl Fn(&Value) -> Value) -> Answer {
        let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let people = self.people.lock();
        match token.and_then(|token| people.get(token)) {
            Some(Person(claims)) => ok(&told(claims)),
            None => Answer::status(401, "{}"),
        }
    }

    fn id_token(&self, issuer: &str, Person(told): &Person, nonce: Option<&str>) -> String {
        let mut claims =
            json!({ "iss": issuer, "aud": CLIENT_ID, "iat": now(), "exp": now() + 300, "nonce": nonce });
        claims.as_object_mut().expect("an object").extend(told.as_object().expect("an object").clone());
        self.sign("JWT", &claims)
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        json!({ "kty": "EC", "crv": "P-256", "kid": "1", "x": x, "y": y, "alg": "ES256", "use": "sig" })
    }

    fn sign(&self, typ: &str, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": "1", "typ": typ });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).expect("a signature");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

fn ok(body: &Value) -> Answer {
    Answer::status(200, body.to_string())
}

fn variable(name: &str, key: &str) -> String {
    format!("KINDRED_FEDERATION__PROVIDERS__{}__{key}", name.to_uppercase())
}

fn now() -> i64 {
    SystemClock.now().unix_seconds()
}
