//! A login from its beginning to the ID token: the browser is sent to the provider, and the code that comes back is exchanged.

use url::Url;

use super::*;
use crate::model::federation::authorization_response::AuthorizationResponse;

/// What a login begins and ends with.
struct Login {
    redirect_uri: Url,
    state: Secret<String>,
    nonce: Secret<String>,
    /// Of RFC 7636, appendix B.
    code_verifier: Secret<String>,
    code: Secret<String>,
}

impl Login {
    fn new() -> Self {
        let secret = |text: &str| Secret::new(text.to_owned());
        Self {
            redirect_uri: "https://auth.example/callback?a=b".parse().unwrap(),
            state: secret("the state"),
            nonce: secret("n"),
            code_verifier: secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            code: secret("the code"),
        }
    }

    fn request(&self, reauthenticate: bool) -> AuthorizationRequest<'_> {
        AuthorizationRequest {
            redirect_uri: &self.redirect_uri,
            state: &self.state,
            nonce: &self.nonce,
            code_verifier: &self.code_verifier,
            reauthenticate,
        }
    }

    fn exchange(&self) -> CodeExchange<'_> {
        let Self { redirect_uri, code_verifier, code, .. } = self;
        CodeExchange { code, code_verifier, redirect_uri }
    }
}

fn parameters(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn a_browser_is_sent_with_everything_that_binds_the_login() {
    let (fake, key, login) = (Fake::start().await, Key::new("1"), Login::new());
    fake.publish(&[&key]);
    fake.announce(json!({ "authorization_endpoint": format!("{}/authorize?realm=a", fake.base) }));
    let provider = fake.provider();
    let url = provider.authorization_url(&login.request(false), START).await.unwrap();
    let expected = [
        ("realm", "a"),
        ("response_type", "code"),
        ("client_id", "web"),
        ("redirect_uri", "https://auth.example/callback?a=b"),
        ("scope", "openid email"),
        ("state", "the state"),
        ("nonce", "n"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    let told = parameters(&url);
    assert_eq!(told.len(), expected.len(), "{told:?}");
    assert!(expected.iter().all(|(name, value)| told[*name] == *value), "{told:?}");
    assert!(!url.as_str().contains(login.code_verifier.expose()));
    let again = parameters(&provider.authorization_url(&login.request(true), START).await.unwrap());
    assert_eq!((again["prompt"].as_str(), again["max_age"].as_str()), ("login", "0"));
}

#[tokio::test]
async fn an_answer_that_names_another_provider_is_not_accepted() {
    let (fake, key) = (Fake::start().await, Key::new("1"));
    fake.publish(&[&key]);
    let response = |iss: &str| AuthorizationResponse::read(&format!("code=c&state=s{iss}")).unwrap();
    let (own, other) = (format!("&iss={}", fake.base), "&iss=https://evil.example");
    for (is_announced, iss, is_accepted) in [
        (false, own.as_str(), true),
        (false, "", true),
        (false, other, false),
        (true, own.as_str(), true),
        (true, "", false),
    ] {
        fake.announce(json!({ "authorization_response_iss_parameter_supported": is_announced }));
        let accepted = fake.provider().accepts_response(&response(iss), START).await.unwrap();
        assert_eq!(accepted, is_accepted, "{is_announced} {iss}");
    }
}

#[tokio::test]
async fn github_is_asked_at_its_own_addresses() {
    let (fake, login) = (Fake::start().await, Login::new());
    let settings = config::Provider {
        kind: ProviderKind::GitHub,
        scopes: vec!["user:email".to_owned()],
        client_auth: ClientAuth::Post,
        client_secret: Some(Secret::new("hunter2".to_owned())),
        ..fake.settings()
    };
    let provider = provider_of(&settings);
    let url = provider.authorization_url(&login.request(false), START).await.unwrap();
    assert!(url.as_str().starts_with(&format!("{}/login/oauth/authorize?", fake.base)), "{url}");
    assert!(!parameters(&url).contains_key("nonce"));
    let path = "/login/oauth/access_token";
    fake.answer(path, 200, r#"{"access_token":"a","token_type":"bearer","scope":"user:email"}"#);
    let tokens = provider.exchange(&login.exchange(), START).await.unwrap();
    assert_eq!(tokens.access_token.expose(), "a");
    assert!(tokens.id_token.is_none());
    // Errors come with status 200.
    fake.answer(path, 200, r#"{"error":"bad_verification_code","error_description":"x"}"#);
    let error = provider.exchange(&login.exchange(), START).await.unwrap_err();
    assert_eq!(error, ExchangeError::Refused("bad_verification_code".to_owned()));
}

#[tokio::test]
async fn github_tells_the_person_and_a_verified_address() {
    let fake = Fake::start().await;
    let provider = provider_of(&config::Provider { kind: ProviderKind::GitHub, ..fake.settings() });
    let token = Secret::new("gho_1".to_owned());
    let asked = async || provider.github_identity(&token).await;
    fake.answer("/api/v3/user", 401, r#"{"message":"Bad credentials"}"#);
    assert_eq!(asked().await.unwrap_err(), GitHubError::Status(401));
    fake.answer(
        "/api/v3/user",
        200,
        r#"{"login":"ada","id":583231,"name":"Ada","email":"public@example.com"}"#,
    );
    assert_eq!(asked().await.unwrap_err(), GitHubError::Status(404), "the addresses");
    let emails = json!([
        { "email": "1+ada@users.noreply.github.com", "primary": true, "verified": true, "visibility": null },
        { "email": "ada@example.com", "primary": false, "verified": true, "visibility": null },
    ]);
    fake.answer("/api/v3/user/emails", 200, emails.to_string());
    let identity = asked().await.unwrap();
    assert_eq!((identity.subject.issuer, identity.subject.subject), (fake.base.clone(), "583231".to_owned()));
    let email = identity.email.unwrap();
    assert_eq!((email.address.as_str(), email.is_proven), ("ada@example.com", true));
    assert_eq!((identity.name.as_deref(), fake.last_sent().0.as_str()), (Some("Ada"), "Bearer gho_1"));
    fake.answer("/api/v3/user/emails", 200, "[]");
    assert_eq!(asked().await.unwrap().email, None);
    fake.answer("/api/v3/user", 200, r#"{"login":"ada"}"#);
    assert_eq!(asked().await.unwrap_err(), GitHubError::Unreadable);
}

#[tokio::test]
async fn a_code_is_exchanged_with_what_belongs_to_its_login() {
    let (fake, key, login) = (Fake::start().await, Key::new("1"), Login::new());
    fake.publish(&[&key]);
    fake.answer("/token", 200, r#"{"access_token":"a","id_token":"i","refresh_token":"r"}"#);
    let exchange = async |provider: Provider| {
        let tokens = provider.exchange(&login.exchange(), START).await.unwrap();
        assert_eq!(tokens.id_token.unwrap().expose(), "i");
        assert_eq!(tokens.refresh_token.unwrap().expose(), "r");
        fake.last_sent()
    };
    let (authorization, public) = exchange(fake.provider()).await;
    assert_eq!(authorization, "");
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "the code"),
        ("redirect_uri", "https://auth.example/callback?a=b"),
        ("code_verifier", login.code_verifier.expose().as_str()),
        ("client_id", "web"),
    ] {
        assert_eq!(public[name], value);
    }
    assert!(!public.contains_key("client_secret"));
    let (authorization, body) = exchange(fake.with_secret(ClientAuth::Post)).await;
    assert_eq!((authorization.as_str(), body["client_secret"].as_str()), ("", "s/&"));
    let (authorization, body) = exchange(fake.with_secret(ClientAuth::Basic)).await;
    // `web:s%2F%26`
    assert_eq!(authorization, "Basic d2ViOnMlMkYlMjY=");
    assert!(!body.contains_key("client_secret") && !body.contains_key("client_id"));
}

#[tokio::test]
async fn a_refused_code_gives_nothing() {
    let (fake, key, login) = (Fake::start().await, Key::new("1"), Login::new());
    fake.publish(&[&key]);
    let provider = fake.provider();
    for (status, body, expected) in [
        (400, r#"{"error":"invalid_grant"}"#, ExchangeError::Refused("invalid_grant".to_owned())),
        (401, r#"{"error":"invalid_client"}"#, ExchangeError::Refused("invalid_client".to_owned())),
        (400, r#"{"error":"line\nbreak"}"#, ExchangeError::Refused("unknown".to_owned())),
        (403, "<html>", ExchangeError::Status(403)),
        (302, r#"{"access_token":"a","id_token":"i"}"#, ExchangeError::Status(302)),
        (200, "<html>", ExchangeError::Incomplete),
        (200, r#"{"access_token":"a"}"#, ExchangeError::Incomplete),
        (200, r#"{"id_token":"i"}"#, ExchangeError::Incomplete),
        (200, r#"{"access_token":"","id_token":"i"}"#, ExchangeError::Incomplete),
    ] {
        fake.answer("/token", status, body);
        let error = provider.exchange(&login.exchange(), START).await.unwrap_err();
        assert_eq!(error, expected, "{status} {body}");
    }
}
