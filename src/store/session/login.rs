//! A login becomes a session family, within the limit of sessions, in one transaction.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::{CredentialState, Status, UserFacts};
use crate::model::anomaly::{Anomaly, AnomalyReason};
use crate::model::assurance::{Aal, Amr};
use crate::model::device::Device;
use crate::model::federation::provider_session::ProviderSession;
use crate::model::revocation::{Cutoff, RevokeReason};
use crate::model::security_event::RequestContext;
use crate::model::session_family::SessionFamily;
use crate::model::time_zone::TimeZone;
use crate::model::transport::Transport;
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::authenticator::trusted_device::NewTrustedDevice;
use crate::store::credential::password_attempt::{self, Reservation};
use crate::store::credential::reauthentication::{FactorSpending, spend_factor};
use crate::store::entity::{password_credential, session_family as entity, user};
use crate::store::{
    Decision, Effects, LoginPlace, Store, StoreError, Tx, account, authenticator::trusted_device,
    federation::federated_session, session::anomaly, session::family as session_family,
    session::login_challenge, session::revoke_all,
};

/// The client that asks for a session.
#[derive(Clone, Debug)]
pub struct LoginClient {
    /// What the client says about itself, for the list of sessions.
    pub device: Device,
    /// The token that the last login on this device was given, which makes it a known one; or those of several accounts.
    pub device_token: Option<Secret<String>>,
    /// The session of the same browser whose cookies the new ones replace. The login revokes it, no matter whose it is.
    pub replaces: Option<Uuid>,
    /// How the tokens are to travel.
    pub transport: Transport,
    /// Whether the session is to outlive the browser, and the time of `sessions.idle_timeout`.
    pub remembered: bool,
    /// Where the browser says its clock is.
    pub time_zone: Option<TimeZone>,
    /// The masked network of the client's address.
    pub network: Option<String>,
    /// The request, for security events and mails.
    pub context: RequestContext,
}

/// A login whose credentials are verified, on its way to a session.
#[derive(Clone, Debug)]
pub struct AuthenticatedLogin<'a> {
    /// As it was when the credentials were verified.
    pub account: &'a Account,
    /// What was verified (RFC 8176); the level of assurance follows from it.
    pub amr: Amr,
    /// Where the login comes from.
    pub client: LoginClient,
    /// The attempt at the password that was right, to be settled with the login.
    pub attempt: Option<Reservation>,
    /// How the second factor was dealt with; what it names is spent with the login.
    pub second_factor: SecondFactorUse,
    /// The device of the account, as it was known before or becomes known now.
    pub known_device: Uuid,
    /// The session at another provider that the login rests on, if it does.
    pub federated: Option<ProviderSession>,
}

/// A family to be written.
#[derive(Clone, Debug)]
pub struct NewFamily<'a> {
    /// The row, with generation 1.
    pub family: SessionFamily,
    /// The `jti` of the first access token, kept for investigations.
    pub current_jti: Uuid,
    /// Live sessions the user may have, this one included.
    pub max_per_user: u32,
    /// What was verified, to be checked again and spent.
    pub login: &'a AuthenticatedLogin<'a>,
    /// For the decision whether the login is unusual.
    pub place: &'a LoginPlace,
}

/// How the login has dealt with the second factor, if there is one.
#[derive(Clone, Debug, Default)]
pub struct SecondFactorUse {
    /// The challenge that it answers, to be spent.
    pub challenge: Option<Uuid>,
    /// The trusted device that stands in for it.
    pub device: Option<Uuid>,
    /// The factor that answers the challenge, or the passkey that logged in by itself, to be spent.
    pub factor: Option<FactorSpending>,
    /// The device is to be trusted from now on.
    pub trust: Option<NewTrustedDevice>,
    /// It was not asked for, although the account has one, because `mfa.enforcement` is off.
    pub waived: bool,
}

/// What only the transaction of a login finds out.
#[derive(Clone, Debug)]
pub struct LoginFindings {
    /// The id of the family.
    pub session_id: Uuid,
    /// What is out of the ordinary.
    pub anomaly: Option<Anomaly>,
    /// The account was to be erased, and is no longer.
    pub erasure_cancelled: bool,
}

