//! Authenticator apps (RFC 6238): enrolled, confirmed with a code, verified, removed.

use std::sync::Arc;

use uuid::Uuid;

use super::backup_codes::BackupCodes;
use super::factor::{FactorError, Verdict};
use super::factor_change::{FactorChanges, OwnFactor};
use crate::authn::environment::FlowEnvironment;
use crate::crypto::password::HashError;
use crate::crypto::totp::TotpSecret;
use crate::image::qr;
use crate::model::factor::Factor;
use crate::model::principal::Principal;
use crate::model::sealed_row::SealedRow;
use crate::model::typed_code::six_digits;
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::authenticator::factor::FactorRemovalOutcome;
use crate::store::authenticator::totp::{StoredTotp, TotpConfirmation, TotpConfirmationOutcome};
use crate::store::credential::reauthentication::SpentFactor;
use crate::store::keys::sealed_value::{Replacement, SealedValue};
use crate::telemetry::metrics::EnrollmentOutcome;

/// The secret for the app, shown once.
#[derive(Debug)]
pub struct TotpEnrollment {
    /// In base 32, to be typed.
    pub secret: Secret<String>,
    pub otpauth_uri: Secret<String>,
    /// The URI as a QR code.
    pub qr_svg: Secret<String>,
}

/// Why an app is not enrolled or removed.
#[derive(Debug, thiserror::Error)]
pub enum EnrollmentError {
    #[error("the account has an authenticator app already")]
    AlreadyEnrolled,
    #[error("no enrollment was begun")]
    NotBegun,
    #[error("the code is wrong")]
    CodeInvalid,
    /// It is the last second factor, and the policy requires one.
    #[error("the policy requires a second factor")]
    Required,
    #[error("the account is not active")]
    NoAccount,
    #[error("too many secrets are waiting to be hashed")]
    Overloaded,
    #[error("internal error during an enrollment: {0}")]
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

/// Authenticator apps.
pub struct TotpFactors {
    pub(in crate::authn) env: Arc<FlowEnvironment>,
    /// How the app calls the service.
    pub(in crate::authn) issuer: String,
    pub(in crate::authn) changes: Arc<FactorChanges>,
    pub(in crate::authn) backup_codes: Arc<BackupCodes>,
}

impl TotpFactors {
    /// Begins an enrollment, which replaces one that was never confirmed. The app is not a factor before it is confirmed.
    ///
    /// # Errors
    /// [`EnrollmentError`].
    pub async fn begin(&self, principal: &Principal) -> Result<TotpEnrollment, EnrollmentError> {
        let account =
            self.env.acting_account(principal.acting_session).await?.ok_or(EnrollmentError::NoAccount)?;
        let secret = TotpSecret::generate(self.env.entropy.as_ref());
        let uri = secret.uri(&self.issuer, &account.user.email);
        let otpauth_uri = uri.map_err(|_| EnrollmentError::Internal("making an otpauth URI"))?;
        let picture = qr::svg(otpauth_uri.expose()).map(Secret::new);
        let qr_svg = picture.ok_or(EnrollmentError::Internal("drawing a QR code"))?;
        let sealed = self.seal(principal.user_id(), &secret)?;
        if !self.env.store.begin_totp(principal.acting_session, &sealed, self.env.now()).await? {
            return Err(EnrollmentError::AlreadyEnrolled);
        }
        self.env.metrics.enrollment.count(Factor::Totp, EnrollmentOutcome::Begun);
        Ok(TotpEnrollment { secret: secret.base32(), otpauth_uri, qr_svg })
    }

