//! An authenticator app as second factor: begun, confirmed by a code, used, removed.

use serde_json::json;
use uuid::Uuid;

use super::factor_proof::{Verdict, factor_detail};
use super::{Authn, FactorError, addressee};
use crate::crypto::password::HashError;
use crate::crypto::totp::TotpSecret;
use crate::delivery::Unsealable;
use crate::model::account::Status;
use crate::model::factor::Factor;
use crate::model::notice::{Notice, Place};
use crate::model::revocation::RevokeReason;
use crate::model::sealed_row::SealedRow;
use crate::model::security_event::{EventKind, Origin};
use crate::picture::qr;
use crate::secret::Secret;
use crate::session::message::StepUp;
use crate::store::account::Account;
use crate::store::factor::{FactorRemoval, Removed, RemovedFactor};
use crate::store::sealed_value::{Replacement, SealedValue};
use crate::store::totp::{Confirmed, StoredTotp, TotpConfirmation};
use crate::store::{StoreError, Trail};

/// Who enrols or removes a factor, from which session.
#[derive(Clone, Debug)]
pub struct FactorOwner {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub origin: Origin,
}

/// What the app is given. Shown once.
#[derive(Debug)]
pub struct TotpEnrollment {
    /// In base 32, for who types it.
    pub secret: Secret<String>,
    pub otpauth_uri: Secret<String>,
    /// The URI as a QR code.
    pub qr_svg: Secret<String>,
}

/// Why a factor is not enrolled or removed.
#[derive(Debug, thiserror::Error)]
pub enum EnrollmentError {
    #[error("there is such a factor already")]
    AlreadyEnrolled,
    #[error("no enrolment was begun")]
    NotBegun,
    #[error("the code is wrong")]
    CodeInvalid,
    /// It is the last one, and the policy asks for one.
    #[error("the policy asks for a second factor")]
    Required,
    #[error("the account may not act")]
    NoAccount,
    #[error("too many secrets are waiting to be hashed")]
    Overloaded,
    #[error("an enrolment failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HashError> for EnrollmentError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::Overloaded,
            HashError::Failed => Self::Internal("hashing backup codes"),
        }
    }
}

impl From<Unsealable> for EnrollmentError {
    fn from(_: Unsealable) -> Self {
        Self::Internal("sealing")
    }
}

impl Authn {
    /// Begins an enrolment, in place of one that was never confirmed. It is no factor yet.
    ///
    /// # Errors
    /// [`EnrollmentError`].
    pub async fn begin_totp(&self, owner: &FactorOwner) -> Result<TotpEnrollment, EnrollmentError> {
        let account = self.enrolling(owner.user_id).await?;
        let secret = TotpSecret::generate(self.entropy.as_ref());
        let uri = secret.uri(&self.mfa.issuer, &account.user.email);
        let otpauth_uri = uri.map_err(|_| EnrollmentError::Internal("making an otpauth URI"))?;
        let picture = qr::svg(otpauth_uri.expose()).map(Secret::new);
        let qr_svg = picture.ok_or(EnrollmentError::Internal("drawing a QR code"))?;
        let sealed = self.seal_totp(owner.user_id, &secret)?;
        if !self.store.begin_totp(owner.user_id, &sealed, self.clock.now()).await? {
            return Err(EnrollmentError::AlreadyEnrolled);
        }
        Ok(TotpEnrollment { secret: secret.base32(), otpauth_uri, qr_svg })
    }

    /// Makes the enrolment count once its app has shown a right code, which is spent thereby. Gives back the
    /// backup codes if the account has none yet; the session rests on two factors from its next refresh on.
    ///
    /// # Errors
    /// [`EnrollmentError`].
    pub async fn confirm_totp(
        &self,
        owner: &FactorOwner,
        code: &Secret<String>,
    ) -> Result<Option<Vec<Secret<String>>>, EnrollmentError> {
        let account = self.enrolling(owner.user_id).await?;
        let stored = self.store.totp(owner.user_id).await?.ok_or(EnrollmentError::NotBegun)?;
        if stored.confirmed_at.is_some() {
            return Err(EnrollmentError::AlreadyEnrolled);
        }
        let secret = self.open_totp(owner.user_id, &stored).map_err(EnrollmentError::Internal)?;
        let at = self.clock.now();
        let step = secret.matched_step(code.expose(), at).ok_or(EnrollmentError::CodeInvalid)?;
        let set = self.first_backup_codes::<EnrollmentError>(owner.user_id).await?;
        let (codes, hashes) = set.map(|set| (set.codes, set.hashes)).unzip();
        let confirmation = TotpConfirmation {
            user_id: owner.user_id,
            sealed: stored.sealed,
            step,
            at,
            codes: hashes,
            trail: self.factor_trail(&account, owner, Factor::Totp, true)?,
        };
        let Confirmed::Yes { with_codes } = self.store.confirm_totp(&confirmation).await? else {
            return Err(EnrollmentError::NotBegun);
        };
        self.raise_session(&account, owner, Factor::Totp).await;
        Ok(codes.filter(|_| with_codes))
    }

