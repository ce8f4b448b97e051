//! The decision about a presented token. Every decision except a rotation is made on a row that was loaded for it; a
//! rotation is checked by the database itself.

use super::{DECISIONS, FamilyCore};
use crate::clock::Timestamp;
use crate::model::family_key::FamilyKey;
use crate::model::revocation::RevokeReason;
use crate::model::session_family::{Decision, LocalKnowledge, Presented, SessionFamily, present};
use crate::session::message::{Refresh, RefreshError, RefreshOutcome, Refreshed};
use crate::store::session::family::LoadedFamily;
use crate::telemetry::metrics::observe;

/// The presented token is the live one.
pub(super) struct Live {
    /// As of the presented token.
    pub family: SessionFamily,
    /// The generation in the row, which is lower if the database was set back.
    pub stored_generation: u64,
    /// The family's key under the root key that the token names.
    pub key: FamilyKey,
    /// The row was loaded for this request.
    pub fresh: bool,
}

impl Live {
    const fn of(family: SessionFamily, key: FamilyKey, fresh: bool) -> Self {
        Self { stored_generation: family.generation, family, key, fresh }
    }
}

/// What a token gets if it is not refused.
pub(super) enum Examined {
    Answered(Box<Refreshed>),
    Live(Live),
}

/// A decision, and the facts that carrying it out needs.
struct Decided {
    decision: Decision,
    /// The family's key under the root key that the token names.
    key: Option<FamilyKey>,
    now: Timestamp,
}

impl FamilyCore {
    /// `overtaken` as in [`Presented`].
    pub(super) async fn examine(
        &mut self,
        request: &Refresh,
        overtaken: bool,
    ) -> Result<Examined, RefreshError> {
        if let Some(family) = self.family.as_deref()
            && let Decided { decision: Decision::Rotate, key: Some(key), .. } =
                self.decide(family, false, request, overtaken)
        {
            return Ok(Examined::Live(Live::of(family.clone(), key, false)));
        }
        for _ in 0..DECISIONS {
            let loaded = self.load().await?.ok_or(RefreshError::Invalid)?;
            let same_device = loaded.device_hash == request.facts.device_hash;
            let decided = self.decide(&loaded.family, same_device, request, overtaken);
            // Without an answer the row had changed meanwhile: decide again on the new one.
            if let Some(examined) = self.carry_out(&loaded, decided, request).await? {
                return Ok(examined);
            }
        }
        Err(RefreshError::Unavailable)
    }

    fn decide(
        &self,
        family: &SessionFamily,
        same_device: bool,
        request: &Refresh,
        overtaken: bool,
    ) -> Decided {
        let (token, facts) = (&request.token, &request.facts);
        let now = self.shared.clock.now();
        let waited = self.shared.clock.monotonic().saturating_duration_since(facts.arrived);
        let key = self.shared.root_keys.family_key(token.root_key_id(), &family.salt);
        let presented = Presented {
            token,
            key: key.as_ref(),
            attempt: facts.attempt,
            arrived: now.minus(waited),
            overtaken,
            same_device,
            transport: facts.transport,
        };
        let revoked = self.shared.index.contains(self.id);
        let local = LocalKnowledge { acknowledged: self.acknowledged == family.generation, revoked };
        let decision = present(family, &local, &presented, &self.shared.tolerance, now);
        Decided { decision, key, now }
    }

    /// `None` if the family was to be revoked, and another change was faster.
    async fn carry_out(
        &mut self,
        loaded: &LoadedFamily,
        Decided { decision, key, now }: Decided,
        request: &Refresh,
    ) -> Result<Option<Examined>, RefreshError> {
        let family = &loaded.family;
        self.observe_age(family, decision, now);
        match decision {
            Decision::Invalid => return Err(RefreshError::Invalid),
            Decision::Revoked(RevokeReason::Expired) => return Err(RefreshError::Expired),
            Decision::Revoked(reason) => return Err(RefreshError::Revoked(reason)),
            Decision::InFlight => return Err(self.in_flight(family, now)),
            Decision::Rotate => {
                let key = key.ok_or(RefreshError::Invalid)?;
                return Ok(Some(Examined::Live(Live::of(family.clone(), key, true))));
            }
            Decision::Adopt => {
                let key = key.ok_or(RefreshError::Invalid)?;
                return Ok(Some(Examined::Live(self.ahead(family, key, request))));
            }
            Decision::Retry => return self.answer_again(loaded, RefreshOutcome::Retried, now).map(Some),
            Decision::Unchanged => {
                return self.answer_again(loaded, RefreshOutcome::Unchanged, now).map(Some);
            }
            Decision::Expired => self.revoke_expired(family, &request.context, now).await?,
            Decision::RetryExpired => self.revoke_late_retry(family, request, now).await?,
            Decision::Unconfirmed => self.revoke_unconfirmed(loaded, request, now).await?,
            Decision::Reuse(class) => self.revoke_reused(loaded, class, request, now).await?,
            Decision::Regressed => self.revoke_regressed(family, request, now).await?,
        }
        Ok(None)
    }

    /// The database was set back, and the session goes on from the token that its client holds.
    fn ahead(&self, family: &SessionFamily, key: FamilyKey, request: &Refresh) -> Live {
        let generation = request.token.generation();
        tracing::info!(session_id = %self.id, generation, current_generation = family.generation,
            "a refresh token is ahead of the database; the session goes on from it");
        self.shared.set_back.raise("a refresh token is ahead of its session");
        let presented = SessionFamily { generation, ..family.clone() };
        Live { stored_generation: family.generation, ..Live::of(presented, key, true) }
    }

    /// The current generation's tokens again.
    fn answer_again(
        &mut self,
        loaded: &LoadedFamily,
        outcome: RefreshOutcome,
        now: Timestamp,
    ) -> Result<Examined, RefreshError> {
        self.retries.admit(now).map_err(|retry_after| RefreshError::TooManyRetries { retry_after })?;
        let (family, user) = (loaded.family.clone(), loaded.user.clone());
        let key = self.shared.root_keys.family_key(family.key_id, &family.salt);
        let key = key.ok_or(RefreshError::Unavailable)?;
        Ok(Examined::Answered(Box::new(Refreshed { family, key, user, outcome })))
    }

    fn in_flight(&self, family: &SessionFamily, now: Timestamp) -> RefreshError {
        let end = family.rotated_at.plus(self.shared.tolerance.race_window);
        let seconds = end.since(now).as_millis().div_ceil(1_000).max(1);
        RefreshError::InFlight { retry_until: u32::try_from(seconds).unwrap_or(u32::MAX) }
    }

    fn observe_age(&self, family: &SessionFamily, decision: Decision, now: Timestamp) {
        let of_rotation = matches!(
            decision,
            Decision::Retry
                | Decision::RetryExpired
                | Decision::InFlight
                | Decision::Unconfirmed
                | Decision::Reuse(_)
        );
        if of_rotation {
            observe(&self.shared.metrics.refresh_retry_age, now.since(family.rotated_at));
        }
    }
}
