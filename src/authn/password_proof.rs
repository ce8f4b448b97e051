//! A password as a proof: compared at the same cost whatever it is compared with, and no more often than
//! the limits allow.
//!
//! An attempt is counted before the hash is computed, in the pool of the account's known devices or in that of all
//! others. So parallel guesses, on however many nodes, are never evaluated more often than `password.max_failures`
//! allows for each; and while a pool is full, the right password is answered like a wrong one (NIST SP 800-63B-4
//! §3.2.2, ASVS 5.0 §6.3.1). What strangers do fills the pool of unknown devices only (§6.1.1).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::login_delays::Ticket;
use super::{Authn, addressee};
use crate::crypto::password::{HashError, Verification};
use crate::entropy::bytes;
use crate::model::notice::Notice;
use crate::model::password_policy::PreparedPassword;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::stranger::StrangerKind;
use crate::store::account::Account;
use crate::store::credential::password_attempt::{KnownAttempt, KnownOutcome, Lock, Pool, Reservation};
use crate::store::{Effects, StoreError};

/// How often, and after which pauses, an attempt is made when others have taken all that are left.
pub(super) const TURNS: u32 = 20;
pub(super) const TURN: Duration = Duration::from_millis(100);

/// A password as it is presented.
#[derive(Clone, Copy)]
pub(super) struct Presented<'a> {
    pub account: Option<&'a Account>,
    /// In its one spelling, also if there is no such account.
    pub address: &'a str,
    /// A device that is known to the account.
    pub device: Option<Uuid>,
    pub password: &'a str,
}

/// An attempt that was counted, or for which there was no room in its pool.
struct Counted {
    pool: Pool,
    attempt: Option<Reservation>,
    /// Of an unknown device.
    ticket: Option<Ticket>,
}

impl Counted {
    const fn of_known(attempt: Option<Reservation>) -> Self {
        Self { pool: Pool::Known, attempt, ticket: None }
    }
}

/// A right password.
#[derive(Debug)]
pub struct Proven {
    /// Of an unknown device: others wait until it is dropped, which is when the attempt is settled.
    _ticket: Option<Ticket>,
    /// The attempt: it counts as wrong until the transaction of what it is for settles it.
    pub attempt: Reservation,
    /// The hash was made with other parameters than today's.
    pub outdated: bool,
}

