//! Verification of a password: at the same cost whatever it is compared with, and no more often than the limits allow.
//!
//! An attempt is reserved before the hash is computed, in the pool of the account's known devices or in the pool of all
//! other devices, and counts as wrong until it is settled. Parallel guesses, on any number of nodes, are therefore never
//! evaluated more often than `throttle.password_failures` allows for each pool. While a pool is full, the right password is
//! answered like a wrong one (NIST SP 800-63B-4 §3.2.2, ASVS 5.0 §6.3.1). Guesses of strangers fill the pool of unknown
//! devices only (ASVS 5.0 §6.1.1).

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::login_delays::{LoginDelays, Ticket};
use crate::authn::addressee;
use crate::authn::background_tasks::BackgroundTasks;
use crate::authn::counted_attempt::{Attempt, CountedAttempt, Withdrawals};
use crate::authn::environment::FlowEnvironment;
use crate::config::PasswordLimits;
use crate::crypto::password::{HashError, PasswordPool, Verification};
use crate::entropy::bytes;
use crate::model::notice::Notice;
use crate::model::password_policy::PreparedPassword;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::stranger::StrangerKind;
use crate::model::throttle::OtherRule;
use crate::store::account::Account;
use crate::store::credential::password_attempt::{KnownAttempt, KnownOutcome, Lock, Pool, Reservation};
use crate::store::{Effects, StoreError};

/// Verifies passwords of accounts. Shared by all flows, so that their attempts are counted together.
pub(in crate::authn) struct PasswordVerifier {
    pub env: Arc<FlowEnvironment>,
    pub hashing: Arc<PasswordPool>,
    pub limits: PasswordLimits,
    pub login_delays: Arc<LoginDelays>,
    pub background_tasks: BackgroundTasks,
    pub withdrawals: Withdrawals,
}

/// A password as it is presented.
#[derive(Clone, Copy)]
pub(in crate::authn) struct PresentedPassword<'a> {
    pub account: Option<&'a Account>,
    /// The address in its canonical spelling, also if there is no such account.
    pub address: &'a str,
    /// The known device of the account that it comes from, if it does.
    pub device: Option<Uuid>,
    pub password: &'a str,
}

/// An attempt before its evaluation.
struct ReservedAttempt {
    pool: Pool,
    /// Absent if there is nothing to compare with, or if the pool is full.
    reservation: Option<Reservation>,
    /// Held by attempts from unknown devices.
    ticket: Option<Ticket>,
}

impl ReservedAttempt {
    const fn of_known_device(reservation: Option<Reservation>) -> Self {
        Self { pool: Pool::Known, reservation, ticket: None }
    }
}

/// A right password. Its attempt counts as wrong until the transaction that uses the password settles it.
pub(in crate::authn) struct VerifiedPassword {
    counted: CountedAttempt,
    /// Other attempts from unknown devices wait until it is dropped, which is when this one is settled.
    _ticket: Option<Ticket>,
    /// What the transaction settles.
    pub attempt: Reservation,
    /// The hash was made with other parameters than those of today.
    pub outdated: bool,
}

impl VerifiedPassword {
    /// See [`CountedAttempt::settled`].
    pub fn settled(self) {
        self.counted.settled();
    }
}

