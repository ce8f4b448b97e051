//! Enrollment of a passkey in a session.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Passkeys;
use super::ceremony::{Bond, CeremonyError, CeremonyPurpose};
use crate::authn::mfa::factor_change::{NAMELESS_PASSKEY, OwnFactor};
use crate::authn::mfa::factor_detail;
use crate::clock::Timestamp;
use crate::crypto::password::HashError;
use crate::crypto::webauthn::{Attestation, Malformed, NewCredential, Owner, PasskeyRefused};
use crate::model::device::{Device, plain_name};
use crate::model::factor::Factor;
use crate::model::passkey::{self, CeremonyKind, MAX_PASSKEYS};
use crate::model::principal::{ActingSession, Principal};
use crate::model::security_event::{EventKind, RequestContext};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::authenticator::passkey::{NewPasskey, NewPasskeyOutcome, StoredPasskey};
use crate::store::credential::link::LinkUse;
use crate::store::{Effects, StoreError};
use crate::telemetry::metrics::EnrollmentOutcome;

/// What the client sent.
#[derive(Debug)]
pub struct PasskeyRequest {
    /// In the session that began the ceremony.
    pub principal: Principal,
    pub ceremony: Uuid,
    /// The answer of `navigator.credentials.create()`.
    pub credential: Value,
    pub name: Option<String>,
    /// The link that admits it, where the session has not authenticated a short while ago.
    pub link: Option<LinkUse>,
}

/// Why a passkey is not enrolled, renamed or removed.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The ceremony is unknown, of another session, for another purpose, spent or expired: one answer for all of them.
    #[error("the ceremony cannot be finished")]
    CeremonyInvalid,
    /// The link that was to admit it has stopped working.
    #[error("the link does not work")]
    LinkInvalid,
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Refused(PasskeyRefused),
    #[error("this credential is registered already")]
    Duplicate,
    #[error("an account has at most {MAX_PASSKEYS} passkeys")]
    TooMany,
    #[error("the name is not valid")]
    InvalidName,
    #[error("there is no such passkey")]
    NotFound,
    /// It is the last second factor, and the policy requires one.
    #[error("the policy requires a second factor")]
    Required,
    /// The account is gone or no longer active, or the session was revoked.
    #[error("there is no account to change")]
    NoAccount,
    #[error("too many secrets are waiting to be hashed")]
    Overloaded,
    #[error("internal error in a passkey: {0}")]
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
            PasskeyRefused::Damaged => Self::Internal("the state of a ceremony"),
            refusal => Self::Refused(refusal),
        }
    }
}

impl Passkeys {
    /// Begins an enrollment; gives the ceremony's id, and the options for the browser. Nothing is written.
    ///
    /// # Errors
    /// [`PasskeyError`].
    pub async fn begin_enrollment(
        &self,
        acting_session: ActingSession,
    ) -> Result<(Uuid, Value), PasskeyError> {
        let ActingSession { user_id, session_id } = acting_session;
        let account = self.env.acting_account(acting_session).await?.ok_or(PasskeyError::NoAccount)?;
        let known = self.env.store.passkeys(user_id).await?;
        if known.len() as u64 >= MAX_PASSKEYS {
            return Err(PasskeyError::TooMany);
        }
        let known = known.into_iter().map(|passkey| passkey.credential_id).collect();
        let begun = self.verifier.ceremonies.begin(purpose(user_id, session_id))?;
        let options =
            self.verifier.relying_party.begin_registration(owner(&account), known, &begun.challenge)?;
        self.env.metrics.enrollment.count(Factor::Webauthn, EnrollmentOutcome::Begun);
        self.note_begun(begun.id);
        Ok((begun.id, options))
    }

