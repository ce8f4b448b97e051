//! `webauthn.*`: passkeys.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use url::{Host, Url};

use super::declaration::setting_value;
use super::{Environment, Reader, Server, setting};

/// The domain of servers without one. Browsers accept it without TLS, but accept no IP address in its place.
const LOCALHOST: &str = "localhost";

#[derive(Clone, Debug)]
pub struct Webauthn {
    /// The domain that passkeys are bound to. Changing it invalidates all of them.
    pub rp_id: String,
    /// The name of the service in authenticators.
    pub rp_name: String,
    /// The pages that may use them: each on `rp_id` or on a domain below it.
    pub origins: Vec<WebOrigin>,
    /// How long a ceremony that was begun can be finished.
    pub ceremony_ttl: Duration,
}

/// Scheme, host and port (RFC 6454 §6.2), as browsers write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(Url);

impl WebOrigin {
    pub const fn url(&self) -> &Url {
        &self.0
    }

    fn domain(&self) -> Option<&str> {
        self.0.domain()
    }

    fn is_secure(&self) -> bool {
        self.0.scheme() == "https" || (self.0.scheme() == "http" && self.domain().is_some_and(is_local))
    }
}

setting_value! { WebOrigin: "an origin" }

impl FromStr for WebOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| "is no URL")?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !url.origin().is_tuple() || !bare || !url.username().is_empty() || url.password().is_some() {
            return Err("must be scheme, host and port only, such as https://id.example.com");
        }
        Ok(Self(url))
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.origin().ascii_serialization())
    }
}

impl Webauthn {
    pub(super) fn read(reader: &mut Reader, profile: Environment, server: &Server) -> Self {
        let (rp_id, origins) = defaults(&server.public_url);
        reader.section("Passkeys");
        let webauthn = Self {
            rp_id: reader.value(
                setting(
                    "webauthn.rp_id",
                    "The domain that passkeys are bound to. Changing it invalidates all of them. \
                    The default is the host of `server.public_url`, or `localhost` if that is an \
                    address.",
                )
                .note("a domain in lower case"),
                rp_id,
            ),
            rp_name: reader.value(
                setting("webauthn.rp_name", "The name of the service in authenticators.")
                    .note("1 to 64 characters"),
                "Kindred".to_owned(),
            ),
            origins: reader.list(
                setting(
                    "webauthn.origins",
                    "The pages that may use passkeys. The default follows `server.public_url`.",
                )
                .note("within `webauthn.rp_id`; https, or http for localhost only"),
                origins,
            ),
            ceremony_ttl: reader.value(
                setting("webauthn.ceremony_ttl", "How long the registration or use of a passkey may take.")
                    .between(Duration::from_secs(1), Duration::from_secs(900)),
                Duration::from_secs(300),
            ),
        };
        webauthn.check(reader);
        if profile.is_production() && webauthn.rp_id == LOCALHOST {
            reader.warn("webauthn.rp_id is localhost: passkeys will work on this machine only");
        }
        webauthn
    }

    fn check(&self, reader: &mut Reader) {
        let is_domain = matches!(Host::parse(&self.rp_id), Ok(Host::Domain(name)) if name == self.rp_id)
            && (self.rp_id.trim_matches('.').contains('.') || self.rp_id == LOCALHOST)
            && !self.rp_id.ends_with('.');
        reader.check("webauthn.rp_id", is_domain, "must be a domain in lower case, such as example.com");
        let sane = (1..=64).contains(&self.rp_name.chars().count()) && !self.rp_name.trim().is_empty();
        reader.check("webauthn.rp_name", sane, "must be 1 to 64 characters");
        reader.check("webauthn.origins", !self.origins.is_empty(), "must name at least one origin");
        for origin in &self.origins {
            let below = origin.domain().is_some_and(|domain| is_within(domain, &self.rp_id));
            if !below {
                reader.problem("webauthn.origins", format!("{origin} is not within webauthn.rp_id"));
            }
            if !origin.is_secure() {
                reader.problem("webauthn.origins", format!("{origin} must be https (http: localhost only)"));
            }
        }
    }
}