/// The outcome of a login.
#[derive(Clone, Debug)]
pub enum OpeningOutcome {
    /// The session exists.
    Open {
        /// The user as the transaction read it: what the first access token tells.
        user: UserFacts,
        /// The family that was replaced, and the least recently used ones that had to end.
        ended: Vec<Uuid>,
        /// What was out of the ordinary.
        anomaly: Option<AnomalyReason>,
    },
    /// The password changed or was locked, everything was logged out, the owner secured the account, or it was erased,
    /// after the password was checked.
    CredentialsMoved,
    /// Another request has used the second factor, or its attempts were locked.
    FactorSpent,
    /// The challenge was answered, has ended or has expired meanwhile. Or what was verified no longer suffices: the
    /// account has a second factor by now, or the device is no longer trusted.
    ChallengeSpent,
    /// The account is disabled or is being erased.
    NotActive,
    /// All sessions of before this were revoked meanwhile, and the family is one of them by its id.
    Outrun(Cutoff),
}

impl Store {
    /// Locks the user, checks that the login still counts, ends what exceeds the limit, and writes the family with the
    /// effects that `compose` makes of the findings.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn open_family<F>(&self, new: &NewFamily<'_>, compose: F) -> Result<OpeningOutcome, StoreError>
    where
        F: Fn(&LoginFindings) -> Result<Effects, StoreError>,
    {
        let compose = &compose;
        let opened = self.transact(|tx| self.open_family_within(tx, new, compose)).await?;
        if let OpeningOutcome::Open { anomaly: Some(reason), .. } = &opened {
            self.metrics.login_anomalies.with_label_values(&[reason.as_str()]).inc();
        }
        Ok(opened)
    }

