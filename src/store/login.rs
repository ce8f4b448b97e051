//! A login becomes a session family, within the limit of sessions, in one transaction.

use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait, QuerySelect};
use uuid::Uuid;

use super::entity::{session_family as entity, user};
use super::{Store, StoreError, Trail, account, session_family, trail};
use crate::model::account::{Status, UserFacts};
use crate::model::device::Device;
use crate::model::revocation::RevokeReason;
use crate::model::session_family::SessionFamily;

/// A family to be written.
#[derive(Clone, Debug)]
pub struct NewFamily {
    pub family: SessionFamily,
    pub current_jti: Uuid,
    pub device: Device,
    pub network: Option<String>,
    /// Live sessions the user may have, this one included.
    pub max_per_user: u32,
    pub trail: Trail,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Opened {
    Open {
        user: UserFacts,
        /// Least recently used families that had to end.
        ended: Vec<Uuid>,
    },
    /// The password changed, or everything was logged out, after the password was checked.
    CredentialsMoved,
    NotActive,
}

impl Store {
    /// Locks the user, checks that the login still counts, ends what exceeds the limit, and writes the
    /// family with its audit event.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn open_family(&self, new: &NewFamily) -> Result<Opened, StoreError> {
        let opened = self.retrying(|| self.try_open_family(new)).await?;
        if let Opened::Open { ended, .. } = &opened {
            self.count(&new.trail);
            self.metrics.count_ended(RevokeReason::SessionLimit, ended.len());
        }
        Ok(opened)
    }

    async fn try_open_family(&self, new: &NewFamily) -> Result<Opened, StoreError> {
        let transaction = self.begin(&self.write).await?;
        let user = user::Entity::find_by_id(new.family.user_id).lock_exclusive().one(&transaction).await?;
        let Some(user) = user else {
            return Ok(Opened::NotActive);
        };
        if Status::from_stored(&user.status) != Status::Active {
            return Ok(Opened::NotActive);
        }
        if user.credential_epoch != new.family.credential_epoch {
            return Ok(Opened::CredentialsMoved);
        }
        let at = new.family.rotated_at;
        let keep = u64::from(new.max_per_user.saturating_sub(1));
        let ended = session_family::lock_excess(&transaction, user.id, keep, at).await?;
        session_family::revoke(&transaction, &ended, RevokeReason::SessionLimit, at).await?;
        self.log_revocations(&transaction, &ended, RevokeReason::SessionLimit, at).await?;
        entity::Entity::insert(row(new)).exec_without_returning(&transaction).await?;
        trail::write(&transaction, &new.trail).await?;
        transaction.commit().await?;
        Ok(Opened::Open { user: account::user_facts(&user), ended })
    }
}

fn row(new: &NewFamily) -> entity::ActiveModel {
    let family = &new.family;
    let at = family.rotated_at.as_micros();
    entity::ActiveModel {
        id: Set(family.id),
        user_id: Set(family.user_id),
        key_id: Set(i16::from(family.key_id.0)),
        salt: Set(family.salt.to_vec()),
        generation: Set(family.generation.cast_signed()),
        current_jti: Set(new.current_jti),
        rotated_at: Set(at),
        rotation_key_hash: Set(None),
        auth_time: Set(family.auth_time.as_micros()),
        amr: Set(family.amr.to_string()),
        aal: Set(i16::from(family.aal.number())),
        credential_epoch: Set(family.credential_epoch),
        created_at: Set(at),
        last_seen_at: Set(at),
        idle_expires_at: Set(family.idle_expires_at.as_micros()),
        expires_at: Set(family.expires_at.as_micros()),
        device_hash: Set(family.device_hash.to_vec()),
        device_name: Set(new.device.name.clone()),
        browser: Set(new.device.browser.clone()),
        os: Set(new.device.os.clone()),
        device_type: Set(new.device.kind.as_str().to_owned()),
        last_ip_cidr: Set(new.network.clone()),
        location: Set(None),
        revoked_at: Set(None),
        revoke_reason: Set(None),
        replayed_jti: Set(None),
    }
}
