//! Session families: reading, listing, revocation.

use std::time::Instant;

use sea_orm::sea_query::{Alias, Expr, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, ExprTrait, FromQueryResult,
    IdenStatic, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, SelectA, SelectB,
    Statement, Value,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::{Status, UserFacts};
use crate::model::assurance::{Aal, Amr};
use crate::model::device::DeviceKind;
use crate::model::family_key::RootKeyId;
use crate::model::idempotency::IdempotencyKeyHash;
use crate::model::locale::Locale;
use crate::model::revocation::RevokeReason;
use crate::model::session_family::SessionFamily;
use crate::model::time_zone::TimeZone;
use crate::store::entity::session_family::{Column, Entity, Model};
use crate::store::entity::user;
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, account, authenticator::trusted_device, database::moment,
};

/// On PostgreSQL so many live families are counted, which no rotation notices. Where the statistics tell of more, they are
/// told instead.
const COUNTED: i64 = 10_000;
/// How many families are not revoked, as of the last time that the table, or each of its partitions, was analyzed.
const UNREVOKED_BY_STATISTICS: &str = "WITH live AS (SELECT to_regclass('session_families_live_by_user') AS oid) \
     SELECT COALESCE(sum(greatest(index.reltuples, 0)), 0)::int8 FROM pg_class AS index, live \
     WHERE index.oid = live.oid OR index.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = live.oid)";
const LIVE_UP_TO_A_LIMIT: &str = "SELECT count(*) FROM (SELECT 1 FROM session_families \
     WHERE revoked_at IS NULL AND idle_expires_at > $1 AND expires_at > $1 LIMIT 10000) AS live";

/// A family with its user, as an actor loads it.
#[derive(Clone, Debug)]
pub struct LoadedFamily {
    pub family: SessionFamily,
    /// [`Device::fingerprint`](crate::model::device::Device::fingerprint) at the login.
    pub device_hash: [u8; 8],
    pub user: UserFacts,
    /// How the user is addressed, and in which language.
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
    pub time_zone: Option<TimeZone>,
    pub email_verified: bool,
}

/// A live family as its user sees it in the list of sessions.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct SessionOverview {
    pub id: Uuid,
    pub device_name: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub device_type: DeviceKind,
    #[sea_orm(from_col = "last_ip_cidr")]
    pub network: Option<String>,
    pub location: Option<String>,
    pub created_at: Timestamp,
    #[sea_orm(from_col = "last_seen_at")]
    pub last_active_at: Timestamp,
    pub expires_at: Timestamp,
    pub aal: Aal,
    pub amr: Amr,
}

/// Which of a user's families to end, and why.
#[derive(Clone, Debug)]
pub struct UserRevocation {
    pub user_id: Uuid,
    /// The family that stays.
    pub except: Option<Uuid>,
    pub reason: RevokeReason,
    /// Moves the user's credential epoch on, so that logins under way do not slip through.
    pub advance_epoch: bool,
    pub at: Timestamp,
    /// Families that expired before this are left out: their access tokens are no longer valid.
    pub tokens_since: Timestamp,
}

impl UserRevocation {
    /// Whether the devices known to the account are unknown from then on: a reset, a logout everywhere and an
    /// administrator's revocation leave none.
    const fn forgets_devices(&self) -> bool {
        self.advance_epoch && self.except.is_none()
    }
}

