//! Passkeys: the ceremonies of WebAuthn (Level 3), and what is kept of a credential.
//!
//! The library compares type, challenge, origin, RP id hash, user presence and verification, algorithm, backup flags,
//! signature and counter. The challenge is ours (`authn::ceremony`). What it leaves to its caller is done here: that
//! the answer is complete and consistent, comes from no frame of another site, and is of a credential that can be
//! discovered (`response.rs`). An attestation that was not asked for is removed first (`unattested.rs`). That a
//! credential belongs to the user and to no other, and that a ceremony counts once, within its time, is checked in the
//! database.
//!
//! Every ceremony asks for user verification, so that every passkey is two factors by itself.

mod response;
mod unattested;

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{
    CreationChallengeResponse, Credential, DiscoverableAuthentication, Passkey, PasskeyRegistration,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

pub use response::{Assertion, Attestation, Malformed, UserHandle};

use crate::config;

/// Offset and length of the AAGUID in authenticator data (WebAuthn §6.1, §6.5.1).
const AAGUID: std::ops::Range<usize> = 37..53;
/// Where browsers find the challenge.
const OPTIONS: &str = "/publicKey/challenge";
/// How many transports of an authenticator are kept; the standard names fewer.
const MAX_TRANSPORTS: usize = 8;

/// The settings do not describe a relying party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("webauthn.rp_id and webauthn.origins do not go together")]
pub struct BadRelyingParty;

/// Why a ceremony is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyRefused {
    /// The check that failed; a word for the security event.
    #[error("the {0} is not right")]
    Failed(&'static str),
    /// The credential was used before with a higher counter: there may be a copy of it (WebAuthn §6.1.1).
    #[error("the signature counter did not go forward")]
    CounterRegressed,
    /// What we kept of it cannot be read.
    #[error("a stored ceremony or credential is damaged")]
    Damaged,
}

impl PasskeyRefused {
    /// The reason in the security event.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Failed(check) => check,
            Self::CounterRegressed => "counter_regressed",
            Self::Damaged => "damaged",
        }
    }
}

/// The service, as authenticators know it.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    webauthn: Webauthn,
    /// As browsers write them.
    origins: Vec<String>,
}

/// The owner of a new passkey.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// The user handle: opaque, and the same for ever (WebAuthn §14.6.1).
    pub id: Uuid,
    pub name: &'a str,
    pub display_name: &'a str,
}

/// A credential as it is stored: its public key, counter and flags.
#[derive(Clone)]
pub struct PasskeyRecord(Passkey);

/// A credential that was just made.
#[derive(Clone)]
pub struct NewCredential {
    pub id: Vec<u8>,
    pub record: PasskeyRecord,
    /// The authenticator's model (AAGUID), if it names one.
    pub aaguid: Option<Uuid>,
}

impl RelyingParty {
    /// # Errors
    /// [`BadRelyingParty`].
    pub fn new(config: &config::Webauthn) -> Result<Self, BadRelyingParty> {
        let origins: Vec<_> = config.accepted_origins().collect();
        // The library wants one origin within the domain, but a service may have native apps only. What is accepted is
        // compared with `origins` before.
        let own = Url::parse(&format!("https://{}", config.rp_id)).map_err(|_| BadRelyingParty)?;
        let builder = WebauthnBuilder::new(&config.rp_id, &own).map_err(|_| BadRelyingParty)?;
        let builder = builder.rp_name(&config.rp_name).timeout(config.ceremony_ttl);
        let builder =
            origins.iter().fold(builder, |builder, origin| builder.append_allowed_origin(origin.url()));
        let webauthn = builder.build().map_err(|_| BadRelyingParty)?;
        Ok(Self { webauthn, origins: origins.iter().map(ToString::to_string).collect() })
    }

    /// Asks for a new credential that can be discovered, from an authenticator that has none of `known`; gives the
    /// options for the browser, `{"publicKey": …}`, with this challenge.
    ///
    /// # Errors
    /// [`PasskeyRefused::Damaged`] if the owner has no name.
    pub fn begin_registration(
        &self,
        owner: Owner<'_>,
        known: Vec<Vec<u8>>,
        challenge: &[u8],
    ) -> Result<Value, PasskeyRefused> {
        let (options, _) = self.registration(owner, known)?;
        let mut options = with_challenge(&options, OPTIONS, challenge)?;
        // The library asks for credentials that need not be found; ours log in without a name.
        if let Some(selection) = options.pointer_mut("/publicKey/authenticatorSelection") {
            selection["residentKey"] = json!("required");
            selection["requireResidentKey"] = json!(true);
        }
        Ok(options)
    }

