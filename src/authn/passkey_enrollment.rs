//! A session's user adds a passkey.

use serde_json::{Value, json};
use uuid::Uuid;

use super::ceremony::{Bond, CeremonyError, CeremonyPurpose};
use super::factor_owner::{NAMELESS_PASSKEY, OwnFactor};
use super::factor_proof::factor_detail;
use super::{Authn, FactorOwner};
use crate::crypto::password::HashError;
use crate::crypto::webauthn::{Attestation, Malformed, NewCredential, Owner, PasskeyRefused};
use crate::entropy::uuid_v7;
use crate::model::device::{Device, plain_name};
use crate::model::factor::Factor;
use crate::model::passkey::{self, CeremonyKind, MAX_PASSKEYS};
use crate::model::security_event::{EventKind, RequestContext};
use crate::notification::Unsealable;
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::authenticator::passkey::{Added, NewPasskey, StoredPasskey};
use crate::store::{Effects, StoreError};

/// What the client sent.
#[derive(Debug)]
pub struct PasskeyRequest {
    /// With the session that began the ceremony.
    pub owner: FactorOwner,
    pub ceremony: Uuid,
    /// The answer of `navigator.credentials.create()`.
    pub credential: Value,
    pub name: Option<String>,
}

/// Why a passkey is not added, renamed or removed.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// Unknown, another session's, begun for something else, spent or expired: one answer.
    #[error("the ceremony cannot be finished")]
    CeremonyInvalid,
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Refused(PasskeyRefused),
    #[error("this credential is registered already")]
    Duplicate,
    #[error("an account has {MAX_PASSKEYS} passkeys at most")]
    TooMany,
    #[error("this is no name")]
    InvalidName,
    #[error("there is no such passkey")]
    NotFound,
    /// It is the last second factor, and the policy asks for one.
    #[error("the policy asks for a second factor")]
    Required,
    /// The account is gone, or may not act any more, or the session has ended.
    #[error("there is no account to change")]
    NoAccount,
    #[error("too many secrets are waiting to be hashed")]
    Overloaded,
    #[error("a passkey failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HashError> for PasskeyError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::Overloaded,
            HashError::Failed => Self::Internal("hashing backup codes"),
        }
    }
}

impl From<CeremonyError> for PasskeyError {
    fn from(error: CeremonyError) -> Self {
        match error {
            CeremonyError::Sealing => Self::Internal("sealing a ceremony"),
            CeremonyError::Store(error) => Self::Store(error),
        }
    }
}

impl From<PasskeyRefused> for PasskeyError {
    fn from(refusal: PasskeyRefused) -> Self {
        match refusal {
            PasskeyRefused::Damaged => Self::Internal("a ceremony's state"),
            refusal => Self::Refused(refusal),
        }
    }
}

impl From<Unsealable> for PasskeyError {
    fn from(_: Unsealable) -> Self {
        Self::Internal("sealing a mail")
    }
}

impl Authn {
    /// Begins a registration; gives the ceremony's id, and the options for the browser. Nothing is written.
    ///
    /// # Errors
    /// [`PasskeyError`].
    pub async fn begin_passkey_enrollment(
        &self,
        user_id: Uuid,
        session_id: Uuid,
    ) -> Result<(Uuid, Value), PasskeyError> {
        let account = self.acting(user_id, session_id).await?.ok_or(PasskeyError::NoAccount)?;
        let known = self.store.passkeys(user_id).await?;
        if known.len() as u64 >= MAX_PASSKEYS {
            return Err(PasskeyError::TooMany);
        }
        let known = known.into_iter().map(|passkey| passkey.credential_id).collect();
        let begun = self.begin_ceremony(purpose(user_id, session_id))?;
        let options = self.relying_party.begin_registration(owner(&account), known, &begun.challenge)?;
        Ok((begun.id, options))
    }