    async fn open_family_within(
        &self,
        tx: Tx,
        new: &NewFamily<'_>,
        compose: impl Fn(&LoginFindings) -> Result<Effects, StoreError>,
    ) -> Result<Decision<OpeningOutcome>, StoreError> {
        let user = account::lock(&tx, new.family.user_id).await?;
        let Some(user) = user.filter(|user| user.credential_epoch == new.family.credential_epoch) else {
            return Ok(Decision::Rollback(OpeningOutcome::CredentialsMoved));
        };
        if user.status != Status::Active {
            return Ok(Decision::Rollback(OpeningOutcome::NotActive));
        }
        if user.secured_at.is_some() && !settle_secured(&tx, &user, new.login.amr).await? {
            return Ok(Decision::Rollback(OpeningOutcome::CredentialsMoved));
        }
        if let Some(cutoff) = revoke_all::latest(&tx).await?
            && cutoff.covers(new.family.id)
        {
            return Ok(Decision::Rollback(OpeningOutcome::Outrun(cutoff)));
        }
        let at = new.family.rotated_at;
        // First, as the journal does it; and the replaced one before, so that it does not count.
        let replaced = session_family::lock_live(&tx, new.login.client.replaces, at).await?;
        self.end(&tx, &replaced, RevokeReason::Replaced, at).await?;
        let keep = u64::from(new.max_per_user.saturating_sub(1));
        let ended = session_family::lock_excess(&tx, user.id, keep, at).await?;
        if let Some(factor) = &new.login.second_factor.factor
            && !spend_factor(&tx, factor).await?
        {
            return Ok(Decision::Rollback(OpeningOutcome::FactorSpent));
        }
        if !settle_second_factor(&tx, &user, new).await? {
            return Ok(Decision::Rollback(OpeningOutcome::ChallengeSpent));
        }
        if !settle_account(&tx, &user, new.login).await? {
            return Ok(Decision::Rollback(OpeningOutcome::CredentialsMoved));
        }
        note_time_zone(&tx, &user, new.login.client.time_zone.as_ref()).await?;
        // The user is locked: of logins at the same time one is the first.
        let who = (user.id, &new.login.client.device.fingerprint());
        let anomaly = anomaly::find(&tx, who, new.place, at).await?;
        self.end(&tx, &ended, RevokeReason::SessionLimit, at).await?;
        entity::Entity::insert(row(new)).exec_without_returning(&tx).await?;
        if let Some(session) = &new.login.federated
            && !federated_session::insert(&tx, (new.family.id, user.id), session).await?
        {
            return Ok(Decision::Rollback(OpeningOutcome::CredentialsMoved));
        }
        let erasure_cancelled = user.erase_at.is_some();
        let findings = LoginFindings { session_id: new.family.id, anomaly, erasure_cancelled };
        tx.record(&compose(&findings)?).await?;
        let ended = [replaced, ended].concat();
        let anomaly = findings.anomaly.map(|found| found.reason);
        Ok(Decision::Commit(OpeningOutcome::Open { user: account::user_facts(&user), ended, anomaly }))
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

/// The first login with the new password ends the state of an account that was secured. `false` if the login does not count
/// before that.
async fn settle_secured(tx: &Tx, user: &user::Model, amr: Amr) -> Result<bool, StoreError> {
    let password = password_credential::Entity::find_by_id(user.id).one(tx).await?;
    let password_set_at = password.map(|password| password.changed_at);
    if !CredentialState::of(user.secured_at, password_set_at).admits(amr) {
        return Ok(false);
    }
    user::Entity::update_many()
        .col_expr(user::Column::SecuredAt, Expr::value(None::<i64>))
        .filter(user::Column::Id.eq(user.id))
        .exec(tx)
        .await?;
    Ok(true)
}

/// Settles the attempt and cancels a pending erasure. `false` if the login no longer counts: another request has ended
/// the attempt, or has asked for the erasure since the account was read.
async fn settle_account(
    tx: &Tx,
    user: &user::Model,
    login: &AuthenticatedLogin<'_>,
) -> Result<bool, StoreError> {
    if let Some(attempt) = login.attempt
        && !password_attempt::settle(tx, attempt).await?
    {
        return Ok(false);
    }
    if user.erase_at.is_some() {
        if login.account.erase_at.is_none() {
            return Ok(false);
        }
        cancel_erasure(tx, user.id).await?;
    }
    Ok(true)
}

/// Whether the login has what the account asks for at this moment: a factor that was enrolled since the password
/// was checked counts as well.
async fn settle_second_factor(tx: &Tx, user: &user::Model, new: &NewFamily<'_>) -> Result<bool, StoreError> {
    let (way, at) = (&new.login.second_factor, new.family.rotated_at);
    if let Some(challenge) = way.challenge
        && !login_challenge::spend(tx, challenge, at).await?
    {
        return Ok(false);
    }
    if let Some(device) = way.device
        && !trusted_device::touch(tx, device, new.login.client.network.as_deref(), at).await?
    {
        return Ok(false);
    }
    let is_excused = way.device.is_some() || way.waived;
    if user.mfa_enrolled_at.is_some() && new.family.aal < Aal::Two && !is_excused {
        return Ok(false);
    }
    if let Some(trust) = &way.trust {
        trusted_device::insert(tx, user.id, trust, at).await?;
    }
    Ok(true)
}

/// Keeps the zone of the browser for the times in later mails. The mails about this login are still in the zone of the one
/// before, because a stranger may have logged in.
async fn note_time_zone(tx: &Tx, user: &user::Model, zone: Option<&TimeZone>) -> Result<(), StoreError> {
    if zone.is_none() || zone == user.time_zone.as_ref() {
        return Ok(());
    }
    user::Entity::update_many()
        .col_expr(user::Column::TimeZone, Expr::value(zone.cloned()))
        .filter(user::Column::Id.eq(user.id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn cancel_erasure(tx: &Tx, user_id: Uuid) -> Result<(), StoreError> {
    user::Entity::update_many()
        .col_expr(user::Column::EraseAt, Expr::value(None::<i64>))
        .filter(user::Column::Id.eq(user_id))
        .exec(tx)
        .await?;
    Ok(())
}

fn row(new: &NewFamily<'_>) -> entity::ActiveModel {
    let (family, client) = (&new.family, &new.login.client);
    let location = new.place.location.as_ref();
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
        device_hash: Set(client.device.fingerprint().to_vec()),
        device_name: Set(client.device.name.clone()),
        browser: Set(client.device.browser.clone()),
        os: Set(client.device.os.clone()),
        device_type: Set(client.device.kind),
        last_ip_cidr: Set(client.network.clone()),
        location: Set(location.map(ToString::to_string)),
        login_country: Set(country.clone()),
        country: Set(country),
        latitude: Set(coordinates.map(|place| place.latitude)),
        longitude: Set(coordinates.map(|place| place.longitude)),
        revoked_at: Set(None),
        revoke_reason: Set(None),
        replayed_jti: Set(None),
        known_device_id: Set(Some(new.login.known_device)),
        transport: Set(family.transport),
        remembered: Set(family.remembered),
    }
}
