//! What a login with another provider carries along: through the browser to the provider and back (the state), and from the
//! callback to the application (the code).
//!
//! Both are sealed and stored nowhere, so that starting logins fills no table and any node can go on with what another one
//! began. Each counts once, for a short time, and only for whom it was made.

use std::time::Duration;

use uuid::Uuid;

use super::pkce;
use super::verified_identity::VerifiedIdentity;
use crate::clock::Timestamp;
use crate::entropy::{Entropy, uuid_v7};
use crate::model::backup_code;
use crate::model::email::Email;
use crate::model::opaque_token::{self, TokenHash, hash_parts};
use crate::model::principal::ActingSession;
use crate::secret::Secret;

/// How long a person may take at the provider.
pub const STATE_LIFE: Duration = Duration::from_secs(600);
/// How long an application may take to present a code. The person may have to name an address or to accept the terms first
/// (RFC 6749 §4.1.2 recommends ten minutes at most).
pub const CODE_LIFE: Duration = Duration::from_secs(600);
/// How long a person may take to find the mail with the code that proves an address.
pub const ADDRESS_PROOF_LIFE: Duration = Duration::from_secs(1800);
/// How long an application may take to open the address at which the linking of an identity begins.
pub const TICKET_LIFE: Duration = Duration::from_secs(120);
/// The length of a browser id: 256 bits of base64url.
const BROWSER_ID_LENGTH: usize = 43;

/// Tells the browser in which a login began from all others. One cookie holds it for all tabs.
#[derive(Clone, Debug)]
pub struct BrowserId(Secret<String>);

impl BrowserId {
    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(opaque_token::draw(entropy))
    }

    /// The value of a cookie, if it can be a browser id.
    pub fn parse(text: &str) -> Option<Self> {
        let is_allowed = |sign: char| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_';
        let is_id = text.len() == BROWSER_ID_LENGTH && text.chars().all(is_allowed);
        is_id.then(|| Self(Secret::new(text.to_owned())))
    }

    /// The value of the cookie.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What states and codes hold of it.
    pub fn hash(&self) -> TokenHash {
        hash_parts(&["kindred browser id", self.expose()])
    }
}

/// What a login is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginPurpose {
    /// A session.
    Login,
    /// A session authenticates again: any session of the person, since only its own refresh token is spent with the code.
    StepUp,
    /// The owner of this session links an identity.
    Link(ActingSession),
}

/// What someone has asked for at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginIntent {
    /// What the person wants to do.
    pub purpose: LoginPurpose,
    /// Where the browser goes afterwards: one of the allowed targets.
    pub return_to: String,
    /// The challenge of the application to which the code belongs (RFC 7636), where it does not share cookies with the
    /// browser.
    pub code_challenge: Option<String>,
}

/// The permission to begin the linking of an identity, which the owner of a session has asked for. It travels through the
/// address that the browser opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTicket {
    /// From this moment on it does not count.
    pub expires_at: Timestamp,
    /// What is to begin.
    pub intent: LoginIntent,
}

/// What comes back from the provider with the answer.
#[derive(Clone, Debug)]
pub struct LoginState {
    /// By which its use is remembered.
    pub id: Uuid,
    /// From this moment on it does not count.
    pub expires_at: Timestamp,
    /// The browser in which the login began.
    pub browser: TokenHash,
    /// For the ID token.
    pub nonce: Secret<String>,
    /// For the exchange of the provider's code.
    pub code_verifier: Secret<String>,
    /// When the browser was sent to the provider.
    pub begun_at: Timestamp,
    /// What the login is for.
    pub intent: LoginIntent,
}

/// Why a state does not count. All of them are told alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Not made here for this provider, or changed.
    #[error("the state is not valid")]
    Invalid,
    /// The person took too long.
    #[error("the state has expired")]
    Expired,
    /// Someone else's browser, or one without the cookie: perhaps a login that a stranger began for the person.
    #[error("the login was begun in another browser")]
    OtherBrowser,
}

impl LoginState {
    /// A login that begins now.
    pub fn begin(entropy: &dyn Entropy, browser: &BrowserId, intent: LoginIntent, now: Timestamp) -> Self {
        Self {
            id: uuid_v7(entropy, now),
            expires_at: now.plus(STATE_LIFE),
            browser: browser.hash(),
            nonce: opaque_token::draw(entropy),
            code_verifier: opaque_token::draw(entropy),
            begun_at: now,
            intent,
        }
    }

