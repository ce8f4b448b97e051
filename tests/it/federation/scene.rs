//! A server with a provider, and people in front of browsers.

use std::collections::HashMap;

use serde_json::{Value, json};
use url::Url;

use crate::browser::jar::Browser;
use crate::support::backend::Env;
use crate::support::client::{Client, Reply};
use crate::support::fake_provider::{FakeProvider, Person};
use crate::support::process::Node;

pub const COMPLETE: &str = "/api/v1/auth/federation/complete";
pub const IDENTITIES: &str = "/api/v1/me/identities";
/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A server that knows the provider `staff`, which is trusted with the domain of all test addresses.
pub struct Scene {
    pub node: Node,
    pub staff: FakeProvider,
}

impl Scene {
    pub async fn start(env: &Env, further: &[(&str, &str)]) -> Scene {
        let staff = FakeProvider::start().await;
        let node = node(env, &[&staff.settings("staff")], further).await;
        Scene { node, staff }
    }

    pub fn client(&self) -> Client {
        self.node.client()
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.client(), self.node.base_url())
    }

    /// Goes to the provider and comes back: the code for the application.
    pub async fn code(&self, browser: &mut Browser, person: &Person) -> String {
        let authorize = begin(browser, "staff", "return_to=/").await;
        code_of(&come_back(browser, &self.staff.log_in(&authorize, person)).await)
    }

    /// A whole login, with the tokens in the answer.
    pub async fn log_in(&self, browser: &mut Browser, person: &Person) -> Reply {
        let code = self.code(browser, person).await;
        browser.post(COMPLETE, json!({ "code": code })).await
    }

    /// A whole login of someone who is let in.
    pub async fn signed_in(&self, person: &Person) -> Reply {
        let reply = self.log_in(&mut self.browser(), person).await;
        reply.assert_status(200);
        reply
    }

    pub async fn me(&self, login: &Reply) -> Reply {
        self.client().me(&login.access()).await
    }
}

/// A node with the settings of these providers.
pub async fn node(env: &Env, providers: &[&[(String, String)]], further: &[(&str, &str)]) -> Node {
    let settings = providers.iter().flat_map(|settings| settings.iter());
    let settings = settings.map(|(key, value)| (key.as_str(), value.as_str()));
    env.node(&settings.chain(further.iter().copied()).collect::<Vec<_>>()).await
}

/// Opens the address at which a login begins: where the browser is sent.
pub async fn begin(browser: &mut Browser, provider: &str, query: &str) -> String {
    let reply = browser.get(&format!("/api/v1/auth/federation/{provider}/start?{query}")).await;
    reply.assert_status(302);
    location(&reply)
}

/// Brings an answer of a provider back: where the browser goes on.
pub async fn come_back(browser: &mut Browser, path: &str) -> String {
    let reply = browser.get(path).await;
    reply.assert_status(303);
    let names: Vec<&str> = browser.jar.iter().map(|stored| stored.name.as_str()).collect();
    assert!(!reply.headers.contains_key("set-cookie"), "the callback sets no cookies: {names:?}");
    location(&reply)
}

pub fn location(reply: &Reply) -> String {
    reply.header("location").expect("a location").to_owned()
}

pub fn parameters(location: &str) -> HashMap<String, String> {
    let base = Url::parse("http://localhost").expect("a URL");
    base.join(location).expect("a location").query_pairs().into_owned().collect()
}

#[track_caller]
pub fn code_of(location: &str) -> String {
    parameters(location).remove("federation_code").unwrap_or_else(|| panic!("no code in {location}"))
}

/// The error that the application is told.
#[track_caller]
pub fn error_of(location: &str) -> String {
    parameters(location).remove("federation_error").unwrap_or_else(|| panic!("no error in {location}"))
}

/// The body by which a browser completes a login in cookies.
pub fn in_cookies(code: &str) -> Value {
    json!({ "code": code, "transport": "cookie" })
}
