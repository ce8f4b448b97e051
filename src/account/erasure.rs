//! The right to be erased (GDPR article 17): a wish, a time to think it over, and the deed.

use uuid::Uuid;

use serde_json::json;

use super::Privacy;
use crate::clock::Timestamp;
use crate::model::notice::{Notice, Place};
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, RequestContext};
use crate::notification::{Addressee, Unsealable};
use crate::store::privacy::erasure::{Begun, ErasureWish, Wished};
use crate::store::privacy::pseudonym::Part;
use crate::store::session::acting_session::ActingSession;
use crate::store::{Effects, StoreError};

/// Users looked up at a time.
const PAGE: u64 = 100;
/// For how long after an erasure the audit log is looked through for what came late: a login that was
/// under way, for example.
const AFTERMATH: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// Why the wish was not noted.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    #[error("nobody else could administer")]
    LastAdmin,
    #[error("there is no such account any more")]
    Gone,
    #[error("an erasure failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unsealable> for ErasureError {
    fn from(_: Unsealable) -> Self {
        Self::Internal("sealing a message")
    }
}

impl Privacy {
    /// Notes a user's wish to be erased and ends all sessions; gives back when it will be done. Without a
    /// time to think it over it is done at once.
    ///
    /// # Errors
    /// [`ErasureError`]; then nothing has changed.
    pub async fn wish_erasure(
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
            is_proven: profile.email_verified,
            known_device: false,
        };
        let notice = Notice::ErasureRequested { erase_at, at: now, place: Place::of(&context) };
        let message = self.composer.mail(&addressee, notice)?;
        let event = self.event(EventKind::ErasureRequested, context).about(user_id).by(user_id);
        let event = event.with(json!({ "erase_at": erase_at.rfc3339() }));
        let wish = ErasureWish {
            erase_at,
            ending: self.sessions.ending(user_id, None, RevokeReason::Erasure, true),
            effects: Effects::of(event).telling(message).by_session(Some(acting_session)),
        };
        match self.store.wish_erasure(&wish).await? {
            Wished::LastAdmin => return Err(ErasureError::LastAdmin),
            Wished::Gone => return Err(ErasureError::Gone),
            Wished::Noted(ended) => self.sessions.enforce(&ended),
        }
        if self.rules.erasure_grace.is_zero() {
            // The wish stands: what fails now, the job does.
            if let Err(error) = self.erase(user_id).await {
                tracing::warn!(%user_id, %error, "an erasure waits for its job");
            }
        }
        Ok(erase_at)
    }

    /// Erases everybody whose time has come; gives back how many they were. One who cannot be erased does
    /// not keep the others.
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
        let ending = self.sessions.ending(user_id, None, RevokeReason::Erasure, true);
        let Some(begun) = self.store.begin_erasure(&ending).await? else {
            return Ok(false);
        };
        self.sessions.enforce(&begun.ended);
        self.pseudonymise(user_id).await?;
        let batch = self.retention.batch;
        while self.store.erase_ended_families(user_id, batch).await? >= batch {}
        if !self.store.erase(user_id, &self.farewell(user_id, begun)?).await? {
            return Ok(false);
        }
        tracing::info!(%user_id, "an account was erased");
        if let Err(error) = self.avatars.forget(user_id).await {
            tracing::warn!(%error, "the picture of an erased account is left to the sweep");
        }
        // What was written since the first time.
        self.pseudonymise(user_id).await?;
        self.store.empty_log().await?;
        Ok(true)
    }

    fn farewell(&self, user_id: Uuid, begun: Begun) -> Result<Effects, ErasureError> {
        let addressee = Addressee {
            user_id: None,
            to: begun.email,
            display_name: begun.display_name,
            locale: begun.locale,
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
