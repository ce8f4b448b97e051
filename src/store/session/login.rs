//! A login becomes a session family, within the limit of sessions, in one transaction.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::{Status, UserFacts};
use crate::model::anomaly::AnomalyReason;
use crate::model::assurance::Aal;
use crate::model::device::Device;
use crate::model::revocation::{Cutoff, RevokeReason};
use crate::model::security_event::SecurityEvent;
use crate::model::session_family::SessionFamily;
use crate::store::authenticator::passkey::{self, PasskeyUse, Spending};
use crate::store::authenticator::trusted_device::NewTrustedDevice;
use crate::store::credential::password_attempt::{self, Reservation};
use crate::store::entity::{session_family as entity, user};
use crate::store::{
    AnomalyCheck, Decision, Effects, Store, StoreError, Tx, account, authenticator::trusted_device,
    session::anomaly, session::family as session_family, session::login_challenge, session::revoke_all,
};

/// A family to be written.
#[derive(Clone, Debug)]
pub struct NewFamily {
    pub family: SessionFamily,
    pub current_jti: Uuid,
    pub device: Device,
    pub network: Option<String>,
    /// A session of the same browser, which this login revokes, whosever it is.
    pub replaces: Option<Uuid>,
    /// Live sessions the user may have, this one included.
    pub max_per_user: u32,
    pub effects: Effects,
    /// The device of the token that the login gives.
    pub known_device: Option<Uuid>,
    /// The attempt at the password that was right, if there was one.
    pub attempt: Option<Reservation>,
    pub second_factor: SecondFactorUse,
    pub lookout: AnomalyCheck,
    /// What is written if the login is out of the ordinary; its detail is filled in.
    pub if_anomalous: SecurityEvent,
    /// For an account that is to be erased: the login cancels that. Without it such a login is refused.
    pub if_erasing: Option<Effects>,
}

/// How the login has dealt with the second factor, if there is one.
#[derive(Clone, Debug, Default)]
pub struct SecondFactorUse {
    /// The challenge that it answers, to be spent.
    pub challenge: Option<Uuid>,
    /// The trusted device that stands in for it.
    pub device: Option<Uuid>,
    /// The passkey that logged in by itself, with the ceremony to be spent.
    pub passkey: Option<PasskeyUse>,
    /// The device is to be trusted from now on.
    pub trust: Option<NewTrustedDevice>,
}

/// The outcome of a login.
#[derive(Clone, Debug)]
pub enum Opened {
    Open {
        user: UserFacts,
        /// The family that was replaced, and the least recently used ones that had to end.
        ended: Vec<Uuid>,
        /// What was out of the ordinary.
        anomaly: Option<AnomalyReason>,
    },
    /// The password changed or was locked, everything was logged out, or the account was erased, after the
    /// password was checked.
    CredentialsMoved,
    /// The challenge, or the passkey's ceremony, was spent, ended or expired meanwhile.
    ChallengeSpent,
    NotActive,
    /// All sessions of before this were revoked meanwhile, and the family is one of them by its id.
    Outrun(Cutoff),
}

impl Store {
    /// Locks the user, checks that the login still counts, ends what exceeds the limit, and writes the
    /// family with its security event.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn open_family(&self, new: &NewFamily) -> Result<Opened, StoreError> {
        let opened = self.transact(|tx| self.open_family_within(tx, new)).await?;
        if let Opened::Open { anomaly: Some(reason), .. } = &opened {
            self.metrics.login_anomalies.with_label_values(&[reason.as_str()]).inc();
        }
        Ok(opened)
    }

    async fn open_family_within(&self, tx: Tx, new: &NewFamily) -> Result<Decision<Opened>, StoreError> {
        let user = account::lock(&tx, new.family.user_id).await?;
        let Some(user) = user.filter(|user| user.credential_epoch == new.family.credential_epoch) else {
            return Ok(Decision::Rollback(Opened::CredentialsMoved));
        };
        if user.status != Status::Active {
            return Ok(Decision::Rollback(Opened::NotActive));
        }
        if let Some(cutoff) = revoke_all::latest(&tx).await?
            && cutoff.covers(new.family.id)
        {
            return Ok(Decision::Rollback(Opened::Outrun(cutoff)));
        }
        let at = new.family.rotated_at;
        // First, as the journal does it; and the replaced one before, so that it does not count.
        let replaced = session_family::lock_live(&tx, new.replaces, at).await?;
        self.end(&tx, &replaced, RevokeReason::Replaced, at).await?;
        let keep = u64::from(new.max_per_user.saturating_sub(1));
        let ended = session_family::lock_excess(&tx, user.id, keep, at).await?;
        if !settle_second_factor(&tx, &user, new).await? {
            return Ok(Decision::Rollback(Opened::ChallengeSpent));
        }
        let Some(mut effects) = adjust(&tx, &user, new).await? else {
            return Ok(Decision::Rollback(Opened::CredentialsMoved));
        };
        let anomaly = look_out(&tx, new, &mut effects).await?;
        self.end(&tx, &ended, RevokeReason::SessionLimit, at).await?;
        entity::Entity::insert(row(new)).exec_without_returning(&tx).await?;
        tx.record(&effects).await?;
        let ended = [replaced, ended].concat();
        Ok(Decision::Commit(Opened::Open { user: account::user_facts(&user), ended, anomaly }))
    }

    async fn end(
        &self,
        tx: &Tx,
        ids: &[Uuid],
        reason: RevokeReason,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        session_family::revoke(tx, ids, reason, at).await?;
        self.log_revocations(tx, ids, reason, at).await?;
        tx.count_ended(reason, ids.len());
        Ok(())
    }
}

