//! A root key that may have been stolen. Someone who has it and the database makes refresh tokens for every session under
//! it, and rotates them as well: so these sessions end.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::KeyError;
use super::root_rotation::{ANNOUNCED, RootKeyStep, RootRotation};
use super::rotation::SigningKeyError;
use crate::config::Tokens;
use crate::model::key_ring::Obstacle;
use crate::model::key_state::KeyState;
use crate::store::Effects;
use crate::store::keys::root_key::RootKeyOutcome;
use crate::store::session::root_key_families::FamiliesUnder;

/// The pause before rows that another transaction held are looked for again.
const PAUSE: Duration = Duration::from_millis(100);
/// How often they are looked for.
const ATTEMPTS: u32 = 50;

/// The outcome of retiring a root key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RootKeyRetirement {
    /// The key.
    pub id: u8,
    /// The sessions under it, which were revoked.
    pub revoked: u64,
    /// Whether it is deleted. An active one is, when this is done again after another key has taken over.
    pub deleted: bool,
}

impl RootKeyRetirement {
    /// The detail of the security event.
    pub fn detail(&self) -> Value {
        json!({ "id": self.id, "revoked": self.revoked, "deleted": self.deleted })
    }
}

impl RootRotation {
    /// How many sessions end if the key is retired at once.
    ///
    /// # Errors
    /// [`SigningKeyError`].
    pub async fn count_under(&self, id: u8) -> Result<u64, SigningKeyError> {
        let Some(families) = self.families_under(id).await? else { return Ok(0) };
        Ok(self.parts.store.count_families_under(families).await?)
    }

    /// Those that there are now; also expired ones, as long as an access token of theirs may be accepted.
    async fn families_under(&self, root_key: u8) -> Result<Option<FamiliesUnder>, SigningKeyError> {
        let since = self.parts.clock.now().minus(Tokens::LONGEST_LIFE);
        let youngest = self.parts.store.youngest_family().await?;
        Ok(youngest.map(|last| FamiliesUnder { root_key, since, last }))
    }

    /// Revokes the sessions under a key. A superseded key is deleted afterwards. An active one cannot be, because new
    /// sessions need it until another one is known everywhere: that is announced, and once it has taken over, this must be
    /// done again.
    ///
    /// # Errors
    /// [`SigningKeyError`]; sessions that were revoked before it stay revoked.
    pub async fn retire_now(
        &self,
        id: u8,
        announcement: impl Fn(&RootKeyStep) -> Effects,
        effects: impl Fn(&RootKeyRetirement) -> Effects,
    ) -> Result<RootKeyRetirement, SigningKeyError> {
        let stored = self.parts.store.root_keys().await?;
        let found = stored.iter().find(|key| key.id == id).ok_or(SigningKeyError::Unknown)?;
        match found.state {
            Some(KeyState::Active) => {
                match self.rotate(None, announcement).await {
                    // It is announced already.
                    Ok(_) | Err(SigningKeyError::Obstacle(Obstacle::NotRipe { .. })) => {}
                    Err(error) => return Err(error),
                }
                let retirement =
                    RootKeyRetirement { id, revoked: self.revoke_under(id).await?, deleted: false };
                self.parts.store.record(&effects(&retirement)).await?;
                Ok(retirement)
            }
            Some(KeyState::Retired) => {
                let retirement =
                    RootKeyRetirement { id, revoked: self.revoke_under(id).await?, deleted: true };
                match self.parts.store.delete_root_key(id, &effects(&retirement)).await? {
                    RootKeyOutcome::Done => Ok(retirement),
                    RootKeyOutcome::Overtaken => Err(SigningKeyError::Overtaken),
                    RootKeyOutcome::Refused(denial) => Err(SigningKeyError::Refused(denial)),
                }
            }
            Some(KeyState::Standby) => Err(Obstacle::NotRipe { left: ANNOUNCED }.into()),
            None => Err(SigningKeyError::Unknown),
        }
    }

    /// Puts a new key in the place of all, and uses it at once. Every refresh token is refused from now on.
    ///
    /// # Errors
    /// [`SigningKeyError`]; then the keys are as they were.
    pub async fn replace_all(
        &self,
        by: Option<Uuid>,
        effects: impl Fn(&RootKeyStep) -> Effects,
    ) -> Result<RootKeyStep, SigningKeyError> {
        let stored = self.parts.store.root_keys().await?;
        let newest = stored.iter().map(|key| key.id).max().unwrap_or_default();
        let id = newest.checked_add(1).ok_or(KeyError::NoRootKeyId)?;
        let key = self.new_root_key(id, self.parts.clock.now())?;
        let step = RootKeyStep { id, state: KeyState::Active.as_str() };
        let outcome = self.parts.store.replace_root_keys(by, &key, &effects(&step)).await?;
        self.done(outcome, step).await
    }

    async fn revoke_under(&self, id: u8) -> Result<u64, SigningKeyError> {
        let Some(families) = self.families_under(id).await? else { return Ok(0) };
        let store = &self.parts.store;
        let (mut revoked, mut attempts) = (0, 0);
        loop {
            let batch = store.revoke_families_under(families, self.parts.clock.now()).await?;
            revoked += batch;
            if batch > 0 {
                continue;
            }
            if store.count_families_under(families).await? == 0 {
                return Ok(revoked);
            }
            attempts += 1;
            if attempts == ATTEMPTS {
                return Err(SigningKeyError::Overtaken);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