    /// Adds the passkey that the ceremony has made. It was proven just now, so the session is stepped up. Gives
    /// back the backup codes if the account has none that works.
    ///
    /// # Errors
    /// [`PasskeyError`]; then the ceremony is as good as before, unless it was spent already.
    pub async fn enroll_passkey(
        &self,
        request: PasskeyRequest,
    ) -> Result<(StoredPasskey, Option<Vec<Secret<String>>>), PasskeyError> {
        let account = self
            .acting(request.owner.user_id, request.owner.session_id)
            .await?
            .ok_or(PasskeyError::NoAccount)?;
        let attestation = Attestation::parse(&request.credential)?;
        let (purpose, challenge) =
            (purpose(request.owner.user_id, request.owner.session_id), attestation.challenge());
        let ceremony = self.find_ceremony(purpose, &challenge).await?;
        let ceremony = ceremony.filter(|found| found.id == request.ceremony);
        let ceremony = ceremony.ok_or(PasskeyError::CeremonyInvalid)?;
        let made = match self.relying_party.finish_registration(owner(&account), &challenge, &attestation) {
            Ok(made) => made,
            Err(refusal) => return Err(self.refuse_enrollment(&request, refusal).await),
        };
        let passkey = self.new_passkey(&request, made)?;
        let set = self.first_backup_codes::<PasskeyError>(request.owner.user_id).await?;
        let (codes, hashes) = set.map(|set| (set.codes, set.hashes)).unzip();
        let new = NewPasskey {
            session_id: request.owner.session_id,
            ceremony,
            codes: hashes,
            effects: self.addition(&account, &request.owner, OwnFactor::Passkey(&passkey))?,
            passkey,
        };
        let with_codes = match self.store.add_passkey(&new).await {
            Ok(Added::Added { with_codes }) => with_codes,
            Ok(Added::CeremonySpent) => return Err(PasskeyError::CeremonyInvalid),
            Ok(Added::TooMany) => return Err(PasskeyError::TooMany),
            Ok(Added::NotActive) => return Err(PasskeyError::NoAccount),
            Err(StoreError::Duplicate) => return Err(PasskeyError::Duplicate),
            Err(error) => return Err(error.into()),
        };
        Ok((new.passkey, codes.filter(|_| with_codes)))
    }

    async fn refuse_enrollment(&self, request: &PasskeyRequest, refusal: PasskeyRefused) -> PasskeyError {
        let detail = json!({ "for": CeremonyKind::Registration.as_str(), "reason": refusal.reason() });
        let event = self.owner_event(EventKind::FactorFailed, &request.owner);
        let event = event.with(factor_detail(Factor::Webauthn, detail));
        match self.store.record(&Effects::of(event)).await {
            Ok(()) => refusal.into(),
            Err(error) => error.into(),
        }
    }

    fn new_passkey(
        &self,
        request: &PasskeyRequest,
        made: NewCredential,
    ) -> Result<StoredPasskey, PasskeyError> {
        let now = self.clock.now();
        let name = match &request.name {
            Some(name) => plain_name(name).ok_or(PasskeyError::InvalidName)?,
            None => default_name(made.aaguid, &request.owner.context),
        };
        Ok(StoredPasskey {
            id: uuid_v7(self.entropy.as_ref(), now),
            user_id: request.owner.user_id,
            credential_id: made.id,
            name,
            credential: made.record.text()?,
            aaguid: made.aaguid,
            backup_eligible: made.record.backup_eligible(),
            backed_up: made.record.backed_up(),
            created_at: now,
            last_used_at: None,
        })
    }
}

/// A session's registrations are its own.
const fn purpose(user_id: Uuid, session_id: Uuid) -> CeremonyPurpose {
    CeremonyPurpose::of(CeremonyKind::Registration, Bond { user_id, flow_id: session_id })
}

fn owner(account: &Account) -> Owner<'_> {
    Owner {
        id: account.user.id,
        name: &account.user.email,
        display_name: account.display_name.as_deref().unwrap_or(&account.user.email),
    }
}

/// Who keeps it, if that is known; else where it was made.
fn default_name(aaguid: Option<Uuid>, context: &RequestContext) -> String {
    let provider = aaguid.and_then(passkey::provider).map(str::to_owned);
    let device = || Device::describe(None, context.user_agent.as_deref()).summary();
    provider.or_else(device).unwrap_or_else(|| NAMELESS_PASSKEY.to_owned())
}