    /// Removes the app; a begun enrolment too. With the last strong factor the backup codes and the phone go.
    /// Ends the user's other sessions. To remove what is not there is fine; the last strong factor stays where the
    /// policy asks for one.
    ///
    /// # Errors
    /// [`EnrollmentError`].
    pub async fn remove_totp(&self, owner: &FactorOwner) -> Result<(), EnrollmentError> {
        let account = self.enrolling(owner.user_id).await?;
        let removal = self.removal(&account, owner, Factor::Totp, RemovedFactor::Totp)?;
        match self.store.remove_factor(&removal).await? {
            Removed::Done(ended) => {
                self.sessions.enforce(&ended);
                // The one that stays moved on with the user's epoch; its actor must read that.
                self.sessions.registry.forget(&[owner.session_id]);
                Ok(())
            }
            Removed::Absent => Ok(()),
            Removed::Required => Err(EnrollmentError::Required),
        }
    }

    pub(super) async fn check_totp(
        &self,
        user_id: Uuid,
        code: &Secret<String>,
    ) -> Result<Verdict, FactorError> {
        let stored = self.store.totp(user_id).await?.filter(|totp| totp.confirmed_at.is_some());
        let Some(stored) = stored else { return Ok(Verdict::Wrong) };
        let secret = self.open_totp(user_id, &stored).map_err(FactorError::Internal)?;
        let at = self.clock.now();
        let Some(step) = secret.matched_step(code.expose(), at) else { return Ok(Verdict::Wrong) };
        if !self.store.spend_totp_step(user_id, step, at).await? {
            return Ok(Verdict::Spent);
        }
        self.reseal_totp(user_id, stored.sealed).await;
        Ok(Verdict::Right)
    }

    /// A secret that is used moves under the active master key. If it does not, the next use does it.
    async fn reseal_totp(&self, user_id: Uuid, sealed: Vec<u8>) {
        let row = SealedRow::TotpAuthenticator(user_id);
        let resealed = self.postbox.master.reseal(self.entropy.as_ref(), &row.to_string(), &sealed);
        let Ok(Some(new)) = resealed else { return };
        let replacement = Replacement { old: SealedValue { row, sealed }, new };
        if let Err(error) = self.store.replace_sealed(&[replacement]).await {
            tracing::warn!(%user_id, %error, "a TOTP secret stays under a previous master key");
        }
    }

    /// The account, if it may act.
    pub(super) async fn enrolling(&self, user_id: Uuid) -> Result<Account, EnrollmentError> {
        let account = self.store.account_by_id(user_id).await?;
        account.filter(|account| account.status == Status::Active).ok_or(EnrollmentError::NoAccount)
    }

    /// The event, and the mail to the owner.
    pub(super) fn factor_trail(
        &self,
        account: &Account,
        owner: &FactorOwner,
        factor: Factor,
        added: bool,
    ) -> Result<Trail, Unsealable> {
        let (at, place) = (self.moment(), Place::of(&owner.origin));
        let name = factor.as_str().to_owned();
        let (kind, notice) = if added {
            (EventKind::FactorEnrolled, Notice::FactorAdded { factor: name, at, place })
        } else {
            (EventKind::FactorRemoved, Notice::FactorRemoved { factor: name, at, place })
        };
        let event = self.event(kind, owner.origin.clone()).about(owner.user_id).by(owner.user_id);
        let event = event.in_session(owner.session_id).with(factor_detail(factor, json!({})));
        Ok(Trail::of(event).telling(self.postbox.mail(&addressee(account), notice)?))
    }

    pub(super) fn removal(
        &self,
        account: &Account,
        owner: &FactorOwner,
        factor: Factor,
        removed: RemovedFactor,
    ) -> Result<FactorRemoval, Unsealable> {
        let (user, session) = (owner.user_id, owner.session_id);
        let ending = self.sessions.ending(user, Some(session), RevokeReason::FactorRemoved, true);
        let trail = self.factor_trail(account, owner, factor, false)?;
        Ok(FactorRemoval { factor: removed, ending, policy: self.mfa.policy, trail })
    }

    /// The session in which a factor was enrolled has proven it. If that cannot be written, the session stays
    /// what it was, and its owner steps up when asked.
    pub(super) async fn raise_session(&self, account: &Account, owner: &FactorOwner, factor: Factor) {
        let step_up = StepUp {
            methods: factor.amr(),
            credential_epoch: account.credential_epoch,
            attempt: None,
            origin: owner.origin.clone(),
        };
        if let Err(error) = self.sessions.step_up(owner.session_id, step_up).await {
            tracing::info!(%error, session_id = %owner.session_id, "a session was not raised by its enrolment");
        }
    }

    fn seal_totp(&self, user_id: Uuid, secret: &TotpSecret) -> Result<Vec<u8>, EnrollmentError> {
        let sealed = self.postbox.master.seal(
            self.entropy.as_ref(),
            &SealedRow::TotpAuthenticator(user_id).to_string(),
            secret.as_bytes(),
        );
        sealed.map_err(|_| EnrollmentError::Internal("sealing a secret"))
    }

    fn open_totp(&self, user_id: Uuid, stored: &StoredTotp) -> Result<TotpSecret, &'static str> {
        let opened =
            self.postbox.master.open(&SealedRow::TotpAuthenticator(user_id).to_string(), &stored.sealed);
        let secret = opened.ok().and_then(|bytes| TotpSecret::from_bytes(&bytes));
        secret.ok_or("opening a TOTP secret")
    }
}