    /// Checks that the answer has come to the browser in which the login began, in time (RFC 9700 §4.7).
    ///
    /// # Errors
    /// [`StateError`].
    pub fn check(&self, browser: Option<&BrowserId>, now: Timestamp) -> Result<(), StateError> {
        if browser.is_none_or(|browser| browser.hash() != self.browser) {
            return Err(StateError::OtherBrowser);
        }
        if self.expires_at <= now {
            return Err(StateError::Expired);
        }
        Ok(())
    }

    /// The code for the person who has come back.
    pub fn code(&self, entropy: &dyn Entropy, identity: VerifiedIdentity, now: Timestamp) -> LoginCode {
        let bound_to = match &self.intent.code_challenge {
            Some(challenge) => CodeBinding::Challenge(challenge.clone()),
            None => CodeBinding::Browser(self.browser),
        };
        LoginCode {
            id: uuid_v7(entropy, now),
            expires_at: now.plus(CODE_LIFE),
            bound_to,
            begun_at: self.begun_at,
            purpose: self.intent.purpose,
            identity,
            awaited: None,
        }
    }
}

/// Who may present a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeBinding {
    /// The browser in which the login began.
    Browser(TokenHash),
    /// An application that knows the verifier of this challenge.
    Challenge(String),
}

/// What an application presents for its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginCode {
    /// By which its use is remembered.
    pub id: Uuid,
    /// From this moment on it does not count.
    pub expires_at: Timestamp,
    /// Who may present it.
    pub bound_to: CodeBinding,
    /// When the login began: an authentication at the provider before that is not fresh.
    pub begun_at: Timestamp,
    /// What it may be presented for.
    pub purpose: LoginPurpose,
    /// Who has come back from the provider.
    pub identity: VerifiedIdentity,
    /// The proof of an address without which it does not count.
    pub awaited: Option<AwaitedProof>,
}

/// A mail with a code was sent to an address, and the client that presents that code reads the mails of the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitedProof {
    /// Where the mail was sent to.
    pub address: Email,
    /// The hash of the code in the mail, which is bound to the address and the identity.
    pub code: TokenHash,
}

impl LoginCode {
    /// The code in place of this one that counts with the code of a mail to this address.
    #[must_use]
    pub fn awaiting(
        &self,
        entropy: &dyn Entropy,
        (address, mailed): (Email, &Secret<String>),
        now: Timestamp,
    ) -> Self {
        let id = uuid_v7(entropy, now);
        let awaited = AwaitedProof { code: mailed_hash(id, mailed.expose()), address };
        Self { id, expires_at: now.plus(ADDRESS_PROOF_LIFE), awaited: Some(awaited), ..self.clone() }
    }

    /// The address that the code of a mail proves; `None` if the code is wrong, or none was mailed.
    pub fn proven_address(&self, mailed: &Secret<String>) -> Option<Email> {
        let awaited = self.awaited.as_ref()?;
        (mailed_hash(self.id, mailed.expose()) == awaited.code).then(|| awaited.address.clone())
    }

    /// Whether the code counts for someone who presents it with these. A verifier without a challenge is refused as well,
    /// because the challenge may have been taken away on the way (RFC 9700 §4.8.2).
    pub fn is_for(
        &self,
        browser: Option<&BrowserId>,
        code_verifier: Option<&Secret<String>>,
        now: Timestamp,
    ) -> bool {
        let is_bound = match (&self.bound_to, code_verifier) {
            (CodeBinding::Browser(hash), None) => browser.is_some_and(|browser| browser.hash() == *hash),
            (CodeBinding::Challenge(challenge), Some(verifier)) => pkce::is_answered(challenge, verifier),
            (CodeBinding::Browser(_), Some(_)) | (CodeBinding::Challenge(_), None) => false,
        };
        is_bound && now < self.expires_at
    }
}

/// The hash of the code of a mail as a person may have typed it. What cannot be a code has the hash of none.
fn mailed_hash(id: Uuid, typed: &str) -> TokenHash {
    let canonical = backup_code::canonical(typed);
    let canonical = canonical.as_ref().map_or("", |code| code.expose().as_str());
    hash_parts(&["kindred mailed code", &id.to_string(), canonical])
}

#[cfg(test)]
mod tests;
