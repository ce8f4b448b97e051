//! The live token is spent, and the next generation issued.

use super::FamilyCore;
use super::examination::Live;
use crate::model::access_token::{jti_uuid, lifetime};
use crate::model::account::UserFacts;
use crate::model::family_key::FamilyKey;
use crate::model::session_family::{NextGeneration, SessionFamily};
use crate::session::message::{Refresh, RefreshError, RefreshOutcome, Refreshed};
use crate::store::session::family_write::{Rotated, Rotation, RotationOutcome};

impl FamilyCore {
    /// `None` if another change was faster.
    pub(super) async fn rotate(
        &mut self,
        live: Live,
        request: &Refresh,
    ) -> Result<Option<Refreshed>, RefreshError> {
        let Live { family, key, stored_generation, .. } = live;
        let (rotation, key) = self.next_generation(&family, key, request);
        let rotation = Rotation { stored_generation, ..rotation };
        let next = rotation.next;
        match self.persist(self.shared.store.rotate(rotation)).await? {
            RotationOutcome::Rotated(Rotated { user, at }) => {
                Ok(Some(self.adopt(family.rotated(&next, at), key, user)))
            }
            RotationOutcome::Overtaken => {
                self.lose();
                Ok(None)
            }
        }
    }

    /// The next generation as it is written, and the key that its tokens are derived with.
    pub(super) fn next_generation(
        &self,
        family: &SessionFamily,
        presented: FamilyKey,
        request: &Refresh,
    ) -> (Rotation, FamilyKey) {
        let root = self.shared.root_keys.active();
        let key = if presented.root == root.id { presented } else { root.family_key(&family.salt) };
        let jti = key.jti(family.generation + 1);
        let rotation = Rotation {
            family_id: self.id,
            spent_generation: family.generation,
            stored_generation: family.generation,
            auth_time: family.auth_time,
            next: NextGeneration {
                key_id: root.id,
                rotation_key_hash: request.facts.attempt.map(|attempt| attempt.hash),
                idle_timeout: self.shared.idle_timeouts.of(family.remembered),
                access_life: lifetime(self.shared.access_ttl, jti),
            },
            jti: jti_uuid(jti),
            network: request.network.clone(),
            location: self.shared.geoip.locate(&request.context),
        };
        (rotation, key)
    }

    /// The next generation was committed.
    pub(super) fn adopt(&mut self, next: SessionFamily, key: FamilyKey, user: UserFacts) -> Refreshed {
        self.family = Some(Box::new(next.clone()));
        Refreshed { family: next, key, user, outcome: RefreshOutcome::Rotated }
    }

    /// Another change was faster: what is remembered is out of date.
    pub(super) fn lose(&mut self) {
        self.shared.metrics.family_conflicts.inc();
        self.forget();
    }
}
