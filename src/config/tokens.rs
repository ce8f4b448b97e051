//! `tokens.*`: access tokens.

use std::time::Duration;

use super::{Reader, Server, setting};
use crate::model::access_token;
use crate::model::signing_algorithm::{Ed25519Name, SigningAlgorithm};

super::text_enum!(SigningAlgorithm { Es256 => "ES256", Ed25519 => "Ed25519" });
super::text_enum!(Ed25519Name { Ed25519 => "Ed25519", EdDsa => "EdDSA" });

#[derive(Clone, Debug)]
pub struct Tokens {
    /// The life of an access token. That of each token differs by up to 5 %.
    pub access_ttl: Duration,
    /// `iss` (RFC 9068 §2.2): the public URL without a trailing slash unless set.
    pub issuer: String,
    /// `aud`: the one audience that is issued and accepted.
    pub audience: String,
    /// `client_id` (RFC 9068 §2.2): the client that tokens are issued to.
    pub client_id: String,
    /// The algorithm that access tokens are signed with.
    pub signing_algorithm: SigningAlgorithm,
    /// The name of Ed25519 in tokens and in the JWK Set.
    pub ed25519_name: Ed25519Name,
    /// The number of verified tokens that are remembered, so that their signature is checked once.
    pub verified_cache: u64,
}

impl Tokens {
    /// Clock skew accepted at `exp`, `nbf` and `iat`.
    pub const LEEWAY: Duration = access_token::LEEWAY;
    /// Upper bound of `tokens.access_ttl`.
    const LONGEST_TTL: Duration = Duration::from_secs(3600);
    /// The longest time for which any access token can be accepted after it was issued, whatever `tokens.access_ttl`
    /// was then: the present setting says nothing about older tokens.
    pub const LONGEST_LIFE: Duration = Duration::from_secs(3600 + 3600 / 20 + Self::LEEWAY.as_secs());

    pub(super) fn read(reader: &mut Reader, server: &Server) -> Self {
        let issuer = server.public_url.as_str().trim_end_matches('/').to_owned();
        reader.section("Access tokens");
        let tokens = Self {
            access_ttl: reader.value(
                setting(
                    "tokens.access_ttl",
                    "The life of an access token. That of each token differs by up to 5 %.",
                )
                .between(Duration::from_secs(1), Self::LONGEST_TTL)
                .note("at most `sessions.idle_timeout`"),
                Duration::from_secs(600),
            ),
            issuer: reader.value(
                setting(
                    "tokens.issuer",
                    "The claim `iss`. The default is `server.public_url` without its last `/`.",
                )
                .note("not empty"),
                issuer,
            ),
            audience: reader.value(
                setting("tokens.audience", "The claim `aud`: the one audience that is issued and accepted.")
                    .note("not empty"),
                "kindred".to_owned(),
            ),
            client_id: reader.value(
                setting("tokens.client_id", "The claim `client_id` (RFC 9068).").note("not empty"),
                "kindred".to_owned(),
            ),
            signing_algorithm: reader.choice(
                setting(
                    "tokens.signing_algorithm",
                    "The algorithm that access tokens are signed with. Another one takes effect once its first key has \
                    been published for `keys.standby_for`.",
                ),
                SigningAlgorithm::Es256,
            ),
            ed25519_name: reader.choice(
                setting(
                    "tokens.ed25519_name",
                    "The name of the algorithm Ed25519 in tokens and in the JWK Set: that of RFC 9864, or `EdDSA` for \
                    services that know no other.",
                ),
                Ed25519Name::Ed25519,
            ),
            verified_cache: reader.value(
                setting(
                    "tokens.verified_cache",
                    "The number of access tokens whose verified signature is remembered.",
                ),
                50_000,
            ),
        };
        reader.check("tokens.issuer", !tokens.issuer.is_empty(), "must not be empty");
        reader.check("tokens.audience", !tokens.audience.is_empty(), "must not be empty");
        reader.check("tokens.client_id", !tokens.client_id.is_empty(), "must not be empty");
        tokens
    }
}