/// Why nothing is known of a password.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Unknown devices have to wait; nothing was evaluated.
    #[error("too many wrong passwords; try again in {retry_after} seconds")]
    Delayed { retry_after: u32 },
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Authn {
    /// Compares a password with an account's. `None` if it is wrong or may not be tried any more; then
    /// `failure` is written, and the lock if this was the last attempt of its pool. The attempt counts for this known
    /// device of the account; without one it is among those of unknown devices, which may have to wait.
    ///
    /// # Errors
    /// [`ProofError`]; then the attempt was not evaluated, or its outcome is lost.
    pub(super) async fn prove_password_from(
        &self,
        device: Option<Uuid>,
        account: &Account,
        password: &str,
        failure: SecurityEvent,
    ) -> Result<Option<Proven>, ProofError> {
        let presented = Presented { account: Some(account), address: &account.user.email, device, password };
        self.prove(presented, failure).await
    }

    /// The same for a session's user: it counts for the device that the session was opened on.
    ///
    /// # Errors
    /// [`ProofError`].
    pub(super) async fn prove_password_in(
        &self,
        session_id: Uuid,
        account: &Account,
        password: &str,
        failure: SecurityEvent,
    ) -> Result<Option<Proven>, ProofError> {
        let device = self.store.session_device(session_id).await?;
        self.prove_password_from(device, account, password, failure).await
    }

    /// Without an account, or a password of its own, the work is the same.
    pub(super) async fn prove(
        &self,
        presented: Presented<'_>,
        failure: SecurityEvent,
    ) -> Result<Option<Proven>, ProofError> {
        let counted = self.count_attempt(&presented).await?;
        let stored = presented.account.and_then(|account| account.password_hash.as_deref());
        match self.compare(presented.password, counted.attempt.and(stored)).await {
            Ok(Verification::Match { outdated }) => {
                if let Some(attempt) = counted.attempt {
                    if let Some(ticket) = &counted.ticket {
                        ticket.succeeded(attempt.number);
                    }
                    return Ok(Some(Proven { attempt, outdated, _ticket: counted.ticket }));
                }
            }
            Ok(Verification::Mismatch) => {}
            Err(error) => {
                if let Some(ticket) = counted.ticket {
                    ticket.withdraw();
                }
                if let Some(attempt) = counted.attempt {
                    self.store.withdraw_attempt(attempt).await?;
                }
                return Err(error.into());
            }
        }
        // As many statements for an address without an account as for one with.
        let Some(account) = presented.account else {
            self.store.record_stranger(StrangerKind::LoginUnknown, &failure.context, failure.at).await?;
            return Ok(None);
        };
        self.store.record(&Effects::of(failure.clone())).await?;
        self.lock_if_full(account, &counted, failure.context);
        Ok(None)
    }

    async fn count_attempt(&self, presented: &Presented<'_>) -> Result<Counted, ProofError> {
        let account = presented.account.filter(|account| account.password_hash.is_some());
        let mut spent_device = None;
        if let (Some(device_id), Some(account)) = (presented.device, account) {
            let attempt = KnownAttempt {
                user_id: account.user.id,
                device_id,
                max_failures: self.password_limits.max_failures,
                max_failures_per_device: self.password_limits.max_failures_per_device,
                at: self.clock.now(),
            };
            match self.store.reserve_known_attempt(attempt).await? {
                KnownOutcome::Counted(attempt) => return Ok(Counted::of_known(Some(attempt))),
                KnownOutcome::PoolFull => return Ok(Counted::of_known(None)),
                KnownOutcome::DeviceSpent => spent_device = Some(device_id),
            }
        }
        let ticket = self.login_delays.enter(presented.address).await;
        let ticket = ticket.map_err(|delayed| ProofError::Delayed { retry_after: delayed.retry_after })?;
        let attempt = match account {
            Some(account) => {
                self.store.reserve_attempt(account.user.id, self.password_limits.max_failures).await
            }
            None => {
                let [draw] = bytes(self.entropy.as_ref());
                self.store.feign_attempt(draw).await.map(|()| None)
            }
        };
        match attempt {
            Ok(attempt) => {
                let attempt = attempt.map(|attempt| Reservation { spent_device, ..attempt });
                Ok(Counted { pool: Pool::Unknown, attempt, ticket: Some(ticket) })
            }
            Err(error) => {
                ticket.withdraw();
                Err(error.into())
            }
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

    /// Tells of a pool that is full. The answer does not wait for that, so that the time does not tell; the count
    /// alone refuses what comes after it. What is left undone here, the next attempt does.
    fn lock_if_full(&self, account: &Account, counted: &Counted, context: RequestContext) {
        let max_failures = self.password_limits.max_failures;
        let is_full = counted.attempt.is_none_or(|attempt| attempt.number >= i64::from(max_failures));
        let is_told = match counted.pool {
            Pool::Unknown => account.password_locked_at.is_some(),
            Pool::Known => account.known_locked_at.is_some(),
        };
        if !is_full || is_told || account.password_hash.is_none() {
            return;
        }
        let background_tasks = self.background_tasks.clone();
        let (store, lock) = (Arc::clone(&self.store), self.lock(account, counted.pool, context));
        tokio::spawn(async move {
            let Ok(slot) = background_tasks.slot().await else { return };
            slot.spend(async move {
                if let Err(error) = store.lock_password(&lock).await {
                    tracing::warn!(user_id = %lock.user_id, %error, "cannot note that too many passwords were wrong");
                }
            });
        });
    }

    fn lock(&self, account: &Account, pool: Pool, context: RequestContext) -> Lock {
        let max_failures = self.password_limits.max_failures;
        let detail = json!({ "failures": max_failures, "devices": pool.as_str() });
        let event = self.event(EventKind::AccountLocked, context).about(account.user.id).with(detail);
        let at = event.at;
        let mail = self.composer.mail(&addressee(account), Notice::AccountLocked { at });
        let mut effects = Effects::of(event);
        match mail {
            Ok(mail) => effects.messages.push(mail),
            // The lock must not wait for that.
            Err(error) => tracing::error!(user_id = %account.user.id, %error, "nobody is told of a lock"),
        }
        Lock { user_id: account.user.id, pool, max_failures, at, effects }
    }

    /// Brings the stored hash up to today's parameters. A failure costs nothing but another try at the
    /// next login.
    pub(super) async fn rehash(&self, account: &Account, password: &str, context: RequestContext) {
        let Some(old) = &account.password_hash else { return };
        let Ok(password) = PreparedPassword::prepare(password) else {
            return;
        };
        let event = self.event(EventKind::PasswordRehashed, context).about(account.user.id);
        let replaced = match self.passwords.hash(password).await {
            Ok(new) => {
                self.store.replace_hash(account.user.id, old, &new, &Effects::of(event)).await.map(|_| ())
            }
            Err(error) => Err(StoreError::Other(error.to_string())),
        };
        if let Err(error) = replaced {
            tracing::warn!(user_id = %account.user.id, %error, "an outdated password hash was kept");
        }
    }
}