impl Store {
    /// The family and its user; a family whose user may no longer act comes back as revoked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn load_family(&self, id: Uuid) -> Result<Option<LoadedFamily>, StoreError> {
        self.bounded(async {
            let mut select = Entity::find_by_id(id).find_also_related(user::Entity).into_query();
            // The answer brings the database's time along.
            if !self.is_sqlite() {
                select.expr_as(Expr::cust(moment::NOW), Alias::new(moment::COLUMN));
            }
            let asked = Instant::now();
            let Some(row) = self.read.query_one(&select).await? else { return Ok(None) };
            if !self.is_sqlite() {
                self.time.learn(row.try_get("", moment::COLUMN)?, asked);
            }
            let family = Model::from_query_result(&row, SelectA.as_str())?;
            let user = user::Model::from_query_result_optional(&row, SelectB.as_str())?;
            user.map(|user| read(&family, &user)).transpose()
        })
        .await
    }

    /// Whether a session of this user has not ended, on any node, and the user may act.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_live(&self, user_id: Uuid, session_id: Uuid) -> Result<bool, StoreError> {
        let loaded = self.load_family(session_id).await?;
        Ok(loaded.is_some_and(|loaded| loaded.family.user_id == user_id && loaded.family.revoked.is_none()))
    }

    /// A user's live families, the most recently active first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn live_sessions(
        &self,
        user_id: Uuid,
        now: Timestamp,
    ) -> Result<Vec<SessionOverview>, StoreError> {
        self.bounded(async {
            let live = Entity::find().filter(live_of(user_id, now));
            let live = live.order_by_desc(Column::LastSeenAt).order_by_desc(Column::Id);
            Ok(live.into_partial_model().all(&self.read).await?)
        })
        .await
    }

    /// The family's user, if the family is or was one of this service.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn family_owner(&self, id: Uuid) -> Result<Option<Uuid>, StoreError> {
        self.bounded(async {
            let owner = Entity::find_by_id(id).select_only().column(Column::UserId).into_tuple();
            Ok(owner.one(&self.read).await?)
        })
        .await
    }

    /// The known device that a session was opened on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn session_device(&self, id: Uuid) -> Result<Option<Uuid>, StoreError> {
        self.bounded(async {
            let device = Entity::find_by_id(id).select_only().column(Column::KnownDeviceId).into_tuple();
            Ok(device.one(&self.read).await?.flatten())
        })
        .await
    }

    /// Ends a user's families; returns those that were live.
    ///
    /// # Errors
    /// [`StoreError`]; then none has ended.
    pub async fn revoke_families(
        &self,
        revocation: &UserRevocation,
        effects: &Effects,
    ) -> Result<Vec<Uuid>, StoreError> {
        self.transact(|tx| async move {
            tx.recheck_acting_session(effects).await?;
            let ended = self.revoke_families_within(&tx, revocation).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(ended))
        })
        .await
    }

    /// Ends a user's families in the transaction of what ends them. Once that is committed they are counted; the caller
    /// has this node's actors enforce it.
    pub(in crate::store) async fn revoke_families_within(
        &self,
        tx: &Tx,
        revocation: &UserRevocation,
    ) -> Result<Vec<Uuid>, StoreError> {
        let epoch = user::Entity::find_by_id(revocation.user_id)
            .select_only()
            .column(user::Column::CredentialEpoch)
            .lock_exclusive()
            .into_tuple::<i64>()
            .one(tx)
            .await?;
        if let (Some(epoch), true) = (epoch, revocation.advance_epoch) {
            advance_epoch(tx, revocation, epoch + 1).await?;
        }
        let mut families = live_of(revocation.user_id, revocation.tokens_since);
        if let Some(except) = revocation.except {
            families = families.add(Column::Id.ne(except));
        }
        let ids = lock(tx, families, 0).await?;
        revoke(tx, &ids, revocation.reason, revocation.at).await?;
        self.log_revocations(tx, &ids, revocation.reason, revocation.at).await?;
        if revocation.forgets_devices() {
            trusted_device::distrust_all(tx, revocation.user_id).await?;
        }
        tx.count_ended(revocation.reason, ids.len());
        Ok(ids)
    }

    /// Live families of all users, for the gauge.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_live_families(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.bounded(async {
            if self.is_sqlite() {
                return Ok(Entity::find().filter(live(now)).count(&self.read).await?);
            }
            match self.told_number(UNREVOKED_BY_STATISTICS, []).await? {
                many if many > COUNTED => Ok(many.unsigned_abs()),
                _ => Ok(self.told_number(LIVE_UP_TO_A_LIMIT, [now.as_micros().into()]).await?.unsigned_abs()),
            }
        })
        .await
    }

    async fn told_number<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<i64, StoreError> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        let row = self.read.query_one_raw(statement).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0))
    }
}

