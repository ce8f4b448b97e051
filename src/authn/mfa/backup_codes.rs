//! Backup codes: generated, shown once, used once each.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::factor::{FactorError, Verdict};
use crate::authn::addressee;
use crate::authn::environment::FlowEnvironment;
use crate::crypto::password::{HashError, PasswordPool};
use crate::entropy::{bytes, uuid_v7};
use crate::model::backup_code::{FEW, SET, canonical, generate};
use crate::model::factor::Flow;
use crate::model::notice::{Notice, Place};
use crate::model::principal::Principal;
use crate::model::security_event::{EventKind, RequestContext};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::authenticator::backup_code::{
    BackupCodeUse, BackupCodesOutcome, EffectsOfUse, NewBackupCodes,
};
use crate::store::credential::reauthentication::SpentFactor;
use crate::store::{Effects, StoreError};

/// A set of codes for the user, and their hashes for the database.
pub(in crate::authn) struct BackupCodeSet {
    pub codes: Vec<Secret<String>>,
    pub hashes: NewBackupCodes,
}

/// Why no new set was generated.
#[derive(Debug, thiserror::Error)]
pub enum BackupCodesError {
    /// Backup codes need another second factor beside them.
    #[error("the account has no second factor")]
    NotEnrolled,
    #[error("the account is not active")]
    NoAccount,
    #[error("too many secrets are waiting to be hashed")]
    Overloaded,
    #[error("internal error in backup codes: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HashError> for BackupCodesError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::Overloaded,
            HashError::Failed => Self::Internal("hashing backup codes"),
        }
    }
}

/// Backup codes of accounts.
pub struct BackupCodes {
    pub(in crate::authn) env: Arc<FlowEnvironment>,
    pub(in crate::authn) hashing: Arc<PasswordPool>,
}

impl BackupCodes {
    /// Replaces the set by a new one, which is given back to be shown once; the owner gets a mail.
    ///
    /// # Errors
    /// [`BackupCodesError`]; then the old set is unchanged.
    pub async fn renew(&self, principal: &Principal) -> Result<Vec<Secret<String>>, BackupCodesError> {
        let account =
            self.env.acting_account(principal.acting_session).await?.ok_or(BackupCodesError::NoAccount)?;
        if !account.user.mfa_enrolled {
            return Err(BackupCodesError::NotEnrolled);
        }
        let set = self.new_set().await?;
        let event = self.env.event_by(principal, EventKind::BackupCodesGenerated);
        let (at, place) = (event.at, Place::of(&principal.context));
        let mail =
            self.env.composer.mail(&addressee::owner(&account), Notice::BackupCodesRenewed { at, place })?;
        let effects = Effects::of(event).telling(mail);
        match self.env.store.replace_backup_codes(principal.acting_session, &set.hashes, &effects).await? {
            BackupCodesOutcome::Yes => Ok(set.codes),
            BackupCodesOutcome::NotEnrolled => Err(BackupCodesError::NotEnrolled),
            BackupCodesOutcome::NotActive => Err(BackupCodesError::NoAccount),
        }
    }

    /// A set for a user who has no code that works.
    pub(in crate::authn) async fn first_set<E>(&self, user_id: Uuid) -> Result<Option<BackupCodeSet>, E>
    where
        E: From<StoreError> + From<HashError>,
    {
        if self.env.store.factors(user_id).await?.backup_codes > 0 {
            return Ok(None);
        }
        Ok(Some(self.new_set().await?))
    }

    async fn new_set(&self) -> Result<BackupCodeSet, HashError> {
        let entropy = self.env.entropy.as_ref();
        let codes: Vec<_> = (0..SET).map(|_| generate(entropy)).collect();
        let plain = codes.iter().filter_map(|code| canonical(code.expose())).collect();
        let hashes = self.hashing.hash_codes(plain, bytes(entropy)).await?;
        let at = self.env.now();
        let rows = hashes.into_iter().map(|hash| (uuid_v7(entropy, at), hash)).collect();
        Ok(BackupCodeSet { codes, hashes: NewBackupCodes { codes: rows, at } })
    }

    /// Finds a canonical code in the set.
    pub(in crate::authn) async fn check(
        &self,
        account: &Account,
        code: &Secret<String>,
        flow: Flow,
        context: &RequestContext,
    ) -> Result<Verdict, FactorError> {
        let set = self.env.store.backup_codes(account.user.id).await?;
        let hashes = set.iter().map(|stored| stored.hash.clone()).collect();
        let typed = Secret::new(code.expose().clone());
        let found = self.hashing.find_code(typed, hashes).await?;
        let Some(stored) = found.and_then(|position| set.get(position)) else {
            return Ok(Verdict::Wrong);
        };
        let used = BackupCodeUse {
            user_id: account.user.id,
            id: stored.id,
            at: self.env.now(),
            effects: self.effects(account, flow, context),
        };
        Ok(Verdict::Right(SpentFactor::BackupCode(used)))
    }

    /// The event of a use and the mails about it, which depend on how many codes are left.
    fn effects(&self, account: &Account, flow: Flow, context: &RequestContext) -> EffectsOfUse {
        let (env, to) = (Arc::clone(&self.env), addressee::owner(account));
        let event = env.event(EventKind::BackupCodeUsed, context.clone()).about(account.user.id);
        Arc::new(move |left| {
            let used = Notice::BackupCodeUsed { left, at: event.at, place: Place::of(&event.context) };
            let detail = json!({ "kept": left, "for": flow.purpose.as_str() });
            let effects = Effects::of(event.clone().with(detail)).telling(env.composer.mail(&to, used)?);
            if left > FEW {
                return Ok(effects);
            }
            Ok(effects.telling(env.composer.mail(&to, Notice::BackupCodesLow { left })?))
        })
    }
}

impl std::fmt::Debug for BackupCodes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("BackupCodes")
    }
}
