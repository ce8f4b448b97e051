//! A provider that others wrote: npm `oidc-provider`, which `tests/federation/serve.js` runs on loopback and makes break
//! the rules. `scripts/test federation` installs it and runs these tests, which the others leave out.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use url::Url;

use super::*;
use crate::clock::{Clock, SystemClock};
use crate::model::federation::logout_token::LogoutScope;

/// Names the folder in which the packages of `tests/federation` are installed.
const FOLDER: &str = "KINDRED_TEST_OPENID_PROVIDER";
const REDIRECT: &str = "http://localhost:9/callback";
/// Of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn now() -> Timestamp {
    SystemClock.now()
}

/// The running provider; it ends when its standard input does.
struct Live {
    process: Child,
    requests: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// Where it is, and the secret of our clients there.
    told: Value,
}

impl Live {
    fn start() -> Self {
        let folder = std::env::var(FOLDER).expect("the folder of the provider: see scripts/test");
        let mut process = Command::new("node")
            .args(["serve.js", REDIRECT])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let requests = process.stdin.take().unwrap();
        let mut answers = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = answers.next().expect("it tells where it is").unwrap();
        Self { process, requests, answers, told: serde_json::from_str(&first).unwrap() }
    }

    /// Asks the program that runs the provider for something.
    fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.requests, "{request}").unwrap();
        let line = self.answers.next().expect("an answer").unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert!(answer.get("error").is_none(), "{request}: {answer}");
        answer
    }

    fn text(&self, name: &str) -> String {
        self.told[name].as_str().unwrap().to_owned()
    }

    fn breaks(&mut self, fault: &str) {
        self.ask(&json!({ "fault": fault }));
    }

    /// As a client that authenticates in this way; the provider admits one way for each client.
    fn provider(&self, client_auth: ClientAuth) -> Provider {
        let client_id = if client_auth == ClientAuth::Post { "kindred-post" } else { "kindred" };
        provider_of(&config::Provider {
            name: "live".to_owned(),
            kind: ProviderKind::Oidc,
            display_name: "Other".to_owned(),
            logo: None,
            issuer: self.text("issuer"),
            client_ids: vec![client_id.to_owned()],
            client_secret: Some(Secret::new(self.text("client_secret"))),
            client_auth,
            team_id: None,
            key_id: None,
            scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
            trusted_email_domains: vec!["example.com".to_owned()],
            trusted_acr: Vec::new(),
            trusted_amr: Vec::new(),
            tenants: Vec::new(),
            allow_private: true,
        })
    }

    /// Goes to the provider with a browser and comes back with a code.
    async fn code(&mut self, provider: &Provider, login: &Login, reauthenticate: bool) -> Secret<String> {
        let request = AuthorizationRequest {
            redirect_uri: &login.redirect_uri,
            state: &login.state,
            nonce: &login.nonce,
            code_verifier: &login.code_verifier,
            reauthenticate,
        };
        let url = provider.authorization_url(&request, now()).await.unwrap();
        let answer = self.ask(&json!({ "visit": url.as_str() }));
        let location: Url = answer["location"].as_str().unwrap().parse().unwrap();
        let told: HashMap<String, String> = location.query_pairs().into_owned().collect();
        assert_eq!((told["state"].as_str(), &told["iss"]), ("the state", &self.text("issuer")), "{told:?}");
        Secret::new(told["code"].clone())
    }

    /// A whole login, in which the provider breaks a rule when it issues the token.
    async fn log_in(&mut self, provider: &Provider, fault: &str) -> Result<VerifiedIdentity, TokenError> {
        let login = Login::new();
        let code = self.code(provider, &login, false).await;
        self.breaks(fault);
        let tokens = provider.exchange(&login.exchange(&code), now()).await.unwrap();
        self.breaks("");
        provider.verify(&login.presented(&tokens), now()).await
    }

    /// The error of an exchange in which the provider misbehaves.
    async fn failed_exchange(&mut self, provider: &Provider, fault: &str) -> ExchangeError {
        let login = Login::new();
        let code = self.code(provider, &login, false).await;
        self.breaks(fault);
        let error = provider.exchange(&login.exchange(&code), now()).await.unwrap_err();
        self.breaks("");
        error
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What belongs to one login.
struct Login {
    redirect_uri: Url,
    state: Secret<String>,
    nonce: Secret<String>,
    code_verifier: Secret<String>,
}

impl Login {
    fn new() -> Self {
        Self {
            redirect_uri: REDIRECT.parse().unwrap(),
            state: secret("the state"),
            nonce: secret("the nonce"),
            code_verifier: secret(VERIFIER),
        }
    }

    fn exchange<'a>(&'a self, code: &'a Secret<String>) -> CodeExchange<'a> {
        CodeExchange { code, code_verifier: &self.code_verifier, redirect_uri: &self.redirect_uri }
    }

    fn presented<'a>(&'a self, tokens: &'a ProviderTokens) -> Presented<'a> {
        let id_token = tokens.id_token.as_ref().unwrap().expose();
        Presented { id_token, nonce: self.nonce.expose(), access_token: Some(tokens.access_token.expose()) }
    }
}

#[tokio::test]
#[ignore = "needs the provider that scripts/test federation installs"]
async fn people_of_a_provider_that_others_wrote_are_known() {
    let mut live = Live::start();
    for client_auth in [ClientAuth::Basic, ClientAuth::Post] {
        let provider = live.provider(client_auth);
        let identity = live.log_in(&provider, "").await.unwrap();
        assert_eq!(
            (identity.subject.issuer, identity.subject.subject),
            (live.text("issuer"), "ada".to_owned())
        );
        assert_eq!(identity.name.as_deref(), Some("ada of the tests"));
        let email = identity.email.unwrap();
        assert_eq!((email.address.as_str(), email.is_proven), ("ada@example.com", true));
        assert!(identity.sid.is_some(), "the session there, for its logout");
    }
    live.ask(&json!({ "person": "grace", "restart_browser": true }));
    let provider = live.provider(ClientAuth::Basic);
    assert_eq!(live.log_in(&provider, "").await.unwrap().subject.subject, "grace");
}

#[tokio::test]
#[ignore = "needs the provider that scripts/test federation installs"]
async fn tokens_that_break_a_rule_are_refused() {
    let mut live = Live::start();
    let provider = live.provider(ClientAuth::Basic);
    for (fault, expected) in [
        ("nonce", TokenError::Claims(IdTokenError::Nonce)),
        ("issuer", TokenError::Claims(IdTokenError::Issuer)),
        ("audience", TokenError::Claims(IdTokenError::Audience)),
        ("party", TokenError::Claims(IdTokenError::AuthorizedParty)),
        ("expired", TokenError::Claims(IdTokenError::Expired)),
        ("access_token", TokenError::Claims(IdTokenError::AccessToken)),
        ("none", TokenError::Signature(SignatureError::Algorithm)),
        ("shared_secret", TokenError::Signature(SignatureError::Algorithm)),
        ("signature", TokenError::Signature(SignatureError::Signature)),
    ] {
        assert_eq!(live.log_in(&provider, fault).await.unwrap_err(), expected, "{fault}");
    }
    live.log_in(&provider, "").await.unwrap();
}

#[tokio::test]
#[ignore = "needs the provider that scripts/test federation installs"]
async fn a_person_authenticates_again_when_that_is_asked_for() {
    let mut live = Live::start();
    let provider = live.provider(ClientAuth::Basic);
    live.log_in(&provider, "").await.unwrap();
    let (begun, login) = (now(), Login::new());
    let code = live.code(&provider, &login, true).await;
    let tokens = provider.exchange(&login.exchange(&code), now()).await.unwrap();
    let identity = provider.verify(&login.presented(&tokens), now()).await.unwrap();
    assert!(identity.is_fresh(begun));
    // A code counts once.
    let again = provider.exchange(&login.exchange(&code), now()).await.unwrap_err();
    assert_eq!(again, ExchangeError::Refused("invalid_grant".to_owned()));
}

#[tokio::test]
#[ignore = "needs the provider that scripts/test federation installs"]
async fn a_code_is_worth_nothing_without_its_verifier() {
    let mut live = Live::start();
    let provider = live.provider(ClientAuth::Basic);
    let login = Login::new();
    let code = live.code(&provider, &login, false).await;
    let stolen = Login { code_verifier: secret(&"x".repeat(43)), ..Login::new() };
    let refused = provider.exchange(&stolen.exchange(&code), now()).await.unwrap_err();
    assert_eq!(refused, ExchangeError::Refused("invalid_grant".to_owned()));
}

#[tokio::test]
#[ignore = "needs the provider that scripts/test federation installs"]
async fn a_rotated_key_is_fetched_and_a_logout_is_understood() {
    let mut live = Live::start();
    let provider = live.provider(ClientAuth::Basic);
    let identity = live.log_in(&provider, "").await.unwrap();
    let sid = identity.sid.unwrap();
    let told = live.ask(&json!({ "logout": { "sub": "ada", "sid": sid } }));
    let logout_token = told["logout_token"].as_str().unwrap();
    let logout = provider.verify_logout(logout_token, now()).await.unwrap();
    let scope = LogoutScope::Session { sid, subject: Some("ada".to_owned()) };
    assert_eq!((logout.issuer, logout.scope), (live.text("issuer"), scope));
    live.ask(&json!({ "rotate": true, "restart_browser": true }));
    let too_soon = live.log_in(&provider, "").await.unwrap_err();
    assert_eq!(too_soon, TokenError::Signature(SignatureError::UnknownKey), "asked a moment ago");
    let newcomer = live.provider(ClientAuth::Basic);
    live.log_in(&newcomer, "").await.unwrap();
    let told = live.ask(&json!({ "logout": { "sub": "ada", "sid": "s" } }));
    let token = told["logout_token"].as_str().unwrap();
    provider.verify_logout(token, now().plus(PAUSE)).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the provider that scripts/test federation installs"]
async fn a_provider_that_fails_or_is_silent_fails_the_login_alone() {
    let mut live = Live::start();
    let provider = live.provider(ClientAuth::Basic);
    assert_eq!(live.failed_exchange(&provider, "500").await, ExchangeError::Status(500));
    let silent = live.failed_exchange(&provider, "silence").await;
    assert!(matches!(silent, ExchangeError::Call(_)), "{silent}");
    live.breaks("metadata");
    let error = live.provider(ClientAuth::Basic).discovered(now()).await.unwrap_err();
    assert_eq!(error, DiscoveryError::OtherIssuer("https://evil.example".to_owned()));
    live.breaks("plain");
    assert!(live.provider(ClientAuth::Basic).discovered(now()).await.unwrap().metadata.denies_s256());
    live.breaks("");
    live.log_in(&provider, "").await.unwrap();
}
