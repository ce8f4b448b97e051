//! What the layers above ask of session families.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::cookie_rollout::CookieRollout;
use super::message::{
    Refresh, RefreshError, RefreshOutcome, Refreshed, Renew, Revoke, RevokeError, RevokeFor, Revoked,
};
use super::registry::Registry;
use super::revocation::RevocationIndex;
use super::signing_pool::IssueError;
use super::tokens::{IssuedTokens, TokenIssuer};
use super::verifier::{Authenticated, TokenError, Verifier};
use crate::clock::Clock;
use crate::entropy::{Entropy, bytes, uuid_v7};
use crate::keys::root_keys::{NotRead, RootKeys};
use crate::model::access_token::{jti_uuid, lifetime};
use crate::model::cookie_generation::Cohort;
use crate::model::family_key::FamilyKey;
use crate::model::principal::ActingSession;
use crate::model::refresh_token::RefreshToken;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::session_family::{IdleTimeouts, SessionFamily};
use crate::model::user_bucket::in_bucket_of;
use crate::store::session::family::UserRevocation;
use crate::store::session::family_write::Authority;
use crate::store::session::login::{AuthenticatedLogin, LoginFindings, NewFamily, OpeningOutcome};
use crate::store::{Effects, LoginPlace, Store, StoreError};
use crate::telemetry::metrics::Metrics;
use crate::throttle::Throttle;

/// Generation of a family's first token.
const FIRST_GENERATION: u64 = 1;

/// A session's tokens after a step-up or a change of the password.
#[derive(Debug)]
pub struct RenewedTokens {
    /// The next tokens of the session, or those of the request that was faster.
    pub tokens: IssuedTokens,
    /// Another request had spent the refresh token: these are its tokens, and the reauthentication is not spent.
    pub overtaken: bool,
}

