//! A thin client of the HTTP contract: one method for each thing a test says often.

use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::eventually::{DEADLINE, eventually};
pub use super::reply::{Reply, send, try_send};

/// Strong enough for the password policy.
pub const PASSWORD: &str = "correct-Horse-42-battery";

/// Talks to one node as many callers would: it keeps no cookies and no tokens.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
}

/// Someone who has registered and logged in.
pub struct SignedIn {
    pub email: String,
    pub access: String,
    pub refresh: String,
    pub session_id: String,
}

impl SignedIn {
    fn new(email: String, login: &Reply) -> SignedIn {
        assert_eq!(login.status, 200, "{login:?}");
        let (access, refresh) = (login.access(), login.refresh_token());
        SignedIn { email, access, refresh, session_id: login.session_id() }
    }
}

impl Client {
    /// A client of the node at `base_url` (`http://ADDRESS:PORT`).
    pub fn new(base_url: &str) -> Client {
        // Everything is plain HTTP on loopback; reading the system's authorities would take time.
        Client::with_authorities(base_url, Vec::new())
    }

    /// A client of a node that speaks TLS with a certificate of this authority, or with this one.
    pub fn over_tls(base_url: &str, authority: &str) -> Client {
        let authority = reqwest::Certificate::from_pem(authority.as_bytes()).expect("a certificate");
        Client::with_authorities(base_url, vec![authority])
    }

    #[expect(clippy::disallowed_methods, reason = "a client of the server, not a call of the server")]
    fn with_authorities(base_url: &str, authorities: Vec<reqwest::Certificate>) -> Client {
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only(authorities)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DEADLINE)
            .build();
        Client { http: http.expect("a client"), base_url: base_url.to_owned() }
    }

    /// A request to `path` (`/api/v1/…`), to be completed and given to [`send`] or [`try_send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base_url))
    }

    pub async fn register(&self, email: &str, password: &str) -> Reply {
        self.post("/api/v1/auth/register", json!({"email": email, "password": password})).await
    }

    pub async fn login(&self, email: &str, password: &str) -> Reply {
        self.post("/api/v1/auth/login", json!({"email": email, "password": password})).await
    }

    /// Registers someone new and logs them in.
    pub async fn signed_in(&self) -> SignedIn {
        let email = unique_email();
        let registered = self.register(&email, PASSWORD).await;
        assert_eq!(registered.status, 201, "{registered:?}");
        SignedIn::new(email.clone(), &self.login(&email, PASSWORD).await)
    }

    /// [`Client::signed_in`] at a server that gives up soon, as a busy machine lets it.
    pub async fn signed_in_at_last(&self) -> SignedIn {
        let email = unique_email();
        let registered = served(async || self.register(&email, PASSWORD).await).await;
        // An attempt that got no answer may have made the account.
        assert!([201, 409].contains(&registered.status), "{registered:?}");
        SignedIn::new(email.clone(), &served(async || self.login(&email, PASSWORD).await).await)
    }

    pub async fn refresh(&self, token: &str, idempotency_key: Option<&str>) -> Reply {
        self.try_refresh(token, idempotency_key).await.expect("an answer")
    }

    /// [`Client::refresh`] where the answer may be lost.
    pub async fn try_refresh(&self, token: &str, idempotency_key: Option<&str>) -> reqwest::Result<Reply> {
        let mut request = self.request(Method::POST, "/api/v1/auth/refresh");
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        try_send(request.json(&json!({"refresh_token": token}))).await
    }

    /// A step-up by password, which spends the refresh token if it succeeds.
    pub async fn step_up(&self, access: &str, refresh: &str, password: &str) -> Reply {
        let request = self.request(Method::POST, "/api/v1/auth/step-up").bearer_auth(access);
        let body = json!({"method": "password", "password": password, "refresh_token": refresh});
        send(request.json(&body)).await
    }

    pub async fn verify(&self, access: &str) -> Reply {
        send(self.request(Method::GET, "/api/v1/auth/verify-token").bearer_auth(access)).await
    }

    pub async fn logout(&self, access: &str) -> Reply {
        send(self.request(Method::POST, "/api/v1/auth/logout").bearer_auth(access)).await
    }

    pub async fn logout_all(&self, access: &str) -> Reply {
        send(self.request(Method::POST, "/api/v1/auth/logout-all").bearer_auth(access)).await
    }

    pub async fn me(&self, access: &str) -> Reply {
        send(self.request(Method::GET, "/api/v1/me").bearer_auth(access)).await
    }

    pub async fn sessions(&self, access: &str) -> Reply {
        send(self.request(Method::GET, "/api/v1/me/sessions").bearer_auth(access)).await
    }

    pub async fn delete_session(&self, access: &str, id: &str) -> Reply {
        let path = format!("/api/v1/me/sessions/{id}");
        send(self.request(Method::DELETE, &path).bearer_auth(access)).await
    }

    pub async fn delete_other_sessions(&self, access: &str) -> Reply {
        send(self.request(Method::DELETE, "/api/v1/me/sessions").bearer_auth(access)).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::POST, path).json(&body)).await
    }

    /// [`Client::post`] with an access token.
    pub async fn post_as(&self, access: &str, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, access, body).await
    }

    /// Any request with an access token, and with a body unless that is null.
    pub async fn call(&self, method: Method, path: &str, access: &str, body: Value) -> Reply {
        let request = self.request(method, path).bearer_auth(access);
        send(if body.is_null() { request } else { request.json(&body) }).await
    }
}

/// The first answer that is none of a server which gave up, because a statement or the request itself took too long. For
/// tests whose limits are so short that a busy machine exceeds them, and for requests that may be repeated.
pub async fn served(mut call: impl AsyncFnMut() -> Reply) -> Reply {
    eventually("an answer in time", async || {
        let reply = call().await;
        (![408, 503].contains(&reply.status)).then_some(reply)
    })
    .await
}

/// An address that no other test uses.
pub fn unique_email() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("user-{}-{}@example.com", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
