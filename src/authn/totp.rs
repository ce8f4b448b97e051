//! An authenticator app as second factor: begun, confirmed by a code, used, removed.

use uuid::Uuid;

use super::factor_owner::OwnFactor;
use super::factor_proof::Verdict;
use super::{Authn, FactorError, FactorOwner};
use crate::crypto::password::HashError;
use crate::crypto::totp::TotpSecret;
use crate::image::qr;
use crate::model::factor::Factor;
use crate::model::sealed_row::SealedRow;
use crate::notification::Unsealable;
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::authenticator::factor::Removed;
use crate::store::authenticator::totp::{Confirmed, StoredTotp, TotpConfirmation};
use crate::store::credential::proof_spending::SpentFactor;
use crate::store::keys::sealed_value::{Replacement, SealedValue};

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
    #[error("no enrollment was begun")]
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
    #[error("an enrollment failed inside: {0}")]
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
    /// Begins an enrollment, in place of one that was never confirmed. It is no factor yet.
    ///
    /// # Errors
    /// [`EnrollmentError`].
    pub async fn begin_totp(&self, owner: &FactorOwner) -> Result<TotpEnrollment, EnrollmentError> {
        let account =
            self.acting(owner.user_id, owner.session_id).await?.ok_or(EnrollmentError::NoAccount)?;
        let secret = TotpSecret::generate(self.entropy.as_ref());
        let uri = secret.uri(&self.mfa.issuer, &account.user.email);
        let otpauth_uri = uri.map_err(|_| EnrollmentError::Internal("making an otpauth URI"))?;
        let picture = qr::svg(otpauth_uri.expose()).map(Secret::new);
        let qr_svg = picture.ok_or(EnrollmentError::Internal("drawing a QR code"))?;
        let sealed = self.seal_totp(owner.user_id, &secret)?;
        if !self.store.begin_totp(owner.acting_session(), &sealed, self.clock.now()).await? {
            return Err(EnrollmentError::AlreadyEnrolled);
        }
        Ok(TotpEnrollment { secret: secret.base32(), otpauth_uri, qr_svg })
    }

    /// Makes the enrollment count once its app has shown a right code, which is spent thereby. Gives back the
    /// backup codes if the account has none yet. The session stays what it was: it rests on two factors once its user
    /// has stepped up by one.
    ///
    /// # Errors
    /// [`EnrollmentError`].
    pub async fn confirm_totp(
        &self,
        owner: &FactorOwner,
        code: &Secret<String>,
    ) -> Result<Option<Vec<Secret<String>>>, EnrollmentError> {
        let account =
            self.acting(owner.user_id, owner.session_id).await?.ok_or(EnrollmentError::NoAccount)?;
        let stored = self.store.totp(owner.user_id).await?.ok_or(EnrollmentError::NotBegun)?;
        if stored.confirmed_at.is_some() {
            return Err(EnrollmentError::AlreadyEnrolled);
        }
        let secret = self.open_totp(owner.user_id, &stored).map_err(EnrollmentError::Internal)?;
        let at = self.clock.now();
        let Some(step) = secret.matched_step(code.expose(), at) else {
            self.record_failed_enrollment(owner, Factor::Totp).await?;
            return Err(EnrollmentError::CodeInvalid);
        };
        let set = self.first_backup_codes::<EnrollmentError>(owner.user_id).await?;
        let (codes, hashes) = set.map(|set| (set.codes, set.hashes)).unzip();
        let confirmation = TotpConfirmation {
            user_id: owner.user_id,
            session_id: owner.session_id,
            sealed: stored.sealed,
            step,
            at,
            codes: hashes,
            effects: self.addition(&account, owner, OwnFactor::Totp)?,
        };
        let with_codes = match self.store.confirm_totp(&confirmation).await? {
            Confirmed::Yes { with_codes } => with_codes,
            Confirmed::No => return Err(EnrollmentError::NotBegun),
            Confirmed::NotActive => return Err(EnrollmentError::NoAccount),
        };
        Ok(codes.filter(|_| with_codes))
    }

    /// Removes the app, and ends the user's other sessions. With the last strong factor the backup codes and the
    /// phone go. An enrollment that was only begun is given up. To remove what is not there is fine; the last
    /// strong factor stays where the policy asks for one.
    ///
    /// # Errors
    /// [`EnrollmentError`].
    pub async fn remove_totp(&self, owner: &FactorOwner) -> Result<(), EnrollmentError> {
        let account =
            self.acting(owner.user_id, owner.session_id).await?.ok_or(EnrollmentError::NoAccount)?;
        match self.remove_factor::<EnrollmentError>(&account, owner, OwnFactor::Totp).await? {
            Removed::Done(_) | Removed::Absent => Ok(()),
            Removed::Required => Err(EnrollmentError::Required),
            Removed::NotActive => Err(EnrollmentError::NoAccount),
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
        if step <= stored.last_step {
            return Ok(Verdict::Spent);
        }
        self.reseal_totp(user_id, stored.sealed).await;
        Ok(Verdict::Right(SpentFactor::Totp { user_id, step, at }))
    }

    /// A secret that is used moves under the active master key. If it does not, the next use does it.
    async fn reseal_totp(&self, user_id: Uuid, sealed: Vec<u8>) {
        let row = SealedRow::TotpAuthenticator(user_id);
        let resealed = self.composer.master.reseal(self.entropy.as_ref(), &row.to_string(), &sealed);
        let Ok(Some(new)) = resealed else { return };
        let replacement = Replacement { old: SealedValue { row, sealed }, new };
        if let Err(error) = self.store.replace_sealed(&[replacement]).await {
            tracing::warn!(%user_id, %error, "a TOTP secret stays under a previous master key");
        }
    }

    fn seal_totp(&self, user_id: Uuid, secret: &TotpSecret) -> Result<Vec<u8>, EnrollmentError> {
        let sealed = self.composer.master.seal(
            self.entropy.as_ref(),
            &SealedRow::TotpAuthenticator(user_id).to_string(),
            secret.as_bytes(),
        );
        sealed.map_err(|_| EnrollmentError::Internal("sealing a secret"))
    }

    fn open_totp(&self, user_id: Uuid, stored: &StoredTotp) -> Result<TotpSecret, &'static str> {
        let opened =
            self.composer.master.open(&SealedRow::TotpAuthenticator(user_id).to_string(), &stored.sealed);
        let secret = opened.ok().and_then(|bytes| TotpSecret::from_bytes(&bytes));
        secret.ok_or("opening a TOTP secret")
    }
}