/// The family that stays goes along with the user. Where none stays, no device stays known either.
async fn advance_epoch(tx: &Tx, revocation: &UserRevocation, epoch: i64) -> Result<(), StoreError> {
    let mut update = user::Entity::update_many()
        .col_expr(user::Column::CredentialEpoch, epoch.into())
        .filter(user::Column::Id.eq(revocation.user_id));
    if revocation.forgets_devices() {
        update = update.col_expr(user::Column::DeviceEpoch, Expr::col(user::Column::DeviceEpoch).add(1));
    }
    update.exec(tx).await?;
    if let Some(kept) = revocation.except {
        Entity::update_many()
            .col_expr(Column::CredentialEpoch, epoch.into())
            .filter(Column::Id.eq(kept))
            .filter(Column::UserId.eq(revocation.user_id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

pub(in crate::store) fn live(now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::RevokedAt.is_null())
        .add(Column::IdleExpiresAt.gt(now))
        .add(Column::ExpiresAt.gt(now))
}

fn live_of(user_id: Uuid, now: Timestamp) -> Condition {
    live(now).add(Column::UserId.eq(user_id))
}

/// Locks families in one order, so that two revocations do not wait for each other; the first `keep`, by
/// recent use, are left alone.
async fn lock(tx: &Tx, families: Condition, keep: u64) -> Result<Vec<Uuid>, StoreError> {
    let mut rows: Vec<(Uuid, Timestamp)> = Entity::find()
        .select_only()
        .column(Column::Id)
        .column(Column::LastSeenAt)
        .filter(families)
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(tx)
        .await?;
    rows.sort_by_key(|(id, last_seen)| (std::cmp::Reverse(*last_seen), std::cmp::Reverse(*id)));
    let keep = usize::try_from(keep).unwrap_or(usize::MAX);
    Ok(rows.into_iter().skip(keep).map(|(id, _)| id).collect())
}

/// The user's least recently used live families beyond `keep`, locked.
pub(in crate::store) async fn lock_excess(
    tx: &Tx,
    user_id: Uuid,
    keep: u64,
    now: Timestamp,
) -> Result<Vec<Uuid>, StoreError> {
    lock(tx, live_of(user_id, now), keep).await
}

/// This family if it is live, locked.
pub(in crate::store) async fn lock_live(
    tx: &Tx,
    family: Option<Uuid>,
    now: Timestamp,
) -> Result<Vec<Uuid>, StoreError> {
    let Some(family) = family else { return Ok(Vec::new()) };
    lock(tx, live(now).add(Column::Id.eq(family)), 0).await
}

/// Those of these families that are live, locked.
pub(in crate::store) async fn lock_all_live(
    tx: &Tx,
    families: &[Uuid],
    now: Timestamp,
) -> Result<Vec<Uuid>, StoreError> {
    if families.is_empty() {
        return Ok(Vec::new());
    }
    lock(tx, live(now).add(Column::Id.is_in(families.iter().copied())), 0).await
}

/// The ids of the live families, to be a part of another query.
pub(in crate::store) fn live_ids(now: Timestamp) -> SelectStatement {
    Entity::find().select_only().column(Column::Id).filter(live(now)).into_query()
}

pub(in crate::store) async fn revoke(
    tx: &Tx,
    ids: &[Uuid],
    reason: RevokeReason,
    at: Timestamp,
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(at))
        .col_expr(Column::RevokeReason, Expr::value(reason))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

fn read(row: &Model, user: &user::Model) -> Result<LoadedFamily, StoreError> {
    let corrupt = |column| move |_| StoreError::corrupt(column, row.id);
    let rotation_key_hash = row.rotation_key_hash.as_deref().map(<[u8; 16]>::try_from).transpose();
    let standing = user.status == Status::Active && user.credential_epoch == row.credential_epoch;
    let revoked = match row.revoked_at {
        Some(_) => Some(row.revoke_reason.unwrap_or(RevokeReason::CredentialsChanged)),
        None => (!standing).then_some(RevokeReason::CredentialsChanged),
    };
    let family = SessionFamily {
        id: row.id,
        user_id: row.user_id,
        key_id: RootKeyId(row.key_id.try_into().map_err(|_| StoreError::corrupt(Column::KeyId, row.id))?),
        salt: row.salt.as_slice().try_into().map_err(corrupt(Column::Salt))?,
        generation: row.generation.try_into().map_err(|_| StoreError::corrupt(Column::Generation, row.id))?,
        rotated_at: row.rotated_at,
        rotation_key_hash: rotation_key_hash
            .map_err(corrupt(Column::RotationKeyHash))?
            .map(IdempotencyKeyHash),
        auth_time: row.auth_time,
        amr: row.amr,
        aal: row.aal,
        credential_epoch: row.credential_epoch,
        idle_expires_at: row.idle_expires_at,
        expires_at: row.expires_at,
        access_expires_at: row.access_expires_at.unwrap_or_default(),
        transport: row.transport,
        remembered: row.remembered,
        revoked,
    };
    Ok(LoadedFamily {
        email_verified: user.email_verified_at.is_some(),
        family,
        device_hash: row.device_hash.as_slice().try_into().map_err(corrupt(Column::DeviceHash))?,
        user: account::user_facts(user),
        display_name: user.display_name.clone(),
        locale: user.locale.clone(),
        time_zone: user.time_zone.clone(),
    })
}
