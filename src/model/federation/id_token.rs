//! The claims of an ID token, and whether they are about this login (OpenID Connect Core §2, §3.1.3.7).
//!
//! The signature was verified before: see `crypto::id_token`.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer};

use super::issuer::{IssuerError, IssuerRule, ToldIssuer};
use crate::clock::Timestamp;

/// How far the clocks of a provider and of this server may be apart.
pub const LEEWAY: Duration = Duration::from_secs(60);
/// The longest subject (OpenID Connect Core §2), in ASCII characters.
const LONGEST_SUBJECT: usize = 255;

/// The claims that matter here, of any provider. A claim that is there twice is refused by the derived reader.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct IdTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The subject, which the issuer never gives to someone else.
    pub sub: String,
    /// The clients that the token is for.
    pub aud: Audience,
    /// The client that asked for the token.
    #[serde(default)]
    pub azp: Option<String>,
    /// The end of the token's life, in seconds since 1970.
    pub exp: i64,
    /// When the token was issued, in seconds since 1970.
    pub iat: i64,
    /// Not before this second since 1970.
    #[serde(default)]
    pub nbf: Option<i64>,
    /// When the person authenticated at the provider, in seconds since 1970.
    #[serde(default)]
    pub auth_time: Option<i64>,
    /// What the client has sent along, to bind the token to its request.
    #[serde(default)]
    pub nonce: Option<String>,
    /// The left half of the hash of the access token that came along.
    #[serde(default)]
    pub at_hash: Option<String>,
    /// The class of the authentication at the provider.
    #[serde(default)]
    pub acr: Option<String>,
    /// The methods of the authentication at the provider.
    #[serde(default)]
    pub amr: Option<Vec<String>>,
    /// The session at the provider, for its logout.
    #[serde(default)]
    pub sid: Option<String>,
    /// The address as the provider knows it.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the provider says that it has verified the address.
    #[serde(default)]
    pub email_verified: Option<Flag>,
    /// The name of the person.
    #[serde(default)]
    pub name: Option<String>,
    /// Google: the domain of the Workspace.
    #[serde(default)]
    pub hd: Option<String>,
    /// Microsoft: the tenant.
    #[serde(default)]
    pub tid: Option<String>,
    /// Microsoft: whether the tenant has proven to own the domain of the address.
    #[serde(default)]
    pub xms_edov: Option<Flag>,
}

/// One audience or several.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// A text.
    One(String),
    /// An array.
    Several(Vec<String>),
}

impl Audience {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }

    /// Whether there is one, and each of them is one of these.
    pub(super) fn is_only(&self, client_ids: &[String]) -> bool {
        let audiences = self.all();
        !audiences.is_empty() && audiences.iter().all(|audience| client_ids.contains(audience))
    }
}

/// Whether the text can be a subject (§2).
pub(super) fn is_subject(text: &str) -> bool {
    (1..=LONGEST_SUBJECT).contains(&text.len()) && text.is_ascii()
}

/// A truth value, which Apple writes as a text and Microsoft as a number at times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Written {
            Truth(bool),
            Text(String),
            Number(u64),
        }
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::Truth(truth) => truth,
            // Anything else than a clear yes is a no.
            Written::Text(text) => text == "true" || text == "1",
            Written::Number(number) => number == 1,
        }))
    }
}

/// What a token must agree with.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// Whose tokens count.
    pub issuer: &'a IssuerRule,
    /// Our ids at the provider: the one of the login page, and those of applications for mobile devices.
    pub client_ids: &'a [String],
    /// The spellings in which the nonce of this login may come back: as it is, or hashed by a native library.
    pub nonces: &'a [&'a str],
    /// What `at_hash` must be if it is there: the hash of the access token that came along.
    pub at_hash: Option<&'a str>,
    /// The issuer that the signing key is for, where the provider tells.
    pub key_issuer: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
}

/// A token that counts says who the person is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The issuer in its one spelling.
    pub issuer: String,
    /// Unique at the issuer.
    pub subject: String,
}

/// Why the claims do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// Another provider's token.
    #[error("the issuer is another one")]
    Issuer,
    /// A token of a tenant that is not admitted, or of none.
    #[error("the tenant is not admitted")]
    Tenant,
    /// No subject, or one that is too long or not ASCII.
    #[error("the subject is not valid")]
    Subject,
    /// A token for other clients.
    #[error("the token is for another client")]
    Audience,
    /// A token that another client has asked for.
    #[error("another client has asked for the token")]
    AuthorizedParty,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come: the clocks disagree.
    #[error("the token is from the future")]
    Future,
    /// A token of another login, or of none.
    #[error("the nonce is another one")]
    Nonce,
    /// A token that does not belong to the access token that came along.
    #[error("the hash of the access token is another one")]
    AccessToken,
}

impl From<IssuerError> for IdTokenError {
    fn from(error: IssuerError) -> Self {
        match error {
            IssuerError::Issuer => Self::Issuer,
            IssuerError::Tenant => Self::Tenant,
        }
    }
}

impl IdTokenError {
    /// The word in security events and metrics.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Tenant => "tenant",
            Self::Subject => "subject",
            Self::Audience => "audience",
            Self::AuthorizedParty => "authorized_party",
            Self::Expired => "expired",
            Self::Future => "future",
            Self::Nonce => "nonce",
            Self::AccessToken => "at_hash",
        }
    }
}

impl IdTokenClaims {
    /// Checks the claims in the order of OpenID Connect Core §3.1.3.7.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn examine(&self, expected: &Expected<'_>) -> Result<Subject, IdTokenError> {
        let told = ToldIssuer { iss: &self.iss, tid: self.tid.as_deref() };
        let issuer = expected.issuer.examine(&told, expected.key_issuer)?;
        if !is_subject(&self.sub) {
            return Err(IdTokenError::Subject);
        }
        self.examine_clients(expected.client_ids)?;
        self.examine_times(expected.now)?;
        let has_nonce = self.nonce.as_deref().is_some_and(|nonce| expected.nonces.contains(&nonce));
        if !has_nonce {
            return Err(IdTokenError::Nonce);
        }
        // Where no access token came along there is nothing to compare (§3.1.3.6: the claim is optional).
        if let (Some(told), Some(computed)) = (self.at_hash.as_deref(), expected.at_hash)
            && told != computed
        {
            return Err(IdTokenError::AccessToken);
        }
        Ok(Subject { issuer, subject: self.sub.clone() })
    }

    /// One of our ids must be an audience. All others must be ours too, because what they trust is not known here; and
    /// who asked for the token must be one of us.
    fn examine_clients(&self, client_ids: &[String]) -> Result<(), IdTokenError> {
        if !self.aud.is_only(client_ids) {
            return Err(IdTokenError::Audience);
        }
        if self.azp.as_ref().is_some_and(|party| !client_ids.contains(party)) {
            return Err(IdTokenError::AuthorizedParty);
        }
        Ok(())
    }

    fn examine_times(&self, now: Timestamp) -> Result<(), IdTokenError> {
        let (earliest, latest) = (now.minus(LEEWAY), now.plus(LEEWAY));
        if Timestamp::from_unix_seconds(self.exp) <= earliest {
            return Err(IdTokenError::Expired);
        }
        let begins = self.iat.max(self.nbf.unwrap_or(self.iat));
        if Timestamp::from_unix_seconds(begins) > latest {
            return Err(IdTokenError::Future);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
