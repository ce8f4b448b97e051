//! `tokens.*`: access tokens.

use std::time::Duration;

use super::{Reader, Server};
use crate::model::access_token;

#[derive(Clone, Debug)]
pub struct Tokens {
    /// Life of an access token; each token's own differs by up to 5 %.
    pub access_ttl: Duration,
    /// `iss` (RFC 9068 §2.2): the public URL without a trailing slash unless set.
    pub issuer: String,
    /// `aud`: the one audience that is issued and accepted.
    pub audience: String,
    /// Verified tokens remembered, so that their signature is checked once.
    pub verified_cache: u64,
}

impl Tokens {
    /// Clock skew accepted at `exp`, `nbf` and `iat`.
    pub const LEEWAY: Duration = access_token::LEEWAY;

    pub(super) fn read(reader: &mut Reader, server: &Server) -> Self {
        let issuer = server.public_url.as_str().trim_end_matches('/').to_owned();
        let tokens = Self {
            access_ttl: reader.duration("tokens.access_ttl", Duration::from_secs(600)),
            issuer: reader.value("tokens.issuer", issuer),
            audience: reader.value("tokens.audience", "kindred".to_owned()),
            verified_cache: reader.value("tokens.verified_cache", 50_000),
        };
        let ttl = Duration::from_secs(1)..=Duration::from_secs(3600);
        reader.check("tokens.access_ttl", ttl.contains(&tokens.access_ttl), "must be between 1s and 1h");
        reader.check("tokens.issuer", !tokens.issuer.is_empty(), "must not be empty");
        reader.check("tokens.audience", !tokens.audience.is_empty(), "must not be empty");
        tokens
    }

    /// The longest time an access token can be accepted after it was issued.
    pub fn longest_life(&self) -> Duration {
        self.access_ttl.mul_f64(1.05) + Self::LEEWAY
    }
}
