//! States and codes of logins as they travel: sealed under a master key, so that neither the browser nor the provider can
//! read or change them.
//!
//! A state is sealed for its provider. One that comes back to the address of another provider does not open, which is the
//! defence against mix-ups together with the redirect address of each provider (RFC 9700 §4.4.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::crypto::seal::{MasterKeys, SealError};
use crate::entropy::Entropy;
use crate::model::email::Email;
use crate::model::federation::email_proof::ToldEmail;
use crate::model::federation::id_token::Subject;
use crate::model::federation::login_state::{
    AwaitedProof, CodeBinding, LinkTicket, LoginCode, LoginIntent, LoginPurpose, LoginState,
};
use crate::model::federation::verified_identity::VerifiedIdentity;
use crate::model::opaque_token::TokenHash;
use crate::model::principal::ActingSession;
use crate::secret::Secret;

/// The longest text of a provider that a code carries, in bytes: codes are part of URLs.
const LONGEST_TEXT: usize = 255;
/// The same for a method of an authentication; those that are registered have four letters (RFC 8176 §2).
const LONGEST_METHOD: usize = 40;
/// The most methods of an authentication that a code carries.
const MOST_METHODS: usize = 16;
/// The longest state or code that is looked at.
const LONGEST_SEALED: usize = 8 * 1024;
/// What codes are sealed for. No provider has a slash in its name.
const CODE: &str = "federation_code";

/// A nonce that was made here for the ID token of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssuedNonce {
    /// By which its use is remembered.
    pub id: Uuid,
    /// From this moment on it does not count.
    pub expires_at: Timestamp,
}

/// Seals states and codes.
#[derive(Clone, Copy)]
pub struct Sealing<'a> {
    /// Seals under the active one, and opens what another one has sealed.
    pub master: &'a MasterKeys,
    /// For the nonces of the cipher.
    pub entropy: &'a dyn Entropy,
}

impl Sealing<'_> {
    /// The state in the form of URLs, for this provider.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal_state(&self, provider: &str, state: &LoginState) -> Result<Secret<String>, SealError> {
        self.seal(&state_name(provider), &StateParts::of(state))
    }

    /// The state, if it was made here for this provider. Whether it counts, [`LoginState::check`] says.
    pub fn open_state(&self, provider: &str, text: &str) -> Option<LoginState> {
        self.open::<StateParts>(&state_name(provider), text).map(StateParts::state)
    }

    /// The code in the form of URLs.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal_code(&self, code: &LoginCode) -> Result<Secret<String>, SealError> {
        self.seal(CODE, &CodeParts::of(code))
    }

    /// The code, if it was made here. Whether it counts, [`LoginCode::is_for`] says.
    pub fn open_code(&self, text: &str) -> Option<LoginCode> {
        self.open::<CodeParts>(CODE, text).map(CodeParts::code)
    }

    /// The ticket in the form of URLs, for this provider.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal_ticket(&self, provider: &str, ticket: &LinkTicket) -> Result<Secret<String>, SealError> {
        self.seal(&ticket_name(provider), &TicketParts::of(ticket))
    }

    /// The ticket, if it was made here for this provider and still counts.
    pub fn open_ticket(&self, provider: &str, text: &str, now: Timestamp) -> Option<LinkTicket> {
        let ticket = self.open::<TicketParts>(&ticket_name(provider), text)?.ticket();
        (now < ticket.expires_at).then_some(ticket)
    }

    /// The nonce in the form of URLs, for the ID tokens of this provider.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal_nonce(&self, provider: &str, nonce: IssuedNonce) -> Result<Secret<String>, SealError> {
        self.seal(&nonce_name(provider), &NonceParts { id: nonce.id, exp: nonce.expires_at.as_micros() })
    }

    /// The nonce, if it was made here for this provider and still counts.
    pub fn open_nonce(&self, provider: &str, text: &str, now: Timestamp) -> Option<IssuedNonce> {
        let NonceParts { id, exp } = self.open(&nonce_name(provider), text)?;
        let nonce = IssuedNonce { id, expires_at: Timestamp::from_micros(exp) };
        (now < nonce.expires_at).then_some(nonce)
    }

    fn seal<T: Serialize>(&self, name: &str, parts: &T) -> Result<Secret<String>, SealError> {
        let plain = serde_json::to_vec(parts).map(Zeroizing::new).map_err(|_| SealError::TooLong)?;
        let sealed = self.master.seal(self.entropy, name, &plain)?;
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(sealed)))
    }

    fn open<T: for<'de> Deserialize<'de>>(&self, name: &str, text: &str) -> Option<T> {
        if text.len() > LONGEST_SEALED {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        serde_json::from_slice(&self.master.open(name, &sealed).ok()?).ok()
    }
}

