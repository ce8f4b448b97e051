//! The claims of a logout token, by which a provider says that a session there is over (OpenID Connect Back-Channel
//! Logout 1.0 §2.4, §2.6).
//!
//! The signature and the type were verified before: see `crypto::id_token`. That a token counts once is up to the one who
//! keeps the ids of the tokens that were used.

use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::id_token::{Audience, IdTokenError, LEEWAY, is_subject};
use super::issuer::{IssuerRule, ToldIssuer};
use crate::clock::Timestamp;

/// The member of `events` that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How long after its issue a token counts. It bounds how long the ids of used tokens are kept, whatever `exp` says.
pub const COUNTS_FOR: Duration = Duration::from_secs(600);
/// The longest id of a token or a session that is read, in bytes.
const LONGEST_ID: usize = 255;

/// The claims that matter here. A claim that is there twice is refused by the derived reader.
#[derive(Clone, Debug, Deserialize)]
pub struct LogoutTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The clients that the token is for.
    pub aud: Audience,
    /// When the token was issued, in seconds since 1970.
    pub iat: i64,
    /// The end of the token's life, in seconds since 1970.
    pub exp: i64,
    /// The id of the token, which the issuer gives to no other.
    pub jti: String,
    /// What has happened.
    pub events: Map<String, Value>,
    /// The person.
    #[serde(default)]
    pub sub: Option<String>,
    /// The session at the provider.
    #[serde(default)]
    pub sid: Option<String>,
    /// Whether there is a nonce, whatever it is. Only ID tokens have one.
    #[serde(default, rename = "nonce", deserialize_with = "is_there")]
    pub has_nonce: bool,
    /// Microsoft: the tenant.
    #[serde(default)]
    pub tid: Option<String>,
}

/// What a token must agree with.
#[derive(Clone, Debug)]
pub struct ExpectedLogout<'a> {
    /// Whose tokens count.
    pub issuer: &'a IssuerRule,
    /// Our ids at the provider.
    pub client_ids: &'a [String],
    /// The issuer that the signing key is for, where the provider tells.
    pub key_issuer: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
}

/// A token that counts, if it was not used before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLogout {
    /// The issuer in its one spelling.
    pub issuer: String,
    /// The id of the token, unique at the issuer.
    pub token_id: String,
    /// From this moment on the token no longer counts, so its id can be forgotten.
    pub counts_until: Timestamp,
    /// Which sessions are over.
    pub scope: LogoutScope,
}

/// Which sessions are over at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoutScope {
    /// One session, in which a certain person was logged in if the token says so.
    Session {
        /// The id of the session at the provider.
        sid: String,
        /// The person.
        subject: Option<String>,
    },
    /// All sessions of this person.
    Person(String),
}

/// Why the claims do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoutTokenError {
    /// What is wrong in an ID token as well: issuer, tenant, audience or times.
    #[error(transparent)]
    Common(#[from] IdTokenError),
    /// The token was issued too long ago.
    #[error("the token was issued too long ago")]
    Old,
    /// The token says nothing about a logout.
    #[error("the token tells of no logout")]
    Event,
    /// An ID token, or one made to look like it.
    #[error("the token has a nonce")]
    Nonce,
    /// Without an id it could be used again and again.
    #[error("the token has no id, or one that is too long")]
    TokenId,
    /// Neither a person nor a session, or one that cannot be.
    #[error("the token names neither a person nor a session")]
    NoOne,
}

impl LogoutTokenError {
    /// The word in security events and metrics.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Common(error) => error.reason(),
            Self::Old => "old",
            Self::Event => "event",
            Self::Nonce => "nonce",
            Self::TokenId => "token_id",
            Self::NoOne => "no_one",
        }
    }
}

impl LogoutTokenClaims {
    /// Checks the claims by the rules of §2.6.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn examine(&self, expected: &ExpectedLogout<'_>) -> Result<ProviderLogout, LogoutTokenError> {
        let told = ToldIssuer { iss: &self.iss, tid: self.tid.as_deref() };
        let issuer = expected.issuer.examine(&told, expected.key_issuer).map_err(IdTokenError::from)?;
        if !self.aud.is_only(expected.client_ids) {
            return Err(IdTokenError::Audience.into());
        }
        let counts_until = self.examine_times(expected.now)?;
        if !self.events.get(EVENT).is_some_and(Value::is_object) {
            return Err(LogoutTokenError::Event);
        }
        if self.has_nonce {
            return Err(LogoutTokenError::Nonce);
        }
        if !is_id(&self.jti) {
            return Err(LogoutTokenError::TokenId);
        }
        let scope = self.scope().ok_or(LogoutTokenError::NoOne)?;
        Ok(ProviderLogout { issuer, token_id: self.jti.clone(), counts_until, scope })
    }

    /// Gives the moment from which on the token does not count.
    fn examine_times(&self, now: Timestamp) -> Result<Timestamp, LogoutTokenError> {
        let issued = Timestamp::from_unix_seconds(self.iat);
        if issued > now.plus(LEEWAY) {
            return Err(IdTokenError::Future.into());
        }
        let expires = Timestamp::from_unix_seconds(self.exp).plus(LEEWAY);
        if expires <= now {
            return Err(IdTokenError::Expired.into());
        }
        let grows_old = issued.plus(COUNTS_FOR);
        if grows_old <= now {
            return Err(LogoutTokenError::Old);
        }
        Ok(expires.min(grows_old))
    }

    fn scope(&self) -> Option<LogoutScope> {
        let subject = match self.sub.as_deref() {
            Some(sub) if !is_subject(sub) => return None,
            sub => sub.map(str::to_owned),
        };
        match self.sid.as_deref() {
            Some(sid) if is_id(sid) => Some(LogoutScope::Session { sid: sid.to_owned(), subject }),
            Some(_) => None,
            None => subject.map(LogoutScope::Person),
        }
    }
}

/// A member is there even if its value is `null`.
fn is_there<'de, D: serde::Deserializer<'de>>(member: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(member).map(|_| true)
}

fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len())
}

#[cfg(test)]
mod tests;
