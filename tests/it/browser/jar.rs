//! A browser, as far as cookies are concerned: it stores them by the rules of RFC 6265bis, and sends them along with
//! `Origin` and `Sec-Fetch-Site`.

use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderValue, SET_COOKIE};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::client::{Client, PASSWORD, Reply, send, unique_email};

pub const LOGIN: &str = "/api/v1/auth/login";
pub const REFRESH: &str = "/api/v1/auth/refresh";
pub const LOGOUT: &str = "/api/v1/auth/logout";

/// What a browser stores of a cookie.
#[derive(Clone, Debug)]
pub struct Stored {
    pub name: String,
    pub value: String,
    pub attributes: Vec<String>,
}

#[derive(Clone)]
pub struct Browser {
    client: Client,
    pub jar: Vec<Stored>,
    /// Cookies that another host of the site has set for all of it.
    pub planted: Vec<Vec<u8>>,
    /// That of the page that sends the requests.
    pub origin: Option<String>,
    pub site: Option<&'static str>,
    pub csrf: Option<String>,
    pub user_agent: &'static str,
}

impl Browser {
    /// A browser without cookies, with a page of the server's own origin.
    pub fn new(client: &Client, origin: &str) -> Browser {
        Browser {
            client: client.clone(),
            jar: Vec::new(),
            planted: Vec::new(),
            origin: Some(origin.to_owned()),
            site: Some("same-origin"),
            csrf: None,
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
        }
    }

    /// The same browser with a page of another origin, which knows no CSRF token.
    pub fn page_of(&self, origin: &str, site: &'static str) -> Browser {
        Browser { origin: Some(origin.to_owned()), site: Some(site), csrf: None, ..self.clone() }
    }

    pub async fn send(&mut self, method: Method, path: &str, body: Value) -> Reply {
        let request = self.request(method, path);
        self.receive(if body.is_null() { request } else { request.json(&body) }).await
    }

    /// A body that is no JSON.
    pub async fn send_bytes(&mut self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Reply {
        let request = self.request(method, path).header(CONTENT_TYPE, kind).body(body);
        self.receive(request).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.client.request(method.clone(), path).header("User-Agent", self.user_agent);
        let cookies = self.cookie_header();
        if !cookies.is_empty() {
            request = request.header(COOKIE, HeaderValue::from_bytes(&cookies).expect("a header"));
        }
        if let Some(origin) = self.origin.as_ref().filter(|_| method != Method::GET) {
            request = request.header("Origin", origin);
        }
        if let Some(site) = self.site {
            request = request.header("Sec-Fetch-Site", site);
        }
        if let Some(token) = &self.csrf {
            request = request.header("X-CSRF-Token", token);
        }
        request
    }

    async fn receive(&mut self, request: RequestBuilder) -> Reply {
        let reply = send(request).await;
        for line in reply.headers.get_all(SET_COOKIE) {
            self.store(line.to_str().expect("ASCII"));
        }
        if let Some(token) = reply.body["csrf_token"].as_str() {
            self.csrf = Some(token.to_owned());
        }
        reply
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, path, Value::Null).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, body).await
    }

    /// Fetches a CSRF token, and keeps it for the requests to come.
    pub async fn fetch_csrf(&mut self) -> String {
        let reply = self.get("/api/v1/auth/csrf").await;
        reply.assert_status(200);
        reply.text("/csrf_token")
    }

    pub async fn log_in(&mut self, email: &str) -> Reply {
        self.fetch_csrf().await;
        self.post(LOGIN, json!({"email": email, "password": PASSWORD, "transport": "cookie"})).await
    }

    /// Registers someone new and logs them in.
    pub async fn signed_in(&mut self) -> String {
        let email = unique_email();
        assert_eq!(self.client.register(&email, PASSWORD).await.status, 201);
        self.log_in(&email).await.assert_status(200);
        email
    }

    /// The value of the cookie whose name ends so.
    #[track_caller]
    pub fn cookie(&self, name: &str) -> String {
        self.find(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.jar)).value.clone()
    }

    pub fn find(&self, name: &str) -> Option<&Stored> {
        self.jar.iter().find(|stored| stored.name.ends_with(name))
    }

    /// A host of the site sets a cookie for the whole site. Browsers refuse the names that hosts have for themselves, and
    /// compare them without regard to case.
    pub fn plant(&mut self, name: &str, value: &str) {
        let lower = name.trim_matches([' ', '\t']).to_ascii_lowercase();
        assert!(!lower.starts_with("__host-") && !lower.starts_with("__http-"), "a browser refuses {name:?}");
        self.planted.push(format!("{name}={value}").into_bytes());
    }

    fn cookie_header(&self) -> Vec<u8> {
        let own = self.jar.iter().map(|stored| format!("{}={}", stored.name, stored.value).into_bytes());
        // The order of cookies with equal paths is that of their creation, which a sibling can choose.
        self.planted.iter().cloned().chain(own).collect::<Vec<_>>().join(&b"; "[..])
    }

    /// Strictly by the grammar of RFC 6265bis §4.1.1 and the rules of §5.7.
    fn store(&mut self, line: &str) {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a pair");
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        assert!(!name.is_empty() && name.bytes().all(is_token), "{line}");
        let is_octet = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
        assert!(value.bytes().all(is_octet) && name.len() + value.len() <= 4_096, "{line}");
        let attributes: Vec<String> = parts.map(str::to_owned).collect();
        let has = |wanted: &str| attributes.iter().any(|attribute| attribute == wanted);
        assert!(has("Path=/") && has("SameSite=Lax"), "{line}");
        let is_readable = name.contains("kindred_gen_");
        assert_ne!(has("HttpOnly"), is_readable, "{line}");
        if name.starts_with("__Host-") {
            assert!(has("Secure") && !line.contains("Domain="), "a browser refuses {line}");
        }
        self.jar.retain(|stored| stored.name != name);
        if !has("Max-Age=0") {
            self.jar.push(Stored { name: name.to_owned(), value: value.to_owned(), attributes });
        }
    }
}