impl std::fmt::Debug for Sealing<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sealing")
    }
}

fn state_name(provider: &str) -> String {
    format!("federation_state/{provider}")
}

fn ticket_name(provider: &str) -> String {
    format!("federation_ticket/{provider}")
}

fn nonce_name(provider: &str) -> String {
    format!("federation_nonce/{provider}")
}

/// A ticket before it is sealed.
#[derive(Serialize, Deserialize)]
struct TicketParts {
    exp: i64,
    purpose: Purpose,
    return_to: String,
    challenge: Option<String>,
}

/// A nonce before it is sealed.
#[derive(Serialize, Deserialize)]
struct NonceParts {
    id: Uuid,
    exp: i64,
}

/// A state before it is sealed. Times are microseconds.
#[derive(Serialize, Deserialize)]
struct StateParts {
    id: Uuid,
    exp: i64,
    begun: i64,
    browser: [u8; 32],
    nonce: String,
    verifier: String,
    purpose: Purpose,
    return_to: String,
    challenge: Option<String>,
}

/// A code before it is sealed.
#[derive(Serialize, Deserialize)]
struct CodeParts {
    id: Uuid,
    exp: i64,
    begun: i64,
    bound_to: Binding,
    purpose: Purpose,
    identity: IdentityParts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    awaited: Option<AwaitedParts>,
}

#[derive(Serialize, Deserialize)]
struct AwaitedParts {
    address: String,
    code: [u8; 32],
}

#[derive(Serialize, Deserialize)]
enum Purpose {
    #[serde(rename = "l")]
    Login,
    #[serde(rename = "s")]
    StepUp,
    #[serde(rename = "i")]
    Link { user: Uuid, session: Uuid },
}

#[derive(Serialize, Deserialize)]
enum Binding {
    #[serde(rename = "b")]
    Browser([u8; 32]),
    #[serde(rename = "c")]
    Challenge(String),
}

#[derive(Serialize, Deserialize)]
struct IdentityParts {
    provider: String,
    iss: String,
    sub: String,
    email: Option<(String, bool)>,
    name: Option<String>,
    auth_time: Option<i64>,
    acr: Option<String>,
    amr: Vec<String>,
    sid: Option<String>,
}

impl TicketParts {
    fn of(LinkTicket { expires_at, intent }: &LinkTicket) -> Self {
        Self {
            exp: expires_at.as_micros(),
            purpose: Purpose::of(intent.purpose),
            return_to: intent.return_to.clone(),
            challenge: intent.code_challenge.clone(),
        }
    }

    fn ticket(self) -> LinkTicket {
        LinkTicket {
            expires_at: Timestamp::from_micros(self.exp),
            intent: LoginIntent {
                purpose: self.purpose.purpose(),
                return_to: self.return_to,
                code_challenge: self.challenge,
            },
        }
    }
}

impl StateParts {
    fn of(state: &LoginState) -> Self {
        let intent = &state.intent;
        Self {
            id: state.id,
            exp: state.expires_at.as_micros(),
            begun: state.begun_at.as_micros(),
            browser: state.browser.0,
            nonce: state.nonce.expose().clone(),
            verifier: state.code_verifier.expose().clone(),
            purpose: Purpose::of(intent.purpose),
            return_to: intent.return_to.clone(),
            challenge: intent.code_challenge.clone(),
        }
    }