    /// Confirms the enrollment with a right code of the app, and spends the code. Returns the backup codes if the
    /// account has none yet. The assurance of the session does not change: it rests on two factors only after a step-up.
    ///
    /// # Errors
    /// [`EnrollmentError`].
    pub async fn confirm(
        &self,
        principal: &Principal,
        code: &Secret<String>,
    ) -> Result<Option<Vec<Secret<String>>>, EnrollmentError> {
        let account =
            self.env.acting_account(principal.acting_session).await?.ok_or(EnrollmentError::NoAccount)?;
        let stored = self.env.store.totp(principal.user_id()).await?.ok_or(EnrollmentError::NotBegun)?;
        if stored.confirmed_at.is_some() {
            return Err(EnrollmentError::AlreadyEnrolled);
        }
        let secret = self.open(principal.user_id(), &stored).map_err(EnrollmentError::Internal)?;
        let at = self.env.now();
        let code = six_digits(code.expose()).ok_or(EnrollmentError::CodeInvalid)?;
        let Some(step) = secret.matched_step(code.expose(), at) else {
            self.changes.record_failed_enrollment(principal, Factor::Totp).await?;
            return Err(EnrollmentError::CodeInvalid);
        };
        let set = self.backup_codes.first_set::<EnrollmentError>(principal.user_id()).await?;
        let (codes, hashes) = set.map(|set| (set.codes, set.hashes)).unzip();
        let confirmation = TotpConfirmation {
            user_id: principal.user_id(),
            session_id: principal.session_id(),
            sealed: stored.sealed,
            step,
            at,
            codes: hashes,
            effects: self.changes.addition(&account, principal, OwnFactor::Totp)?,
        };
        let with_codes = match self.env.store.confirm_totp(&confirmation).await? {
            TotpConfirmationOutcome::Yes { with_codes } => with_codes,
            TotpConfirmationOutcome::No => return Err(EnrollmentError::NotBegun),
            TotpConfirmationOutcome::NotActive => return Err(EnrollmentError::NoAccount),
        };
        self.env.metrics.enrollment.confirmed(Factor::Totp, at.since(stored.created_at));
        Ok(codes.filter(|_| with_codes))
    }

    /// Removes the app and revokes the user's other sessions. The last strong factor takes the backup codes and the phone
    /// number with it, and cannot be removed where the policy requires one. An enrollment that was only begun is dropped.
    /// Removing an app that is not there is not an error.
    ///
    /// # Errors
    /// [`EnrollmentError`].
    pub async fn remove(&self, principal: &Principal) -> Result<(), EnrollmentError> {
        let account =
            self.env.acting_account(principal.acting_session).await?.ok_or(EnrollmentError::NoAccount)?;
        match self.changes.remove(&account, principal, OwnFactor::Totp).await? {
            FactorRemovalOutcome::Done(_) | FactorRemovalOutcome::Absent => Ok(()),
            FactorRemovalOutcome::Required => Err(EnrollmentError::Required),
            FactorRemovalOutcome::NotActive => Err(EnrollmentError::NoAccount),
        }
    }

    /// Compares a canonical code with the app's secret.
    pub(in crate::authn) async fn check(
        &self,
        user_id: Uuid,
        code: &Secret<String>,
    ) -> Result<Verdict, FactorError> {
        let stored = self.env.store.totp(user_id).await?.filter(|totp| totp.confirmed_at.is_some());
        let Some(stored) = stored else { return Ok(Verdict::Wrong) };
        let secret = self.open(user_id, &stored).map_err(FactorError::Internal)?;
        let at = self.env.now();
        let Some(step) = secret.matched_step(code.expose(), at) else { return Ok(Verdict::Wrong) };
        if step <= stored.last_step {
            return Ok(Verdict::Spent);
        }
        self.reseal(user_id, stored.sealed).await;
        Ok(Verdict::Right(SpentFactor::Totp { user_id, step, at }))
    }

    /// Seals a secret that was used under the active master key. If that fails, the next use tries again.
    async fn reseal(&self, user_id: Uuid, sealed: Vec<u8>) {
        let row = SealedRow::TotpAuthenticator(user_id);
        let resealed = self.env.composer.master.reseal(self.env.entropy.as_ref(), &row.to_string(), &sealed);
        let Ok(Some(new)) = resealed else { return };
        let replacement = Replacement { old: SealedValue { row, sealed }, new };
        if let Err(error) = self.env.store.replace_sealed(&[replacement]).await {
            tracing::warn!(%user_id, %error, "cannot reseal a TOTP secret; keeping it under a previous master key");
        }
    }

    fn seal(&self, user_id: Uuid, secret: &TotpSecret) -> Result<Vec<u8>, EnrollmentError> {
        let sealed = self.env.composer.master.seal(
            self.env.entropy.as_ref(),
            &SealedRow::TotpAuthenticator(user_id).to_string(),
            secret.as_bytes(),
        );
        sealed.map_err(|_| EnrollmentError::Internal("sealing a secret"))
    }

    fn open(&self, user_id: Uuid, stored: &StoredTotp) -> Result<TotpSecret, &'static str> {
        let opened =
            self.env.composer.master.open(&SealedRow::TotpAuthenticator(user_id).to_string(), &stored.sealed);
        let secret = opened.ok().and_then(|bytes| TotpSecret::from_bytes(&bytes));
        secret.ok_or("opening a TOTP secret")
    }
}

impl std::fmt::Debug for TotpFactors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TotpFactors")
    }
}
