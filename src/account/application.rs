//! Applications: servers that act for the browsers of their users, such as the back end of a web application. Each has a
//! secret, which is shown once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{Administration, Principal};
use crate::entropy::uuid_v7;
use crate::model::authority::Denial;
use crate::model::family_key::equal;
use crate::model::opaque_token::{self, Use};
use crate::model::security_event::EventKind;
use crate::secret::Secret;
use crate::store::credential::application::{ApplicationOutcome, ApplicationRecord, NewApplication};
use crate::store::{Effects, Store, StoreError};

/// The longest name, in characters.
const LONGEST_NAME: usize = 64;
/// How old the known secrets may be: a removed application is refused by all nodes after this time.
const FRESH: Duration = Duration::from_secs(2);

/// Why an application was not created or not removed.
#[derive(Debug, thiserror::Error)]
pub enum ApplicationError {
    #[error("the name must have 1 to 64 characters, none of them a control character")]
    InvalidName,
    #[error("there are as many applications as there can be")]
    TooMany,
    #[error("there is no such application")]
    Unknown,
    #[error("{0}")]
    Refused(Denial),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Administration {
    /// Creates an application. The secret is not kept, only its hash.
    ///
    /// # Errors
    /// [`ApplicationError`]; then none was created.
    pub async fn create_application(
        &self,
        principal: &Principal,
        name: &str,
    ) -> Result<(ApplicationRecord, Secret<String>), ApplicationError> {
        let name = name.trim();
        let is_fine =
            (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if !is_fine {
            return Err(ApplicationError::InvalidName);
        }
        let now = self.clock.now();
        let secret = opaque_token::generate(self.entropy.as_ref(), Use::Application);
        let new = NewApplication {
            id: uuid_v7(self.entropy.as_ref(), now),
            name: name.to_owned(),
            secret_hash: opaque_token::hash(Use::Application, secret.expose()),
            at: now,
        };
        let event = self.event(EventKind::ApplicationCreated, principal, json!({ "application": new.id }));
        let effects = Effects::of(event).by_session(principal.acting_session);
        let outcome = self.store.create_application(principal.user_id(), &new, &effects).await?;
        self.settle(principal, "create_application", outcome).await?;
        Ok((ApplicationRecord { id: new.id, name: new.name, created_at: now }, secret))
    }

    /// Removes an application.
    ///
    /// # Errors
    /// [`ApplicationError`]; then it was not removed.
    pub async fn remove_application(&self, principal: &Principal, id: Uuid) -> Result<(), ApplicationError> {
        let event = self.event(EventKind::ApplicationRemoved, principal, json!({ "application": id }));
        let effects = Effects::of(event).by_session(principal.acting_session);
        let outcome = self.store.remove_application(principal.user_id(), id, &effects).await?;
        self.settle(principal, "remove_application", outcome).await
    }

    async fn settle(
        &self,
        principal: &Principal,
        operation: &str,
        outcome: ApplicationOutcome,
    ) -> Result<(), ApplicationError> {
        match outcome {
            ApplicationOutcome::Done => Ok(()),
            ApplicationOutcome::Unknown => Err(ApplicationError::Unknown),
            ApplicationOutcome::TooMany => Err(ApplicationError::TooMany),
            ApplicationOutcome::Refused(refusal) => {
                self.record_denial(principal, json!({ "operation": operation })).await?;
                Err(ApplicationError::Refused(refusal))
            }
        }
    }
}

/// Checks the secrets of applications. They are few, and all of them are read together, so that strangers with made-up
/// secrets cost the database nothing.
pub struct Applications {
    store: Arc<Store>,
    known: Mutex<Option<Known>>,
}

struct Known {
    read_at: Instant,
    hashes: HashMap<Uuid, Vec<u8>>,
}

impl Applications {
    pub fn new(store: Arc<Store>) -> Self {
        Self { store, known: Mutex::default() }
    }

    /// Whether this is the secret of this application.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verify(&self, id: Uuid, secret: &Secret<String>) -> Result<bool, StoreError> {
        let mut known = self.known.lock().await;
        if known.as_ref().is_none_or(|known| known.read_at.elapsed() > FRESH) {
            let read_at = Instant::now();
            let hashes = self.store.application_hashes().await?.into_iter().collect();
            *known = Some(Known { read_at, hashes });
        }
        let hash = opaque_token::hash(Use::Application, secret.expose());
        let found = known.as_ref().and_then(|known| known.hashes.get(&id));
        Ok(found.is_some_and(|own| equal(own, &hash.0)))
    }
}

impl std::fmt::Debug for Applications {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Applications")
    }
}