    fn state(self) -> LoginState {
        LoginState {
            id: self.id,
            expires_at: Timestamp::from_micros(self.exp),
            begun_at: Timestamp::from_micros(self.begun),
            browser: TokenHash(self.browser),
            nonce: Secret::new(self.nonce),
            code_verifier: Secret::new(self.verifier),
            intent: LoginIntent {
                purpose: self.purpose.purpose(),
                return_to: self.return_to,
                code_challenge: self.challenge,
            },
        }
    }
}

impl CodeParts {
    fn of(code: &LoginCode) -> Self {
        let bound_to = match &code.bound_to {
            CodeBinding::Browser(hash) => Binding::Browser(hash.0),
            CodeBinding::Challenge(challenge) => Binding::Challenge(challenge.clone()),
        };
        Self {
            id: code.id,
            exp: code.expires_at.as_micros(),
            begun: code.begun_at.as_micros(),
            bound_to,
            purpose: Purpose::of(code.purpose),
            identity: IdentityParts::of(&code.identity),
            awaited: code.awaited.as_ref().map(|awaited| AwaitedParts {
                address: awaited.address.as_str().to_owned(),
                code: awaited.code.0,
            }),
        }
    }

    fn code(self) -> LoginCode {
        let bound_to = match self.bound_to {
            Binding::Browser(hash) => CodeBinding::Browser(TokenHash(hash)),
            Binding::Challenge(challenge) => CodeBinding::Challenge(challenge),
        };
        LoginCode {
            id: self.id,
            expires_at: Timestamp::from_micros(self.exp),
            begun_at: Timestamp::from_micros(self.begun),
            bound_to,
            purpose: self.purpose.purpose(),
            identity: self.identity.identity(),
            awaited: self.awaited.map(|awaited| AwaitedProof {
                address: Email::from_stored(awaited.address),
                code: TokenHash(awaited.code),
            }),
        }
    }
}

impl Purpose {
    const fn of(purpose: LoginPurpose) -> Self {
        match purpose {
            LoginPurpose::Login => Self::Login,
            LoginPurpose::StepUp => Self::StepUp,
            LoginPurpose::Link(ActingSession { user_id, session_id }) => {
                Self::Link { user: user_id, session: session_id }
            }
        }
    }

    const fn purpose(self) -> LoginPurpose {
        match self {
            Self::Login => LoginPurpose::Login,
            Self::StepUp => LoginPurpose::StepUp,
            Self::Link { user, session } => {
                LoginPurpose::Link(ActingSession { user_id: user, session_id: session })
            }
        }
    }
}

impl IdentityParts {
    /// Without what is too long to be what it should be.
    fn of(identity: &VerifiedIdentity) -> Self {
        let methods = identity.amr.iter().filter_map(|method| short(Some(method), LONGEST_METHOD));
        let told = |email: &ToldEmail| (email.address.as_str().to_owned(), email.is_proven);
        Self {
            provider: identity.provider.clone(),
            iss: identity.subject.issuer.clone(),
            sub: identity.subject.subject.clone(),
            email: identity.email.as_ref().map(told),
            name: short(identity.name.as_ref(), LONGEST_TEXT),
            auth_time: identity.auth_time.map(Timestamp::as_micros),
            acr: short(identity.acr.as_ref(), LONGEST_TEXT),
            amr: methods.take(MOST_METHODS).collect(),
            sid: short(identity.sid.as_ref(), LONGEST_TEXT),
        }
    }

    fn identity(self) -> VerifiedIdentity {
        let told = |(address, is_proven)| ToldEmail { address: Email::from_stored(address), is_proven };
        VerifiedIdentity {
            provider: self.provider,
            subject: Subject { issuer: self.iss, subject: self.sub },
            email: self.email.map(told),
            name: self.name,
            auth_time: self.auth_time.map(Timestamp::from_micros),
            acr: self.acr,
            amr: self.amr,
            sid: self.sid,
        }
    }
}

/// The text, unless it has more bytes than this.
fn short(text: Option<&String>, longest: usize) -> Option<String> {
    text.filter(|text| text.len() <= longest).cloned()
}

#[cfg(test)]
mod tests;
