//! The answers of a browser, read strictly.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::PasskeyRefused;

/// Longest credential id, in bytes (WebAuthn §4).
const MAX_ID: usize = 1_023;

/// The text is not an answer of `navigator.credentials`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the answer of an authenticator")]
pub struct Malformed;

/// The answer of `navigator.credentials.create()`.
#[derive(Clone)]
pub struct Attestation {
    pub(super) credential: RegisterPublicKeyCredential,
    pub(super) client_data: ClientData,
}

/// The answer of `navigator.credentials.get()`.
#[derive(Clone)]
pub struct Assertion {
    pub(super) credential: PublicKeyCredential,
    pub(super) client_data: ClientData,
}

/// The part of the client data that the library does not check, or not always (WebAuthn §5.8.1).
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientData {
    #[serde(default)]
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: Option<bool>,
    #[serde(default)]
    top_origin: Option<String>,
}

impl ClientData {
    fn parse(json: &[u8]) -> Result<Self, Malformed> {
        serde_json::from_slice(json).map_err(|_| Malformed)
    }

    /// Empty if it is not base64url: then it is no challenge of this service.
    fn challenge(&self) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(&self.challenge).unwrap_or_default()
    }

    /// The page itself must be ours, and not in a frame of another site (WebAuthn §7.2, steps 13 and 14).
    pub(super) fn check(&self, origins: &[String]) -> Result<(), PasskeyRefused> {
        let is_framed = self.cross_origin.unwrap_or(false) || self.top_origin.is_some();
        if is_framed || !origins.contains(&self.origin) {
            return Err(PasskeyRefused::Failed("origin"));
        }
        Ok(())
    }
}

impl Attestation {
    /// # Errors
    /// [`Malformed`].
    pub fn parse(credential: &Value) -> Result<Self, Malformed> {
        let credential = RegisterPublicKeyCredential::deserialize(credential).map_err(|_| Malformed)?;
        check_ids(&credential.id, &credential.raw_id, &credential.type_)?;
        let client_data = ClientData::parse(&credential.response.client_data_json)?;
        Ok(Self { credential, client_data })
    }

    /// The challenge that was answered, as the browser says.
    pub fn challenge(&self) -> Vec<u8> {
        self.client_data.challenge()
    }

    /// The browser says that the credential cannot be discovered. (It is not signed; a browser that lies about it gives
    /// its user a passkey that does not log in by itself.)
    pub(super) fn is_hidden(&self) -> bool {
        self.credential.extensions.cred_props.as_ref().and_then(|properties| properties.rk) == Some(false)
    }
}

impl Assertion {
    /// # Errors
    /// [`Malformed`].
    pub fn parse(credential: &Value) -> Result<Self, Malformed> {
        let credential = PublicKeyCredential::deserialize(credential).map_err(|_| Malformed)?;
        check_ids(&credential.id, &credential.raw_id, &credential.type_)?;
        let client_data = ClientData::parse(&credential.response.client_data_json)?;
        Ok(Self { credential, client_data })
    }

    /// The challenge that was signed, as the browser says.
    pub fn challenge(&self) -> Vec<u8> {
        self.client_data.challenge()
    }

    pub fn credential_id(&self) -> &[u8] {
        &self.credential.raw_id
    }

    /// The user whom the authenticator names as the owner of the credential; not signed.
    pub fn user_handle(&self) -> UserHandle {
        match &self.credential.response.user_handle {
            None => UserHandle::Absent,
            Some(handle) => Uuid::from_slice(handle).map_or(UserHandle::Strange, UserHandle::User),
        }
    }
}

/// See [`Assertion::user_handle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserHandle {
    Absent,
    User(Uuid),
    /// Not a user handle of this service.
    Strange,
}

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Both spellings of the id are one, and it is a public key's.
fn check_ids(id: &str, raw_id: &[u8], kind: &str) -> Result<(), Malformed> {
    let is_whole = (1..=MAX_ID).contains(&raw_id.len()) && kind == "public-key" && id == encode(raw_id);
    if is_whole { Ok(()) } else { Err(Malformed) }
}