/// The host and the origin of the public URL. Passkeys do not work with IP addresses, for which `localhost` is used.
fn defaults(public_url: &Url) -> (String, Vec<WebOrigin>) {
    if let Some(domain) = public_url.domain() {
        let origin = public_url.origin().ascii_serialization().parse().ok();
        return (domain.to_owned(), origin.into_iter().collect());
    }
    let port = public_url.port_or_known_default().unwrap_or(80);
    let origin = format!("http://{LOCALHOST}:{port}").parse().ok();
    (LOCALHOST.to_owned(), origin.into_iter().collect())
}

fn is_within(domain: &str, rp_id: &str) -> bool {
    domain == rp_id || domain.strip_suffix(rp_id).is_some_and(|rest| rest.ends_with('.'))
}

fn is_local(domain: &str) -> bool {
    is_within(domain, LOCALHOST)
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError};

    fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables = variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Config::from_sources(None, variables)
    }

    fn problem_keys(variables: &[(&str, &str)]) -> Vec<String> {
        let error = load(variables).expect_err("must be refused");
        error.problems.into_iter().map(|problem| problem.key).collect()
    }

    fn shown(variables: &[(&str, &str)]) -> (String, Vec<String>) {
        let webauthn = load(variables).unwrap().webauthn;
        (webauthn.rp_id, webauthn.origins.iter().map(ToString::to_string).collect())
    }

    const RP_ID: &str = "KINDRED_WEBAUTHN__RP_ID";
    const ORIGINS: &str = "KINDRED_WEBAUTHN__ORIGINS";
    const PUBLIC_URL: &str = "KINDRED_SERVER__PUBLIC_URL";

    #[test]
    fn the_public_url_is_the_default() {
        assert_eq!(shown(&[]), ("localhost".to_owned(), vec!["http://localhost:8080".to_owned()]));
        let (rp_id, origins) = shown(&[(PUBLIC_URL, "https://id.example.com/auth")]);
        assert_eq!((rp_id.as_str(), origins), ("id.example.com", vec!["https://id.example.com".to_owned()]));
        let (rp_id, _) = shown(&[(PUBLIC_URL, "https://[2001:db8::1]:8443")]);
        assert_eq!(rp_id, "localhost");
    }

    #[test]
    fn origins_are_within_the_domain_and_secure() {
        let fine = [(RP_ID, "example.com"), (ORIGINS, "https://id.example.com,https://example.com:8443")];
        assert_eq!(shown(&fine).1, ["https://id.example.com", "https://example.com:8443"]);
        for origin in [
            "https://example.org",
            "https://badexample.com",
            "https://example.com.evil.org",
            "http://example.com",
            "https://192.0.2.1",
            "https://example.com/path",
            "android:apk-key-hash:x",
        ] {
            let keys = problem_keys(&[(RP_ID, "example.com"), (ORIGINS, origin)]);
            assert!(keys.iter().all(|key| key == "webauthn.origins"), "{origin}: {keys:?}");
        }
    }

    #[test]
    fn all_mistakes_are_reported_at_once() {
        let keys = problem_keys(&[
            (RP_ID, "com"),
            (ORIGINS, "https://example.com,https://example.org"),
            ("KINDRED_WEBAUTHN__RP_NAME", "  "),
            ("KINDRED_WEBAUTHN__CEREMONY_TTL", "1h"),
        ]);
        let expected = ["webauthn.rp_id", "webauthn.rp_name", "webauthn.origins", "webauthn.ceremony_ttl"];
        assert_eq!(keys, expected);
        for wrong in ["192.0.2.1", "Example.com", "example.com.", "https://example.com", ".", "a b.com"] {
            assert!(problem_keys(&[(RP_ID, wrong)]).contains(&"webauthn.rp_id".to_owned()), "{wrong}");
        }
    }
}