/// What a login changes besides: the attempt is settled, a pending erasure cancelled. Gives the effects, or
/// nothing if the login no longer counts.
async fn adjust(
    transaction: &impl ConnectionTrait,
    user: &user::Model,
    new: &NewFamily,
) -> Result<Option<Effects>, StoreError> {
    if let Some(attempt) = new.attempt
        && !password_attempt::settle(transaction, attempt).await?
    {
        return Ok(None);
    }
    let mut effects = new.effects.clone();
    if user.erase_at.is_some() {
        let Some(cancelled) = &new.if_erasing else {
            return Ok(None);
        };
        cancel_erasure(transaction, user.id).await?;
        effects.events.extend(cancelled.events.iter().cloned());
        effects.messages.extend(cancelled.messages.iter().cloned());
    }
    if let Some(trust) = &new.second_factor.trust {
        effects.events.extend(trust.effects.events.iter().cloned());
    }
    Ok(Some(effects))
}

/// Whether the login has what the account asks for at this moment: a factor that was enrolled since the password
/// was checked counts as well.
async fn settle_second_factor(
    transaction: &impl ConnectionTrait,
    user: &user::Model,
    new: &NewFamily,
) -> Result<bool, StoreError> {
    let (way, at) = (&new.second_factor, new.family.rotated_at);
    if let Some(used) = &way.passkey
        && passkey::spend(transaction, used).await? != Spending::Spent
    {
        return Ok(false);
    }
    if let Some(challenge) = way.challenge
        && !login_challenge::spend(transaction, challenge, at).await?
    {
        return Ok(false);
    }
    if let Some(device) = way.device
        && !trusted_device::touch(transaction, device, new.network.as_deref(), at).await?
    {
        return Ok(false);
    }
    if user.mfa_enrolled_at.is_some() && new.family.aal < Aal::Two && way.device.is_none() {
        return Ok(false);
    }
    if let Some(trust) = &way.trust {
        trusted_device::insert(transaction, user.id, trust, at).await?;
    }
    Ok(true)
}

/// Adds to the effects what is out of the ordinary. The user is locked: of logins at the same time one is
/// the first.
async fn look_out(
    transaction: &impl ConnectionTrait,
    new: &NewFamily,
    effects: &mut Effects,
) -> Result<Option<AnomalyReason>, StoreError> {
    let (family, lookout) = (&new.family, &new.lookout);
    let device_hash = new.device.fingerprint();
    let who = (family.user_id, &device_hash);
    let Some(found) = anomaly::find(transaction, who, &lookout.arrival, family.rotated_at).await? else {
        return Ok(None);
    };
    effects.events.push(new.if_anomalous.clone().with(found.detail()));
    effects.messages.extend(lookout.message(&found).cloned());
    Ok(Some(found.reason))
}

async fn cancel_erasure(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<(), StoreError> {
    user::Entity::update_many()
        .col_expr(user::Column::EraseAt, Expr::value(None::<i64>))
        .filter(user::Column::Id.eq(user_id))
        .exec(connection)
        .await?;
    Ok(())
}

fn row(new: &NewFamily) -> entity::ActiveModel {
    let family = &new.family;
    let location = new.lookout.arrival.location.as_ref();
    let country = location.map(|location| location.country.clone());
    let coordinates = location.and_then(|location| location.coordinates);
    let at = family.rotated_at;
    entity::ActiveModel {
        id: Set(family.id),
        user_id: Set(family.user_id),
        key_id: Set(i16::from(family.key_id.0)),
        salt: Set(family.salt.to_vec()),
        generation: Set(family.generation.cast_signed()),
        current_jti: Set(new.current_jti),
        access_expires_at: Set(Some(family.access_expires_at)),
        rotated_at: Set(at),
        rotation_key_hash: Set(None),
        auth_time: Set(family.auth_time),
        amr: Set(family.amr),
        aal: Set(family.aal),
        credential_epoch: Set(family.credential_epoch),
        created_at: Set(at),
        last_seen_at: Set(at),
        idle_expires_at: Set(family.idle_expires_at),
        expires_at: Set(family.expires_at),
        device_hash: Set(new.device.fingerprint().to_vec()),
        device_name: Set(new.device.name.clone()),
        browser: Set(new.device.browser.clone()),
        os: Set(new.device.os.clone()),
        device_type: Set(new.device.kind.as_str().to_owned()),
        last_ip_cidr: Set(new.network.clone()),
        location: Set(location.map(ToString::to_string)),
        login_country: Set(country.clone()),
        country: Set(country),
        latitude: Set(coordinates.map(|place| place.latitude)),
        longitude: Set(coordinates.map(|place| place.longitude)),
        revoked_at: Set(None),
        revoke_reason: Set(None),
        replayed_jti: Set(None),
        known_device_id: Set(new.known_device),
    }
}
