//! What the server knows about browsers: its cookies, the origins that may use them, and the tokens against
//! cross-site request forgery.

pub mod cookie_header;
pub mod cookies;
pub mod csrf;
#[cfg(debug_assertions)]
pub mod fail_point;
pub mod known_accounts;
pub mod origins;

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::http::header::HeaderValue;

use self::cookies::Cookies;
use self::csrf::CsrfTokens;
use self::origins::Origins;
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::root_keys::RootKeys;

/// Two years, as preload lists expect (RFC 6797 §6.1.1).
const HSTS_MAX_AGE: u64 = 2 * 365 * 86_400;

/// How the server deals with browsers, as it follows from the configuration.
pub struct Browsers {
    pub cookies: Cookies,
    pub origins: Origins,
    pub csrf: CsrfTokens,
    /// `Strict-Transport-Security`, where the public URL is https.
    pub hsts: Option<HeaderValue>,
}

impl Browsers {
    /// `listen` is the address that the server really listens on.
    pub fn new(
        config: &Config,
        listen: SocketAddr,
        cookies: Cookies,
        root_keys: Arc<RootKeys>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            cookies,
            origins: Origins::new(config, listen),
            csrf: CsrfTokens { root_keys, clock },
            hsts: hsts(config),
        }
    }
}

fn hsts(config: &Config) -> Option<HeaderValue> {
    let is_https = config.server.public_url.scheme() == "https" && !config.profile.is_development();
    let subdomains = if config.server.hsts_subdomains { "; includeSubDomains" } else { "" };
    is_https.then(|| HeaderValue::from_str(&format!("max-age={HSTS_MAX_AGE}{subdomains}")).ok()).flatten()
}

impl std::fmt::Debug for Browsers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Browsers")
    }
}
