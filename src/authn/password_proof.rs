//! A password as a proof: compared at the same cost whatever it is compared with, and no more often than
//! the limit allows.
//!
//! An attempt is counted before the hash is computed. So parallel guesses, on however many nodes, are
//! never evaluated more often than `password.max_failures` allows; and while an account is locked, the
//! right password is answered like a wrong one (NIST SP 800-63B-4 §3.2.2, ASVS 5.0 §6.3.1).

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::{Authn, addressee};
use crate::crypto::password::{HashError, Verification};
use crate::entropy::bytes;
use crate::model::notice::Notice;
use crate::model::password_policy::PreparedPassword;
use crate::model::security_event::{EventKind, Origin, SecurityEvent};
use crate::store::account::Account;
use crate::store::password_attempt::{Lock, Reservation};
use crate::store::{StoreError, Trail};

/// How often, and after which pauses, an attempt is made when others have taken all that are left.
pub(super) const TURNS: u32 = 20;
pub(super) const TURN: Duration = Duration::from_millis(100);

/// A right password.
#[derive(Clone, Copy, Debug)]
pub struct Proven {
    /// The attempt: it counts as wrong until the transaction of what it is for settles it.
    pub attempt: Reservation,
    /// The hash was made with other parameters than today's.
    pub outdated: bool,
}

/// Why nothing is known of a password.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Authn {
    /// Compares a password with an account's. `None` if it is wrong or may not be tried any more; then
    /// `failure` is written, and the lock if this was the last attempt. Without an account, or a password of
    /// its own, the work is the same.
    ///
    /// # Errors
    /// [`ProofError`]; then the attempt was not evaluated, or its outcome is lost.
    pub async fn prove_password(
        &self,
        account: Option<&Account>,
        password: &str,
        failure: SecurityEvent,
    ) -> Result<Option<Proven>, ProofError> {
        self.prove_password_from(None, account, password, failure).await
    }

    /// Like [`Authn::prove_password`], from a device that the account trusts: it has attempts of its own, so that
    /// strangers who use up the account's do not lock it out.
    ///
    /// # Errors
    /// [`ProofError`].
    pub(super) async fn prove_password_from(
        &self,
        device: Option<Uuid>,
        account: Option<&Account>,
        password: &str,
        failure: SecurityEvent,
    ) -> Result<Option<Proven>, ProofError> {
        let attempt = self.reserve(device, account).await?;
        let stored = account.and_then(|account| account.password_hash.as_deref());
        match self.compare(password, attempt.and(stored)).await {
            Ok(Verification::Match { outdated }) => {
                if let Some(attempt) = attempt {
                    return Ok(Some(Proven { attempt, outdated }));
                }
            }
            Ok(Verification::Mismatch) => {}
            Err(error) => {
                if let Some(attempt) = attempt {
                    self.store.withdraw_attempt(attempt).await?;
                }
                return Err(error.into());
            }
        }
        self.fail(account, attempt, failure).await?;
        Ok(None)
    }

    /// Counts the attempt; `None` if there is no password to try, or it may not be tried.
    async fn reserve(
        &self,
        device: Option<Uuid>,
        account: Option<&Account>,
    ) -> Result<Option<Reservation>, StoreError> {
        if let Some(device) =
            device.filter(|_| account.is_some_and(|account| account.password_hash.is_some()))
        {
            let attempt = self.store.reserve_device_attempt(device, self.password_max_failures).await?;
            if attempt.is_some() {
                return Ok(attempt);
            }
        }
        let attempt = match account.filter(|account| account.password_hash.is_some()) {
            Some(account) => self.reserve_in_turn(account).await?,
            None => None,
        };
        if attempt.is_none() {
            let [draw] = bytes(self.entropy.as_ref());
            self.store.feign_attempt(draw).await?;
        }
        Ok(attempt)
    }

    /// Where others have taken all attempts that are left, theirs may turn out right: then there is room
    /// again. So the right password, tried many times at once, locks nobody out.
    async fn reserve_in_turn(&self, account: &Account) -> Result<Option<Reservation>, StoreError> {
        let mut turns = if account.password_locked_at.is_some() { 1 } else { TURNS };
        loop {
            let attempt = self.store.reserve_attempt(account.user.id, self.password_max_failures).await?;
            turns -= 1;
            if attempt.is_some() || turns == 0 {
                return Ok(attempt);
            }
            tokio::time::sleep(TURN).await;
        }
    }

    /// Hashes one password, whatever is missing or malformed.
    pub(super) async fn compare(
        &self,
        password: &str,
        stored: Option<&str>,
    ) -> Result<Verification, HashError> {
        match PreparedPassword::prepare(password) {
            Ok(password) => self.passwords.verify(password, stored).await,
            // No stored password can be this one; "x" stands in for the work.
            Err(_) => match PreparedPassword::prepare("x") {
                Ok(stand_in) => self.passwords.verify(stand_in, None).await,
                Err(_) => Ok(Verification::Mismatch),
            },
        }
    }

    async fn fail(
        &self,
        account: Option<&Account>,
        attempt: Option<Reservation>,
        failure: SecurityEvent,
    ) -> Result<(), StoreError> {
        let is_last = attempt.is_none_or(|attempt| {
            attempt.device.is_none() && attempt.number >= i64::from(self.password_max_failures)
        });
        let open =
            account.filter(|account| account.password_hash.is_some() && account.password_locked_at.is_none());
        match open {
            Some(account) if is_last => {
                let lock = self.lock(account, failure.origin.clone());
                self.store.fail_last_attempt(&lock, &Trail::of(failure)).await
            }
            _ => self.store.record(&Trail::of(failure)).await,
        }
    }

    fn lock(&self, account: &Account, origin: Origin) -> Lock {
        let max_failures = self.password_max_failures;
        let event = self
            .event(EventKind::AccountLocked, origin)
            .about(account.user.id)
            .with(json!({ "failures": max_failures }));
        let at = event.at;
        let mail = self.postbox.mail(&addressee(account), Notice::AccountLocked { at: at.rfc3339() });
        let mut trail = Trail::of(event);
        match mail {
            Ok(mail) => trail.messages.push(mail),
            // The lock must not wait for that.
            Err(error) => tracing::error!(user_id = %account.user.id, %error, "nobody is told of a lock"),
        }
        Lock { user_id: account.user.id, max_failures, at, trail }
    }

    /// Brings the stored hash up to today's parameters. A failure costs nothing but another try at the
    /// next login.
    pub(super) async fn rehash(&self, account: &Account, password: &str, origin: Origin) {
        let Some(old) = &account.password_hash else { return };
        let Ok(password) = PreparedPassword::prepare(password) else {
            return;
        };
        let event = self.event(EventKind::PasswordRehashed, origin).about(account.user.id);
        let replaced = match self.passwords.hash(password).await {
            Ok(new) => {
                self.store.replace_hash(account.user.id, old, &new, &Trail::of(event)).await.map(|_| ())
            }
            Err(error) => Err(StoreError::Other(error.to_string())),
        };
        if let Err(error) = replaced {
            tracing::warn!(user_id = %account.user.id, %error, "an outdated password hash was kept");
        }
    }
}
