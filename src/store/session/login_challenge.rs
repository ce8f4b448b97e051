//! Logins whose first factor was right, and that wait for the second.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::Status;
use crate::model::assurance::Amr;
use crate::model::federation::provider_session::ProviderSession;
use crate::model::opaque_token::TokenHash;
use crate::model::time_zone::TimeZone;
use crate::store::credential::password_attempt::{self, Reservation};
use crate::store::entity::identity;
use crate::store::entity::login_challenge::{ActiveModel, Column, Entity};
use crate::store::{Decision, Effects, Store, StoreError, Tx, account};

/// How many of a user's logins may wait at the same time.
const MAX_OUTSTANDING: u64 = 5;

/// A challenge to be written.
#[derive(Clone, Debug)]
pub struct NewChallenge {
    pub id: Uuid,
    pub hash: TokenHash,
    pub user_id: Uuid,
    pub credential_epoch: i64,
    /// What was proven so far.
    pub amr: Amr,
    pub device_name: Option<String>,
    /// Whether the session is to outlive the browser.
    pub remembered: bool,
    /// Where the browser says its clock is.
    pub time_zone: Option<TimeZone>,
    pub at: Timestamp,
    pub expires_at: Timestamp,
    /// The attempt at the password that was right, if it was a password.
    pub attempt: Option<Reservation>,
    /// The identity that was verified, if it was one of another provider.
    pub federated: Option<ProviderSession>,
    pub effects: Effects,
}

/// A challenge that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub id: Uuid,
    pub user_id: Uuid,
    pub credential_epoch: i64,
    pub amr: Amr,
    pub device_name: Option<String>,
    pub remembered: bool,
    pub time_zone: Option<TimeZone>,
    pub federated: Option<ProviderSession>,
}

impl Store {
    /// Writes a challenge and settles the attempt that led to it. `false` if the attempt has come too late, or
    /// the user may no longer act; then nothing is written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_challenge(&self, new: &NewChallenge) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let user = account::lock(&tx, new.user_id).await?;
            let stands = user.is_some_and(|user| {
                user.credential_epoch == new.credential_epoch && user.status == Status::Active
            });
            if !stands {
                return Ok(Decision::Rollback(false));
            }
            if let Some(attempt) = new.attempt
                && !password_attempt::settle(&tx, attempt).await?
            {
                return Ok(Decision::Rollback(false));
            }
            void_excess(&tx, new.user_id, new.at).await?;
            Entity::insert(row(new)).exec_without_returning(&tx).await?;
            tx.record(&new.effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }

    /// The challenge if it would work now. Nothing is spent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn challenge(&self, hash: TokenHash, now: Timestamp) -> Result<Option<Challenge>, StoreError> {
        self.bounded(async {
            let row = Entity::find()
                .filter(Column::TokenHash.eq(hash))
                .filter(unspent())
                .filter(Column::ExpiresAt.gt(now))
                .one(&self.read)
                .await?;
            Ok(row.map(|row| Challenge {
                id: row.id,
                user_id: row.user_id,
                credential_epoch: row.credential_epoch,
                amr: row.amr,
                device_name: row.device_name,
                remembered: row.remembered,
                time_zone: row.time_zone,
                federated: row
                    .identity_id
                    .map(|identity_id| ProviderSession { identity_id, sid: row.sid_hash }),
            }))
        })
        .await
    }

    /// Counts a wrong second factor, of any kind; the last one ends the challenge.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn fail_challenge(&self, id: Uuid, max_failures: u32, at: Timestamp) -> Result<(), StoreError> {
        self.retrying(async || {
            let last = Expr::col(Column::Tries).gte(i64::from(max_failures) - 1);
            let voided = Expr::case(last, Expr::value(at)).finally(Expr::value(None::<i64>));
            Entity::update_many()
                .col_expr(Column::Tries, Expr::col(Column::Tries).add(1))
                .col_expr(Column::VoidedAt, voided.into())
                .filter(Column::Id.eq(id))
                .filter(unspent())
                .exec(&self.write)
                .await?;
            Ok(())
        })
        .await
    }
}

/// Makes room for one more: the oldest of the user's logins that wait, beyond the limit, end.
async fn void_excess(tx: &Tx, user_id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    let youngest: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(waiting(user_id))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(MAX_OUTSTANDING - 1)
        .into_tuple()
        .all(tx)
        .await?;
    void_where(tx, waiting(user_id).add(Column::Id.is_not_in(youngest)), now).await
}

/// Spends a challenge in the transaction that opens the session; `false` if it no longer works.
pub(in crate::store) async fn spend(tx: &Tx, id: Uuid, now: Timestamp) -> Result<bool, StoreError> {
    let spent = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(unspent())
        .filter(Column::ExpiresAt.gt(now))
        .exec(tx)
        .await?;
    Ok(spent.rows_affected > 0)
}

/// Ends all of a user's logins that wait.
pub(in crate::store) async fn void(tx: &Tx, user_id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    void_where(tx, waiting(user_id), now).await
}

/// Those that rest on these identities.
pub(in crate::store) async fn void_of_identities(
    tx: &Tx,
    identities: Condition,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ids = identity::Entity::find().select_only().column(identity::Column::Id).filter(identities);
    void_where(tx, unspent().add(Column::IdentityId.in_subquery(ids.into_query())), now).await
}

/// Of all users.
pub(in crate::store) async fn void_all(tx: &Tx, now: Timestamp) -> Result<(), StoreError> {
    void_where(tx, unspent(), now).await
}

async fn void_where(tx: &Tx, challenges: Condition, now: Timestamp) -> Result<(), StoreError> {
    Entity::update_many().col_expr(Column::VoidedAt, Expr::value(now)).filter(challenges).exec(tx).await?;
    Ok(())
}

fn waiting(user_id: Uuid) -> Condition {
    unspent().add(Column::UserId.eq(user_id))
}

fn unspent() -> Condition {
    Condition::all().add(Column::UsedAt.is_null()).add(Column::VoidedAt.is_null())
}

fn row(new: &NewChallenge) -> ActiveModel {
    ActiveModel {
        id: Set(new.id),
        user_id: Set(new.user_id),
        token_hash: Set(new.hash),
        credential_epoch: Set(new.credential_epoch),
        amr: Set(new.amr),
        device_name: Set(new.device_name.clone()),
        remembered: Set(new.remembered),
        time_zone: Set(new.time_zone.clone()),
        identity_id: Set(new.federated.map(|session| session.identity_id)),
        sid_hash: Set(new.federated.and_then(|session| session.sid)),
        tries: Set(0),
        created_at: Set(new.at),
        expires_at: Set(new.expires_at),
        used_at: Set(None),
        voided_at: Set(None),
    }
}