    fn registration(
        &self,
        owner: Owner<'_>,
        known: Vec<Vec<u8>>,
    ) -> Result<(CreationChallengeResponse, PasskeyRegistration), PasskeyRefused> {
        self.webauthn
            .start_passkey_registration(owner.id, owner.name, owner.display_name, Some(known))
            .map_err(|_| PasskeyRefused::Damaged)
    }

    /// Checks that a credential was created for this challenge and this owner. That it is not registered already is
    /// checked in the database.
    ///
    /// # Errors
    /// [`PasskeyRefused`].
    pub fn finish_registration(
        &self,
        owner: Owner<'_>,
        challenge: &[u8],
        attestation: &Attestation,
    ) -> Result<NewCredential, PasskeyRefused> {
        attestation.client_data.check(&self.origins)?;
        if attestation.is_hidden() {
            return Err(PasskeyRefused::Failed("resident_key"));
        }
        // All of the library's state but the challenge is the same each time.
        let (_, state) = self.registration(owner, Vec::new())?;
        let state: PasskeyRegistration = from_value(with_challenge(&state, "/rs/challenge", challenge)?)?;
        let passkey = self
            .webauthn
            .finish_passkey_registration(&unattested(&attestation.credential)?, &state)
            .map_err(refusal)?;
        let mut credential = Credential::from(passkey);
        if credential.cred_id != attestation.credential.raw_id {
            return Err(PasskeyRefused::Failed("credential_id"));
        }
        // Without one the library drops the transports; they are hints, and browsers ask for them.
        credential.transports = attestation.credential.response.transports.clone();
        if let Some(transports) = &mut credential.transports {
            transports.truncate(MAX_TRANSPORTS);
        }
        Ok(NewCredential {
            id: credential.cred_id.clone(),
            aaguid: aaguid(&attestation.credential.response.attestation_object),
            record: PasskeyRecord(credential.into()),
        })
    }

    /// Asks for one of these credentials, or for any that the browser finds, if there are none. Gives the options for the
    /// browser, `{"publicKey": …}`, with this challenge.
    ///
    /// # Errors
    /// [`PasskeyRefused::Damaged`].
    pub fn begin_authentication(
        &self,
        allowed: &[PasskeyRecord],
        challenge: &[u8],
    ) -> Result<Value, PasskeyRefused> {
        let (options, _) =
            self.webauthn.start_discoverable_authentication().map_err(|_| PasskeyRefused::Damaged)?;
        let mut options = with_challenge(&options, OPTIONS, challenge)?;
        if let Some(members) = options.as_object_mut() {
            // The page decides whether the browser offers them in the field for the name.
            members.remove("mediation");
        }
        if let Some(request) = options.pointer_mut("/publicKey").and_then(Value::as_object_mut) {
            request.remove("extensions");
            request.insert(
                "allowCredentials".to_owned(),
                allowed.iter().map(PasskeyRecord::descriptor).collect(),
            );
        }
        Ok(options)
    }

    /// Verifies an assertion for this challenge by the stored credential; returns the credential as it is afterwards.
    ///
    /// # Errors
    /// [`PasskeyRefused`].
    pub fn finish_authentication(
        &self,
        challenge: &[u8],
        assertion: &Assertion,
        record: &PasskeyRecord,
    ) -> Result<PasskeyRecord, PasskeyRefused> {
        assertion.client_data.check(&self.origins)?;
        let (_, state) =
            self.webauthn.start_discoverable_authentication().map_err(|_| PasskeyRefused::Damaged)?;
        let state = with_challenge(&state, "/ast/challenge", challenge)?;
        let state: DiscoverableAuthentication = from_value(state)?;
        let result = self
            .webauthn
            .finish_discoverable_authentication_v2(&assertion.credential, state, &record.0)
            .map_err(refusal)?;
        let mut used = record.clone();
        used.0.update_credential(&result).ok_or(PasskeyRefused::Failed("credential_id"))?;
        Ok(used)
    }
}