/// Why a verified login gets no session.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OpenError {
    /// The password changed or was locked, or the account was logged out everywhere, after the credentials were
    /// verified.
    #[error("the credentials changed during the login")]
    CredentialsMoved,
    /// Another request has used the second factor, or its attempts were locked.
    #[error("the second factor was used meanwhile")]
    FactorSpent,
    /// The challenge was answered, has ended or expired, or what was verified no longer suffices.
    #[error("the second factor's challenge no longer works")]
    ChallengeSpent,
    /// The account was disabled, or its erasure began, after the credentials were verified.
    #[error("the account is not active")]
    NotActive,
    /// Signing failed. The family is in the database, and no client holds its tokens.
    #[error("tokens cannot be issued: {0}")]
    Tokens(#[from] IssueError),
    /// Nothing is known of the family; no client holds its tokens.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How long sessions live, and how many there may be.
#[derive(Clone, Copy, Debug)]
pub struct SessionRules {
    /// `sessions.max_per_user`
    pub max_per_user: u32,
    /// How long a session may go without a refresh.
    pub idle_timeouts: IdleTimeouts,
    /// `sessions.absolute_timeout`
    pub absolute_timeout: Duration,
    /// How long an access token may be accepted at most.
    pub longest_token_life: Duration,
    /// `refresh.grace`
    pub grace: Duration,
    /// How far this node's clock and the database's may be apart while it is ready: half of `refresh.race_window`.
    pub longest_clock_offset: Duration,
}

/// The door to all sessions. Methods that read or write the database directly must run on the
/// runtime that the store was opened on; [`Sessions::refresh`], [`Sessions::present`], [`Sessions::renew`],
/// [`Sessions::revoke`] and [`Sessions::verify`] may run anywhere.
pub struct Sessions {
    /// For what does not pass an actor: logins, lists, and revocations of several families.
    pub store: Arc<Store>,
    /// Finds or starts the actor of a family.
    pub registry: Arc<Registry>,
    /// What is revoked, as far as this node knows.
    pub index: Arc<RevocationIndex>,
    /// Makes tokens of families.
    pub issuer: TokenIssuer,
    /// Checks access tokens.
    pub verifier: Verifier,
    /// For the guard of refresh tokens and the salts of new families.
    pub root_keys: Arc<RootKeys>,
    /// The time of all nodes on the database.
    pub clock: Arc<dyn Clock>,
    /// Draws the ids and salts of families.
    pub entropy: Arc<dyn Entropy>,
    /// Lifetimes and limits.
    pub rules: SessionRules,
    /// Which generation the cookies of a user are of.
    pub rollout: Arc<CookieRollout>,
    /// Limits how often one session is refreshed.
    pub throttle: Arc<Throttle>,
    /// Counts refreshes and revocations.
    pub metrics: Metrics,
}

impl Sessions {
    /// Opens a family for a login, writes the effects that `compose` makes of what the transaction has found, and issues
    /// the first tokens.
    ///
    /// # Errors
    /// [`OpenError`]; then no client holds the family's tokens, if it was opened at all.
    pub async fn open<F>(
        &self,
        login: &AuthenticatedLogin<'_>,
        place: &LoginPlace,
        compose: F,
    ) -> Result<IssuedTokens, OpenError>
    where
        F: Fn(&LoginFindings) -> Result<Effects, StoreError>,
    {
        loop {
            let (family, key) = self.new_family(login);
            let current_jti = jti_uuid(key.jti(family.generation));
            let new = NewFamily { family, current_jti, max_per_user: self.rules.max_per_user, login, place };
            match self.store.open_family(&new, &compose).await? {
                OpeningOutcome::CredentialsMoved => return Err(OpenError::CredentialsMoved),
                OpeningOutcome::FactorSpent => return Err(OpenError::FactorSpent),
                OpeningOutcome::ChallengeSpent => return Err(OpenError::ChallengeSpent),
                OpeningOutcome::NotActive => return Err(OpenError::NotActive),
                // All sessions were revoked, and this node had not heard of it, or its clock is behind.
                OpeningOutcome::Outrun(cutoff) => {
                    self.index.insert_cutoff(cutoff);
                }
                OpeningOutcome::Open { user, ended: revoked, .. } => {
                    self.note_revoked(&revoked);
                    return Ok(self.issuer.issue(new.family, &key, current_jti, user).await?);
                }
            }
        }
    }

    /// Whether a refresh needs to know the device: only the grace asks for it.
    pub fn compares_devices(&self) -> bool {
        !self.rules.grace.is_zero()
    }

    /// Spends a refresh token and issues its successor's tokens, or the same successor to a retry. The cohort is that of
    /// the cookie which the token came in.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh(&self, request: Refresh, cohort: Cohort) -> Result<IssuedTokens, RefreshError> {
        let result = self.try_refresh(request).await;
        let outcome = match &result {
            Ok((_, outcome)) => outcome.counted(),
            Err(error) => error.outcome(),
        };
        self.metrics.refreshes.with_label_values(&[outcome.as_str(), cohort.as_str()]).inc();
        if let Some(limit) = result.as_ref().err().and_then(|error| error.limit()) {
            self.metrics.rate_limited.with_label_values(&[limit.as_str()]).inc();
        }
        result.map(|(tokens, _)| tokens)
    }

    async fn try_refresh(&self, request: Refresh) -> Result<(IssuedTokens, RefreshOutcome), RefreshError> {
        self.check_guard(&request.token)?;
        // After the guard: otherwise anyone could use the limit of a session up.
        self.throttle.count_refresh(request.token.family_id()).map_err(|wait| {
            let seconds = wait.as_micros().div_ceil(1_000_000);
            RefreshError::TooManyRefreshes { retry_after: u32::try_from(seconds).unwrap_or(u32::MAX) }
        })?;
        let refreshed = self.registry.refresh(request).await?;
        let outcome = refreshed.outcome;
        Ok((self.issue(refreshed).await?, outcome))
    }

    /// What a refresh token gets that is to be spent along with a reauthentication, before that is looked at: the tokens
    /// that another request has spent it for, or nothing if it is the live one.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn present(&self, request: Refresh) -> Result<Option<IssuedTokens>, RefreshError> {
        self.check_guard(&request.token)?;
        match self.registry.present(request).await? {
            Some(refreshed) => self.issue(*refreshed).await.map(Some),
            None => Ok(None),
        }
    }

    /// Spends a refresh token along with a reauthentication, and issues its successor's tokens.
    ///
    /// # Errors
    /// [`RefreshError`]; unless it is [`RefreshError::Unavailable`], the reauthentication is not spent.
    pub async fn renew(&self, request: Renew) -> Result<RenewedTokens, RefreshError> {
        let renewed = self.registry.renew(request).await?;
        self.note_revoked(&renewed.revoked);
        let tokens = self.issue(renewed.refreshed).await?;
        Ok(RenewedTokens { tokens, overtaken: renewed.overtaken })
    }

    fn check_guard(&self, token: &RefreshToken) -> Result<(), RefreshError> {
        self.check_origin(token)?;
        // The family's id tells, before any row does.
        if self.index.cutoff().covers(token.family_id()) {
            return Err(RefreshError::Revoked(RevokeReason::RevokeAll));
        }
        Ok(())
    }

    /// A token that was not issued here is invalid. One under a root key that is not known here may have been issued by
    /// another node: it is not refused while the keys cannot be read.
    fn check_origin(&self, token: &RefreshToken) -> Result<(), RefreshError> {
        match self.issuer.is_own(token) {
            Ok(true) => Ok(()),
            Ok(false) => Err(RefreshError::Invalid),
            Err(NotRead) => Err(RefreshError::Unavailable),
        }
    }

    async fn issue(&self, refreshed: Refreshed) -> Result<IssuedTokens, RefreshError> {
        let Refreshed { family, key, jti, user, .. } = refreshed;
        let tokens = self.issuer.issue(family, &key, jti, user).await;
        tokens.map_err(|_| RefreshError::Unavailable)
    }

    /// Revokes one family by one of its own tokens.
    ///
    /// # Errors
    /// [`RefreshError::Invalid`] if the request's token is not the family's; otherwise why it could not
    /// be done.
    pub async fn revoke(&self, family: Uuid, request: Revoke) -> Result<Revoked, RefreshError> {
        if let Some(token) = &request.token {
            self.check_origin(token)?;
        }
        self.registry.revoke(family, request).await
    }

    /// Revokes one family on the authority of another session, which is checked in the same transaction; `None` if the
    /// authority's owner has no such family.
    ///
    /// # Errors
    /// [`RevokeError`]; unless it is [`RefreshError::Unavailable`], the family is as it was.
    pub async fn revoke_for(
        &self,
        authority: Authority,
        family: Uuid,
        context: RequestContext,
    ) -> Result<Option<Revoked>, RevokeError> {
        // Asked first, so that no actor is started for an id that someone has invented. It never changes.
        let owner = self.store.family_owner(family).await.map_err(|_| RefreshError::Unavailable)?;
        if owner != Some(authority.owner()) {
            return Ok(None);
        }
        let reason = match authority {
            Authority::Owner(_) => RevokeReason::EndedByUser,
            Authority::Administration { .. } => RevokeReason::EndedByAdmin,
        };
        self.registry.revoke_for(family, RevokeFor { authority, reason, context }).await.map(Some)
    }

    /// Revokes all of a user's families and moves the credential epoch on; returns how many there were.
    ///
    /// # Errors
    /// [`StoreError`]; then none is revoked.
    pub async fn revoke_all_own(
        &self,
        acting_session: ActingSession,
        context: RequestContext,
    ) -> Result<usize, StoreError> {
        self.revoke_own(acting_session, None, RevokeReason::LogoutAll, context).await
    }

    /// Revokes a user's families except the acting one.
    ///
    /// # Errors
    /// [`StoreError`]; then none is revoked.
    pub async fn revoke_others(
        &self,
        acting_session: ActingSession,
        context: RequestContext,
    ) -> Result<usize, StoreError> {
        let except = Some(acting_session.session_id);
        self.revoke_own(acting_session, except, RevokeReason::EndedByUser, context).await
    }

    async fn revoke_own(
        &self,
        acting_session: ActingSession,
        except: Option<Uuid>,
        reason: RevokeReason,
        context: RequestContext,
    ) -> Result<usize, StoreError> {
        let user = acting_session.user_id;
        let revocation = self.revocation_of(user, except, reason, except.is_none());
        let event = self.event(EventKind::SessionsEnded, user, context).by(user);
        let event = event.with(json!({ "reason": reason.as_str(), "kept": except }));
        let effects = Effects::of(event).by_session(Some(acting_session));
        let revoked = self.store.revoke_families(&revocation, &effects).await?;
        self.note_revoked(&revoked);
        Ok(revoked.len())
    }

    /// What the store needs to revoke a user's families along with something else, such as a change of the
    /// password. Once that is committed, what it returns goes to [`Sessions::note_revoked`].
    pub fn revocation_of(
        &self,
        user_id: Uuid,
        except: Option<Uuid>,
        reason: RevokeReason,
        advance_epoch: bool,
    ) -> UserRevocation {
        let at = self.clock.now();
        let tokens_since = at.minus(self.rules.longest_token_life);
        UserRevocation { user_id, except, reason, advance_epoch, at, tokens_since }
    }

    /// # Errors
    /// [`TokenError`].
    pub fn verify(&self, access_token: &str) -> Result<Arc<Authenticated>, TokenError> {
        self.verifier.verify(access_token)
    }

    /// Families were revoked in the database: from now on their tokens are refused here, too. The database comes first,
    /// so that a message that is missed resurrects nothing.
    pub fn note_revoked(&self, families: &[Uuid]) {
        let now = self.clock.now();
        for family in families {
            self.index.insert(*family, now);
        }
        self.registry.forget(families);
    }

    fn new_family(&self, login: &AuthenticatedLogin<'_>) -> (SessionFamily, FamilyKey) {
        let now = self.clock.now();
        let (expires_at, salt) = (now.plus(self.rules.absolute_timeout), bytes(self.entropy.as_ref()));
        let root = self.root_keys.active();
        let key = root.family_key(&salt);
        let access_life = lifetime(self.issuer.terms.ttl, key.jti(FIRST_GENERATION));
        let family = SessionFamily {
            // Younger than all families that were revoked at once, even if this node's clock is behind.
            id: in_bucket_of(
                login.account.user.id,
                uuid_v7(self.entropy.as_ref(), now.max(self.index.cutoff().moment())),
            ),
            user_id: login.account.user.id,
            key_id: root.id,
            salt,
            generation: FIRST_GENERATION,
            rotated_at: now,
            rotation_key_hash: None,
            auth_time: now,
            amr: login.amr,
            aal: login.amr.aal(),
            credential_epoch: login.account.credential_epoch,
            idle_expires_at: now.plus(self.rules.idle_timeouts.of(login.client.remembered)).min(expires_at),
            expires_at,
            access_expires_at: now.plus(access_life),
            transport: login.client.transport,
            remembered: login.client.remembered,
            revoked: None,
        };
        (family, key)
    }

    fn event(&self, kind: EventKind, user: Uuid, context: RequestContext) -> SecurityEvent {
        let now = self.clock.now();
        SecurityEvent::new(uuid_v7(self.entropy.as_ref(), now), kind, context, now).about(user)
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sessions")
    }
}
