//! The origins whose pages may use cookies.

use std::net::SocketAddr;

use actix_web::http::header::{HeaderMap, ORIGIN};

use crate::config::Config;
use crate::http::problem::{Code, Problem};

/// Compared byte by byte with what browsers send.
#[derive(Debug)]
pub struct Origins {
    /// That of `server.public_url`, and in development those of the listener on this machine.
    own: Vec<String>,
    allowed: Vec<String>,
}

impl Origins {
    pub fn new(config: &Config, listen: SocketAddr) -> Self {
        let mut own = vec![config.server.public_url.origin().ascii_serialization()];
        if config.profile.is_development() {
            let names = ["localhost", "127.0.0.1", "[::1]"];
            let scheme = config.tls.scheme();
            own.extend(names.map(|name| format!("{scheme}://{name}:{}", listen.port())));
        }
        let allowed = config.cors.allowed_origins.iter().map(|origin| origin.as_str().to_owned()).collect();
        Self { own, allowed }
    }

    /// Whether pages of this origin may read answers, besides our own.
    pub fn is_allowed(&self, origin: &[u8]) -> bool {
        self.allowed.iter().any(|allowed| allowed.as_bytes() == origin)
    }

    /// Whether this is an origin of ours, or one whose pages may read answers.
    pub fn is_known(&self, origin: &[u8]) -> bool {
        self.is_own(origin) || self.is_allowed(origin)
    }

    /// The origins of `cors.allowed_origins`.
    pub fn allowed(&self) -> &[String] {
        &self.allowed
    }

    fn is_own(&self, origin: &[u8]) -> bool {
        self.own.iter().any(|own| own.as_bytes() == origin)
    }

    /// Checks where a request with cookies comes from, by `Origin` and, without it, by `Sec-Fetch-Site` (Fetch Metadata).
    /// A request that has neither is no browser's of today, and its CSRF token decides.
    ///
    /// # Errors
    /// 403 `origin_not_allowed`
    pub fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
        let is_same_origin = site == Some(b"same-origin".as_slice());
        let mut origins = headers.get_all(ORIGIN).map(|value| value.as_bytes());
        let is_fine = match (origins.next(), origins.next()) {
            (_, Some(_)) => false,
            (Some(b"null"), None) => is_same_origin,
            (Some(origin), None) => self.is_known(origin),
            (None, None) => site.is_none() || is_same_origin,
        };
        if is_fine { Ok(()) } else { Err(Problem::new(Code::OriginNotAllowed)) }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn check(pairs: &[(&'static str, &str)]) -> bool {
        let origins = Origins {
            own: vec!["https://id.example.com".to_owned()],
            allowed: vec!["https://app.example.com".to_owned()],
        };
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        origins.check(&headers).is_ok()
    }

    #[test]
    fn only_known_origins_pass() {
        assert!(check(&[("origin", "https://id.example.com")]));
        assert!(check(&[("origin", "https://app.example.com"), ("sec-fetch-site", "same-site")]));
        assert!(check(&[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(check(&[]));
        assert!(check(&[("sec-fetch-site", "same-origin")]));
        for refused in [
            &[("origin", "null")][..],
            &[("origin", "null"), ("sec-fetch-site", "cross-site")],
            &[("origin", "https://app.example.com"), ("origin", "https://app.example.com")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
        ] {
            assert!(!check(refused), "{refused:?}");
        }
    }
}