impl PasskeyRecord {
    /// Reads the text of [`PasskeyRecord::text`].
    ///
    /// # Errors
    /// [`PasskeyRefused::Damaged`].
    pub fn parse(text: &str) -> Result<Self, PasskeyRefused> {
        serde_json::from_str(text).map(Self).map_err(|_| PasskeyRefused::Damaged)
    }

    /// The text that is stored.
    ///
    /// # Errors
    /// [`PasskeyRefused::Damaged`].
    pub fn text(&self) -> Result<String, PasskeyRefused> {
        serde_json::to_string(&self.0).map_err(|_| PasskeyRefused::Damaged)
    }

    /// Whether the authenticator may copy it to others.
    pub fn backup_eligible(&self) -> bool {
        Credential::from(self.0.clone()).backup_eligible
    }

    /// Whether it has.
    pub fn backed_up(&self) -> bool {
        Credential::from(self.0.clone()).backup_state
    }

    /// WebAuthn §5.8.3
    fn descriptor(&self) -> Value {
        let credential = Credential::from(self.0.clone());
        let mut descriptor = json!({ "type": "public-key", "id": response::encode(&credential.cred_id) });
        if let Some(transports) = credential.transports {
            descriptor["transports"] = json!(transports);
        }
        descriptor
    }
}

impl std::fmt::Debug for PasskeyRecord {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasskeyRecord")
    }
}

/// The answer with an attestation object that attests nothing.
fn unattested(
    credential: &RegisterPublicKeyCredential,
) -> Result<RegisterPublicKeyCredential, PasskeyRefused> {
    let mut credential = credential.clone();
    let object = unattested::without_attestation(&credential.response.attestation_object);
    credential.response.attestation_object = object.ok_or(PasskeyRefused::Failed("form"))?;
    Ok(credential)
}

/// The authenticator's model in the attestation object, which the library has read before.
fn aaguid(attestation_object: &[u8]) -> Option<Uuid> {
    let model = unattested::authenticator_data(attestation_object)?.get(AAGUID)?;
    Uuid::from_slice(model).ok().filter(|model| !model.is_nil())
}

/// The check that has failed, by what the library says.
fn refusal(error: WebauthnError) -> PasskeyRefused {
    PasskeyRefused::Failed(match error {
        WebauthnError::CredentialPossibleCompromise => return PasskeyRefused::CounterRegressed,
        WebauthnError::InvalidClientDataType => "type",
        WebauthnError::MismatchedChallenge => "challenge",
        WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => "origin",
        WebauthnError::InvalidRPIDHash => "rp_id",
        WebauthnError::UserNotPresent => "user_presence",
        WebauthnError::UserNotVerified => "user_verification",
        WebauthnError::AuthenticationFailure => "signature",
        WebauthnError::CredentialAlteredAlgFromRequest
        | WebauthnError::COSEKeyInvalidAlgorithm
        | WebauthnError::COSEKeyInvalidType
        | WebauthnError::COSEKeyEDUnsupported
        | WebauthnError::COSEKeyECDSAInvalidCurve
        | WebauthnError::COSEKeyEDDSAInvalidCurve
        | WebauthnError::COSEKeyEDDSAXInvalid
        | WebauthnError::SshPublicKeyEDUnsupported => "algorithm",
        WebauthnError::CredentialBackupEligibilityInconsistent
        | WebauthnError::CredentialMayNotBeHardwareBound => "backup_flags",
        WebauthnError::CredentialNotFound => "credential_id",
        _ => "form",
    })
}

/// The library's value as JSON, with our challenge instead of its own.
fn with_challenge(value: &impl Serialize, pointer: &str, challenge: &[u8]) -> Result<Value, PasskeyRefused> {
    let mut value = serde_json::to_value(value).map_err(|_| PasskeyRefused::Damaged)?;
    *value.pointer_mut(pointer).ok_or(PasskeyRefused::Damaged)? = json!(response::encode(challenge));
    Ok(value)
}

fn from_value<T: serde::de::DeserializeOwned>(state: Value) -> Result<T, PasskeyRefused> {
    serde_json::from_value(state).map_err(|_| PasskeyRefused::Damaged)
}