    /// Adds the passkey that the ceremony has created. Returns the backup codes if the account has none that works.
    ///
    /// # Errors
    /// [`PasskeyError`]; then the ceremony still works, unless it was spent before.
    pub async fn enroll(
        &self,
        request: PasskeyRequest,
    ) -> Result<(StoredPasskey, Option<Vec<Secret<String>>>), PasskeyError> {
        let account = self
            .env
            .acting_account(request.principal.acting_session)
            .await?
            .ok_or(PasskeyError::NoAccount)?;
        let attestation = Attestation::parse(&request.credential)?;
        let (purpose, challenge) =
            (purpose(request.principal.user_id(), request.principal.session_id()), attestation.challenge());
        let ceremony = self.verifier.ceremonies.find(purpose, &challenge).await?;
        let ceremony = ceremony.filter(|found| found.id == request.ceremony);
        let ceremony = ceremony.ok_or(PasskeyError::CeremonyInvalid)?;
        let made = match self.verifier.relying_party.finish_registration(
            owner(&account),
            &challenge,
            &attestation,
        ) {
            Ok(made) => made,
            Err(refusal) => return Err(self.refuse_enrollment(&request, refusal).await),
        };
        let passkey = self.new_passkey(&request, made)?;
        let set = self.backup_codes.first_set::<PasskeyError>(request.principal.user_id()).await?;
        let (codes, hashes) = set.map(|set| (set.codes, set.hashes)).unzip();
        let new = NewPasskey {
            session_id: request.principal.session_id(),
            ceremony,
            link: request.link,
            codes: hashes,
            effects: self.changes.addition(&account, &request.principal, OwnFactor::Passkey(&passkey))?,
            passkey,
        };
        let with_codes = match self.env.store.add_passkey(&new).await {
            Ok(NewPasskeyOutcome::Added { with_codes }) => with_codes,
            Ok(NewPasskeyOutcome::CeremonySpent) => return Err(PasskeyError::CeremonyInvalid),
            Ok(NewPasskeyOutcome::LinkInvalid) => return Err(PasskeyError::LinkInvalid),
            Ok(NewPasskeyOutcome::TooMany) => return Err(PasskeyError::TooMany),
            Ok(NewPasskeyOutcome::NotActive) => return Err(PasskeyError::NoAccount),
            Err(StoreError::Duplicate) => return Err(PasskeyError::Duplicate),
            Err(error) => return Err(error.into()),
        };
        let after = new.passkey.created_at.since(begun_at(request.ceremony));
        self.env.metrics.enrollment.confirmed(Factor::Webauthn, after);
        Ok((new.passkey, codes.filter(|_| with_codes)))
    }

    async fn refuse_enrollment(&self, request: &PasskeyRequest, refusal: PasskeyRefused) -> PasskeyError {
        let detail = json!({ "for": CeremonyKind::Registration.as_str(), "reason": refusal.reason() });
        let event = self.env.event_by(&request.principal, EventKind::FactorFailed);
        let event = event.with(factor_detail(Factor::Webauthn, detail));
        self.env.metrics.enrollment.count(Factor::Webauthn, EnrollmentOutcome::Failed);
        match self.env.store.record(&Effects::of(event)).await {
            Ok(()) => refusal.into(),
            Err(error) => error.into(),
        }
    }

    fn new_passkey(
        &self,
        request: &PasskeyRequest,
        made: NewCredential,
    ) -> Result<StoredPasskey, PasskeyError> {
        let now = self.env.now();
        let name = match &request.name {
            Some(name) => plain_name(name).ok_or(PasskeyError::InvalidName)?,
            None => default_name(made.aaguid, &request.principal.context),
        };
        Ok(StoredPasskey {
            id: self.env.new_id(),
            user_id: request.principal.user_id(),
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

/// A ceremony's id tells when it was begun (RFC 9562 §5.7).
fn begun_at(ceremony: Uuid) -> Timestamp {
    let seconds = ceremony.get_timestamp().map_or(0, |time| time.to_unix().0);
    Timestamp::from_unix_seconds(i64::try_from(seconds).unwrap_or(0))
}

/// An enrollment belongs to one session.
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

/// The passkey's provider if it is known, otherwise the device on which it was created.
fn default_name(aaguid: Option<Uuid>, context: &RequestContext) -> String {
    let provider = aaguid.and_then(passkey::provider).map(str::to_owned);
    let device = || Device::describe(None, context.user_agent.as_deref()).summary();
    provider.or_else(device).unwrap_or_else(|| NAMELESS_PASSKEY.to_owned())
}
