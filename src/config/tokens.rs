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
    /// `client_id` (RFC 9068 §2.2): the client that tokens are issued to.
    pub client_id: String,
    /// Verified tokens remembered, so that their signature is checked once.
    pub verified_cache: u64,
}

impl Tokens {
    /// Clock skew accepted at `exp`, `nbf` and `iat`.
    pub const LEEWAY: Duration = access_token::LEEWAY;
    /// Upper bound of `tokens.access_ttl`.
    const LONGEST_TTL: Duration = Duration::from_secs(3600);
    /// The longest time any access token can be accepted after it was issued, whatever `tokens.access_ttl` was then:
    /// a setting of today says nothing about tokens of yesterday.
    pub const LONGEST_LIFE: Duration = Duration::from_secs(3600 + 3600 / 20 + Self::LEEWAY.as_secs());

    pub(super) fn read(reader: &mut Reader, server: &Server) -> Self {
        let issuer = server.public_url.as_str().trim_end_matches('/').to_owned();
        let tokens = Self {
            access_ttl: reader.duration("tokens.access_ttl", Duration::from_secs(600)),
            issuer: reader.value("tokens.issuer", issuer),
            audience: reader.value("tokens.audience", "kindred".to_owned()),
            client_id: reader.value("tokens.client_id", "kindred".to_owned()),
            verified_cache: reader.value("tokens.verified_cache", 50_000),
        };
        let ttl = Duration::from_secs(1)..=Self::LONGEST_TTL;
        reader.check("tokens.access_ttl", ttl.contains(&tokens.access_ttl), "must be between 1s and 1h");
        reader.check("tokens.issuer", !tokens.issuer.is_empty(), "must not be empty");
        reader.check("tokens.audience", !tokens.audience.is_empty(), "must not be empty");
        reader.check("tokens.client_id", !tokens.client_id.is_empty(), "must not be empty");
        tokens
    }
}
