//! The right to erasure (GDPR article 17): a request, a grace period, and the erasure itself.

use uuid::Uuid;

use serde_json::json;

use super::{Administration, AdministrationError, Principal, Privacy};
use crate::clock::Timestamp;
use crate::model::notice::{Notice, Place};
use crate::model::principal::ActingSession;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, RequestContext};
use crate::notification::Addressee;
use crate::store::privacy::erasure::{BegunErasure, ErasureRequest, ErasureRequestOutcome};
use crate::store::privacy::pseudonym::Part;
use crate::store::{Effects, StoreError};

/// Users looked up at a time.
const PAGE: u64 = 100;
/// For how long after an erasure the security events are searched for late ones, such as that of a login that was under
/// way.
const AFTERMATH: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// Why the request was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    #[error("no other administrator would be left")]
    LastAdmin,
    #[error("the account no longer exists")]
    Gone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Privacy {
    /// Records a user's request to be erased and revokes all sessions. Returns when the erasure is due; without a
    /// grace period it is done at once.
    ///
    /// # Errors
    /// [`ErasureError`]; then nothing has changed.
    pub async fn request_erasure(
        &self,
        acting_session: ActingSession,
        context: RequestContext,
    ) -> Result<Timestamp, ErasureError> {
        let user_id = acting_session.user_id;
        let profile = self.store.profile(user_id).await?.ok_or(ErasureError::Gone)?;
        let now = self.clock.now();
        let erase_at = now.plus(self.rules.erasure_grace);
        let addressee = Addressee {
            user_id: Some(user_id),
            to: profile.user.email,
            display_name: profile.display_name,
            locale: profile.locale,
            time_zone: profile.time_zone,
            is_proven: profile.email_verified,
            known_device: false,
        };
        let notice = Notice::ErasureRequested { erase_at, at: now, place: Place::of(&context) };
        let message = self.composer.mail(&addressee, notice)?;
        let event = self.event(EventKind::ErasureRequested, context).about(user_id).by(user_id);
        let event = event.with(json!({ "erase_at": erase_at.rfc3339() }));
        let request = ErasureRequest {
            erase_at,
            revocation: self.sessions.revocation_of(user_id, None, RevokeReason::Erasure, true),
            effects: Effects::of(event).telling(message).by_session(Some(acting_session)),
        };
        match self.store.request_erasure(&request).await? {
            ErasureRequestOutcome::LastAdmin => return Err(ErasureError::LastAdmin),
            ErasureRequestOutcome::Gone => return Err(ErasureError::Gone),
            ErasureRequestOutcome::Recorded(ended) => self.sessions.note_revoked(&ended),
        }
        if self.rules.erasure_grace.is_zero() {
            self.erase_at_once(user_id).await;
        }
        Ok(erase_at)
    }

    /// Erases an account for an administrator, without a grace period: no login can cancel it. The owner is told by mail
    /// when it is done.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn erase_for(
        &self,
        administration: &Administration,
        principal: &Principal,
        target: Uuid,
    ) -> Result<(), AdministrationError> {
        administration.order_erasure(principal, target).await?;
        self.erase_at_once(target).await;
        Ok(())
    }

    /// The request is recorded: the job does what fails now.
    async fn erase_at_once(&self, user_id: Uuid) {
        if let Err(error) = self.erase(user_id).await {
            tracing::warn!(%user_id, %error, "cannot erase an account at once; leaving it to the background job");
        }
    }

    /// Erases all users whose erasure is due, and returns how many there were. A failure does not keep the others from
    /// being erased.
    ///
    /// # Errors
    /// The first [`ErasureError`], after the others were erased.
    pub async fn erase_due(&self) -> Result<u64, ErasureError> {
        let (mut erased, mut failure, mut after) = (0, None, None);
        loop {
            let due = self.store.due_erasures(self.clock.now(), after, PAGE).await?;
            for user_id in &due {
                match self.erase(*user_id).await {
                    Ok(done) => erased += u64::from(done),
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
            after = due.last().copied();
            if (due.len() as u64) < PAGE {
                break;
            }
        }
        let since = self.clock.now().minus(AFTERMATH);
        for user_id in self.store.erased_since(since).await? {
            self.pseudonymise(user_id).await?;
        }
        failure.map_or(Ok(erased), Err)
    }

    /// First it is decided, for good, and only then is anything lost; a login that comes before that cancels
    /// the erasure and finds everything as it was. The user's row, by which all else is found, goes last but
    /// for the picture, which is found without it. Whatever interrupts this, the next run does it again from
    /// the beginning.
    async fn erase(&self, user_id: Uuid) -> Result<bool, ErasureError> {
        let revocation = self.sessions.revocation_of(user_id, None, RevokeReason::Erasure, true);
        let Some(begun) = self.store.begin_erasure(&revocation).await? else {
            return Ok(false);
        };
        self.sessions.note_revoked(&begun.ended);
        self.pseudonymise(user_id).await?;
        let batch = self.retention.batch;
        while self.store.erase_ended_families(user_id, batch).await? >= batch {}
        if !self.store.erase(user_id, &self.farewell(user_id, begun)?).await? {
            return Ok(false);
        }
        tracing::info!(%user_id, "erased an account");
        if let Err(error) = self.avatars.forget(user_id).await {
            tracing::warn!(%error, "cannot delete the avatar of an erased account; leaving it to the sweep");
        }
        // What was written since the first time.
        self.pseudonymise(user_id).await?;
        self.store.empty_log().await?;
        Ok(true)
    }

    fn farewell(&self, user_id: Uuid, begun: BegunErasure) -> Result<Effects, ErasureError> {
        let addressee = Addressee {
            user_id: None,
            to: begun.email,
            display_name: begun.display_name,
            locale: begun.locale,
            time_zone: begun.time_zone,
            is_proven: begun.email_verified,
            known_device: false,
        };
        let notice = Notice::AccountErased { at: self.clock.now() };
        let event = self.event(EventKind::AccountErased, RequestContext::default()).about(user_id);
        Ok(Effects::of(event).telling(self.composer.mail(&addressee, notice)?))
    }

    async fn pseudonymise(&self, user_id: Uuid) -> Result<(), StoreError> {
        for part in [Part::About, Part::By] {
            let mut after = None;
            loop {
                after = self.store.pseudonymise(user_id, part, after, self.retention.batch).await?;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }
}
