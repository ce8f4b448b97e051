//! Backup codes: made, shown once, used once each.

use serde_json::json;
use uuid::Uuid;

use super::factor_proof::Verdict;
use super::{Authn, FactorError, FactorOwner, addressee};
use crate::crypto::password::HashError;
use crate::entropy::{bytes, uuid_v7};
use crate::model::backup_code::{FEW, SET, canonical, generate};
use crate::model::factor::Flow;
use crate::model::notice::{Notice, Place};
use crate::model::security_event::{EventKind, RequestContext};
use crate::notification::Unsealable;
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::authenticator::backup_code::{BackupCodeUse, NewBackupCodes, Replaced};
use crate::store::credential::proof_spending::SpentFactor;
use crate::store::{Effects, StoreError};

/// Codes for the person, and their hashes for the database.
pub(super) struct BackupCodeSet {
    pub codes: Vec<Secret<String>>,
    pub hashes: NewBackupCodes,
}

/// Why there is no new set.
#[derive(Debug, thiserror::Error)]
pub enum BackupCodesError {
    /// They stand beside another second factor, never alone.
    #[error("the account has no second factor")]
    NotEnrolled,
    #[error("the account may not act")]
    NoAccount,
    #[error("too many secrets are waiting to be hashed")]
    Overloaded,
    #[error("backup codes failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unsealable> for BackupCodesError {
    fn from(_: Unsealable) -> Self {
        Self::Internal("sealing a mail")
    }
}

impl From<HashError> for BackupCodesError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::Overloaded,
            HashError::Failed => Self::Internal("hashing backup codes"),
        }
    }
}

impl Authn {
    /// Makes a set in place of the old, and gives it back to be shown once; the owner is told.
    ///
    /// # Errors
    /// [`BackupCodesError`]; then the old set is what it was.
    pub async fn renew_backup_codes(
        &self,
        owner: &FactorOwner,
    ) -> Result<Vec<Secret<String>>, BackupCodesError> {
        let account =
            self.acting(owner.user_id, owner.session_id).await?.ok_or(BackupCodesError::NoAccount)?;
        if !account.user.mfa_enrolled {
            return Err(BackupCodesError::NotEnrolled);
        }
        let set = self.new_backup_codes().await?;
        let event = self.owner_event(EventKind::BackupCodesGenerated, owner);
        let (at, place) = (event.at, Place::of(&owner.context));
        let mail = self.composer.mail(&addressee(&account), Notice::BackupCodesRenewed { at, place })?;
        let effects = Effects::of(event).telling(mail);
        let by_session = (owner.user_id, owner.session_id);
        match self.store.replace_backup_codes(by_session, &set.hashes, &effects).await? {
            Replaced::Yes => Ok(set.codes),
            Replaced::NotEnrolled => Err(BackupCodesError::NotEnrolled),
            Replaced::NotActive => Err(BackupCodesError::NoAccount),
        }
    }

    /// A set for who has none that works.
    pub(super) async fn first_backup_codes<E>(&self, user_id: Uuid) -> Result<Option<BackupCodeSet>, E>
    where
        E: From<StoreError> + From<HashError>,
    {
        if self.store.factors(user_id).await?.backup_codes > 0 {
            return Ok(None);
        }
        Ok(Some(self.new_backup_codes().await?))
    }

    pub(super) async fn new_backup_codes(&self) -> Result<BackupCodeSet, HashError> {
        let entropy = self.entropy.as_ref();
        let codes: Vec<_> = (0..SET).map(|_| generate(entropy)).collect();
        let plain = codes.iter().filter_map(|code| canonical(code.expose())).collect();
        let hashes = self.passwords.hash_codes(plain, bytes(entropy)).await?;
        let at = self.clock.now();
        let rows = hashes.into_iter().map(|hash| (uuid_v7(entropy, at), hash)).collect();
        Ok(BackupCodeSet { codes, hashes: NewBackupCodes { codes: rows, at } })
    }

    /// Whatever is typed costs one hash.
    pub(super) async fn check_backup_code(
        &self,
        account: &Account,
        code: &Secret<String>,
        flow: Flow,
        context: &RequestContext,
    ) -> Result<Verdict, FactorError> {
        let set = self.store.backup_codes(account.user.id).await?;
        let hashes = set.iter().map(|stored| stored.hash.clone()).collect();
        let typed = canonical(code.expose());
        let is_code = typed.is_some();
        let typed = typed.unwrap_or_else(|| Secret::new("0".to_owned()));
        let found = self.passwords.find_code(typed, hashes).await?.filter(|_| is_code);
        let Some(stored) = found.and_then(|position| set.get(position)) else {
            return Ok(Verdict::Wrong);
        };
        let at = self.clock.now();
        // Sealed ahead, for however many are left: within the transaction nothing can fail any more.
        let trails = (0..SET)
            .map(|left| {
                let left = u32::try_from(left).unwrap_or(0);
                let event = self.event(EventKind::BackupCodeUsed, context.clone()).about(account.user.id);
                let detail = json!({ "kept": left, "for": flow.purpose.as_str() });
                let messages = self.backup_code_notices(account, left, context)?;
                Ok(Effects { events: vec![event.with(detail)], messages, acting_session: None })
            })
            .collect::<Result<_, Unsealable>>()?;
        let used = BackupCodeUse { user_id: account.user.id, id: stored.id, at, trails };
        Ok(Verdict::Right(SpentFactor::BackupCode(used)))
    }

    fn backup_code_notices(
        &self,
        account: &Account,
        left: u32,
        context: &RequestContext,
    ) -> Result<Vec<crate::store::notification::outbox::NewMessage>, Unsealable> {
        let to = addressee(account);
        let used = Notice::BackupCodeUsed { left, at: self.moment(), place: Place::of(context) };
        let mut messages = vec![self.composer.mail(&to, used)?];
        if left <= FEW {
            messages.push(self.composer.mail(&to, Notice::BackupCodesLow { left })?);
        }
        Ok(messages)
    }
}