/// Why a password was not evaluated.
#[derive(Debug, thiserror::Error)]
pub enum PasswordVerificationError {
    /// Unknown devices have to wait.
    #[error("too many wrong passwords; try again in {retry_after} seconds")]
    Delayed { retry_after: u32 },
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PasswordVerifier {
    /// Verifies the password of a session's user. The attempt counts for the device on which the session was opened.
    ///
    /// # Errors
    /// As [`PasswordVerifier::verify_password`].
    pub async fn verify_in_session(
        &self,
        session_id: Uuid,
        account: &Account,
        password: &str,
        failure: SecurityEvent,
    ) -> Result<Option<VerifiedPassword>, PasswordVerificationError> {
        let device = self.env.store.session_device(session_id).await?;
        let presented =
            PresentedPassword { account: Some(account), address: &account.user.email, device, password };
        self.verify_password(presented, failure).await
    }

    /// Compares a password with that of an account. Gives `None` if it is wrong or may no longer be tried; then
    /// `failure` is written, and the pool is locked if this was its last attempt. Without an account, or without a
    /// password of the account, the work is the same.
    ///
    /// # Errors
    /// [`PasswordVerificationError`]; then the attempt was not evaluated, or its outcome is lost.
    pub async fn verify_password(
        &self,
        presented: PresentedPassword<'_>,
        failure: SecurityEvent,
    ) -> Result<Option<VerifiedPassword>, PasswordVerificationError> {
        let reserved = self.reserve(&presented).await?;
        let stored = presented.account.and_then(|account| account.password_hash.as_deref());
        let comparison = self.compare(presented.password, reserved.reservation.and(stored)).await;
        match (comparison, reserved.reservation) {
            (Ok(Verification::Match { outdated }), Some(attempt)) => {
                if let Some(ticket) = &reserved.ticket {
                    ticket.succeeded(attempt.number);
                }
                let counted = CountedAttempt::new(Attempt::Password(attempt), &self.withdrawals);
                Ok(Some(VerifiedPassword { counted, _ticket: reserved.ticket, attempt, outdated }))
            }
            (Ok(_), _) => {
                self.record_failure(presented.account, &reserved, failure).await?;
                Ok(None)
            }
            (Err(error), _) => {
                self.withdraw(reserved).await?;
                Err(error.into())
            }
        }
    }

    /// Counts the attempt as wrong, before it is known to be right.
    async fn reserve(
        &self,
        presented: &PresentedPassword<'_>,
    ) -> Result<ReservedAttempt, PasswordVerificationError> {
        let account = presented.account.filter(|account| account.password_hash.is_some());
        let mut spent_device = None;
        if let (Some(device_id), Some(account)) = (presented.device, account) {
            match self.reserve_for_known_device(account, device_id).await? {
                KnownOutcome::Counted(attempt) => return Ok(ReservedAttempt::of_known_device(Some(attempt))),
                KnownOutcome::PoolFull => return Ok(ReservedAttempt::of_known_device(None)),
                KnownOutcome::DeviceSpent => spent_device = Some(device_id),
            }
        }
        self.reserve_for_unknown_device(account, presented.address, spent_device).await
    }

    async fn reserve_for_known_device(
        &self,
        account: &Account,
        device_id: Uuid,
    ) -> Result<KnownOutcome, StoreError> {
        let attempt = KnownAttempt {
            user_id: account.user.id,
            device_id,
            max_failures: self.limits.max_failures,
            max_failures_per_device: self.limits.max_failures_per_device,
            at: self.env.now(),
        };
        self.env.store.reserve_known_attempt(attempt).await
    }

    async fn reserve_for_unknown_device(
        &self,
        account: Option<&Account>,
        address: &str,
        spent_device: Option<Uuid>,
    ) -> Result<ReservedAttempt, PasswordVerificationError> {
        let ticket = self.wait_for_turn(address).await?;
        let store = &self.env.store;
        let reservation = match account {
            Some(account) => store.reserve_attempt(account.user.id, self.limits.max_failures).await,
            // As many statements for an address without an account as for one with.
            None => {
                let [draw] = bytes(self.env.entropy.as_ref());
                store.feign_attempt(draw).await.map(|()| None)
            }
        };
        match reservation {
            Ok(reservation) => {
                let reservation = reservation.map(|attempt| Reservation { spent_device, ..attempt });
                Ok(ReservedAttempt { pool: Pool::Unknown, reservation, ticket: Some(ticket) })
            }
            Err(error) => {
                ticket.withdraw();
                Err(error.into())
            }
        }
    }

    /// The turn of an unknown device at an address.
    pub async fn wait_for_turn(&self, address: &str) -> Result<Ticket, PasswordVerificationError> {
        let ticket = self.login_delays.enter(address).await;
        ticket.map_err(|delayed| {
            self.env.note_refused(OtherRule::LoginDelay);
            PasswordVerificationError::Delayed { retry_after: delayed.retry_after }
        })
    }

    /// Hashes one password, also if nothing is stored or the password is malformed.
    pub async fn compare(&self, password: &str, stored: Option<&str>) -> Result<Verification, HashError> {
        match PreparedPassword::prepare(password) {
            Ok(password) => self.hashing.verify(password, stored).await,
            // No stored password can be equal to this one; "x" stands in for it, for the same work.
            Err(_) => match PreparedPassword::prepare("x") {
                Ok(stand_in) => self.hashing.verify(stand_in, None).await,
                Err(_) => Ok(Verification::Mismatch),
            },
        }
    }

    /// An attempt that was not evaluated does not count.
    async fn withdraw(&self, reserved: ReservedAttempt) -> Result<(), StoreError> {
        if let Some(ticket) = reserved.ticket {
            ticket.withdraw();
        }
        match reserved.reservation {
            Some(attempt) => self.env.store.withdraw_attempt(attempt).await,
            None => Ok(()),
        }
    }

    /// Writes down a wrong password, with as many statements for an address without an account as for one with.
    async fn record_failure(
        &self,
        account: Option<&Account>,
        reserved: &ReservedAttempt,
        failure: SecurityEvent,
    ) -> Result<(), StoreError> {
        let Some(account) = account else {
            let store = &self.env.store;
            return store.record_stranger(StrangerKind::LoginUnknown, &failure.context, failure.at).await;
        };
        self.env.store.record(&Effects::of(failure.clone())).await?;
        self.lock_if_full(account, reserved, failure.context);
        Ok(())
    }

    /// Marks a full pool as locked and tells the owner. The answer does not wait for that, so that its time does not
    /// reveal it; the count alone refuses further attempts. If this fails, the next attempt does it.
    fn lock_if_full(&self, account: &Account, reserved: &ReservedAttempt, context: RequestContext) {
        let max_failures = i64::from(self.limits.max_failures);
        let is_full = reserved.reservation.is_none_or(|attempt| attempt.number >= max_failures);
        let is_locked = match reserved.pool {
            Pool::Unknown => account.password_locked_at.is_some(),
            Pool::Known => account.known_locked_at.is_some(),
        };
        if !is_full || is_locked || account.password_hash.is_none() {
            return;
        }
        let background_tasks = self.background_tasks.clone();
        let (store, lock) = (Arc::clone(&self.env.store), self.lock(account, reserved.pool, context));
        tokio::spawn(async move {
            let Ok(slot) = background_tasks.slot().await else { return };
            slot.spend(async move {
                if let Err(error) = store.lock_password(&lock).await {
                    tracing::warn!(user_id = %lock.user_id, %error, "cannot lock a password after too many wrong ones");
                }
            });
        });
    }

    fn lock(&self, account: &Account, pool: Pool, context: RequestContext) -> Lock {
        let max_failures = self.limits.max_failures;
        let detail = json!({ "failures": max_failures, "devices": pool.as_str() });
        let event = self.env.event(EventKind::AccountLocked, context).about(account.user.id).with(detail);
        let at = event.at;
        let notice = Notice::AccountLocked { at };
        let mail = self.env.composer.mail(&addressee::owner(account), notice);
        let mut effects = Effects::of(event);
        match mail {
            Ok(mail) => effects.messages.push(mail),
            // The lock must not depend on the mail.
            Err(error) => {
                tracing::error!(user_id = %account.user.id, %error, "cannot compose the mail about a locked password");
            }
        }
        Lock { user_id: account.user.id, pool, max_failures, at, effects }
    }

    /// Replaces a stored hash by one with the parameters of today. A failure is harmless: the next login tries again.
    pub async fn rehash(&self, account: &Account, password: &str, context: RequestContext) {
        let Some(old) = &account.password_hash else { return };
        let Ok(password) = PreparedPassword::prepare(password) else {
            return;
        };
        let event = self.env.event(EventKind::PasswordRehashed, context).about(account.user.id);
        let (user_id, effects) = (account.user.id, Effects::of(event));
        let replaced = match self.hashing.hash(password).await {
            Ok(new) => self.env.store.replace_hash(user_id, old, &new, &effects).await.map(|_| ()),
            Err(error) => Err(StoreError::Other(error.to_string())),
        };
        if let Err(error) = replaced {
            tracing::warn!(%user_id, %error, "cannot replace an outdated password hash; keeping it");
        }
    }
}
