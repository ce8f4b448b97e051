//! Erasing a user: the request, and later the erasure itself.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::Status;
use crate::model::locale::Locale;
use crate::model::one_time_token::Purpose;
use crate::model::security_event::EventKind;
use crate::model::time_zone::TimeZone;
use crate::store::entity::{one_time_token, security_event, session_family, user};
use crate::store::privacy::personal_data::{self, Person};
use crate::store::session::family::UserRevocation;
use crate::store::{Decision, Effects, Store, StoreError, Tx, account::last_admin};

/// A request to be erased, to be recorded.
#[derive(Clone, Debug)]
pub struct ErasureRequest {
    pub erase_at: Timestamp,
    /// All families of the user.
    pub revocation: UserRevocation,
    pub effects: Effects,
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErasureRequestOutcome {
    /// With the families that were revoked.
    Recorded(Vec<Uuid>),
    /// No other administrator would be left.
    LastAdmin,
    /// The user no longer exists.
    Gone,
}

/// An erasure that has begun: none of this changes from then on.
#[derive(Clone, Debug)]
pub struct BegunErasure {
    /// The address for the last mail.
    pub email: String,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
    pub time_zone: Option<TimeZone>,
    pub email_verified: bool,
    /// Families that were still live, whose end this node's actors have to enforce.
    pub ended: Vec<Uuid>,
}

impl Store {
    /// Notes when a user is to be erased, ends all families and voids all links.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn request_erasure(
        &self,
        request: &ErasureRequest,
    ) -> Result<ErasureRequestOutcome, StoreError> {
        self.transact(|tx| self.request_erasure_within(tx, request)).await
    }

    async fn request_erasure_within(
        &self,
        tx: Tx,
        request: &ErasureRequest,
    ) -> Result<Decision<ErasureRequestOutcome>, StoreError> {
        let (user_id, now) = (request.revocation.user_id, request.revocation.at);
        if last_admin::lock_leaving(&tx, user_id, &[]).await?.is_last_admin {
            return Ok(Decision::Rollback(ErasureRequestOutcome::LastAdmin));
        }
        tx.recheck_acting_session(&request.effects).await?;
        let noted = user::Entity::update_many()
            .col_expr(user::Column::EraseAt, Expr::value(request.erase_at))
            .col_expr(user::Column::UpdatedAt, Expr::value(now))
            .filter(user::Column::Id.eq(user_id))
            .filter(user::Column::Status.ne(Status::Erasing))
            .exec(&tx)
            .await?;
        if noted.rows_affected == 0 {
            return Ok(Decision::Rollback(ErasureRequestOutcome::Gone));
        }
        let ended = self.revoke_families_within(&tx, &request.revocation).await?;
        void_links(&tx, user_id, now).await?;
        tx.record(&request.effects).await?;
        Ok(Decision::Commit(ErasureRequestOutcome::Recorded(ended)))
    }

    /// Users whose time has come, after this one, by id; those too whose erasure was begun and interrupted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn due_erasures(
        &self,
        now: Timestamp,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<Uuid>, StoreError> {
        self.bounded(async {
            let due = user::Entity::find()
                .select_only()
                .column(user::Column::Id)
                .filter(user::Column::EraseAt.lte(now))
                .filter(user::Column::Id.gt(after.unwrap_or_default()))
                .order_by_asc(user::Column::Id)
                .limit(limit);
            Ok(due.into_tuple().all(&self.read).await?)
        })
        .await
    }

    /// Decides that a user is erased. `None` if the time has not come after all. From the commit on no one can log in,
    /// use a link or change the account, so that no login cancels an erasure that is half done. It may be begun again
    /// after an interruption.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn begin_erasure(
        &self,
        revocation: &UserRevocation,
    ) -> Result<Option<BegunErasure>, StoreError> {
        self.transact(|tx| self.begin_erasure_within(tx, revocation)).await
    }

    async fn begin_erasure_within(
        &self,
        tx: Tx,
        revocation: &UserRevocation,
    ) -> Result<Decision<Option<BegunErasure>>, StoreError> {
        let found = user::Entity::find_by_id(revocation.user_id)
            .filter(user::Column::EraseAt.lte(revocation.at))
            .lock_exclusive()
            .one(&tx)
            .await?;
        let Some(user) = found else {
            return Ok(Decision::Rollback(None));
        };
        user::Entity::update_many()
            .col_expr(user::Column::Status, Expr::value(Status::Erasing))
            .filter(user::Column::Id.eq(user.id))
            .exec(&tx)
            .await?;
        // Families that were opened after the request: every node must refuse their access tokens.
        let ended = self.revoke_families_within(&tx, revocation).await?;
        let (locale, time_zone) = (user.locale.clone(), user.time_zone.clone());
        let email_verified = user.email_verified_at.is_some();
        let begun = BegunErasure {
            email: user.email,
            display_name: user.display_name,
            locale,
            time_zone,
            email_verified,
            ended,
        };
        Ok(Decision::Commit(Some(begun)))
    }

    /// Deletes some of a user's families that have ended: before the user is deleted, so that the
    /// transaction that does it stays short.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erase_ended_families(&self, user_id: Uuid, limit: u64) -> Result<u64, StoreError> {
        use session_family::{Column, Entity};
        self.transact(|tx| async move {
            let some = Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(Column::UserId.eq(user_id))
                .filter(Column::RevokedAt.is_not_null())
                .limit(limit)
                .into_tuple::<Uuid>()
                .all(&tx)
                .await?;
            let deleted = Entity::delete_many().filter(Column::Id.is_in(some)).exec(&tx).await?;
            Ok(Decision::Commit(deleted.rows_affected))
        })
        .await
    }

    /// Deletes a user whose erasure has begun, and everything that belongs to the user. Returns whether it was this
    /// call that did it.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn erase(&self, user_id: Uuid, effects: &Effects) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let found = user::Entity::find_by_id(user_id)
                .filter(user::Column::Status.eq(Status::Erasing))
                .lock_exclusive()
                .one(&tx)
                .await?;
            let Some(user) = found else {
                return Ok(Decision::Rollback(false));
            };
            personal_data::erase(&tx, &Person { id: user_id, email: user.email }).await?;
            // The foreign keys delete what else belongs to the user.
            user::Entity::delete_by_id(user_id).exec(&tx).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }

    /// Users who were erased since then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erased_since(&self, since: Timestamp) -> Result<Vec<Uuid>, StoreError> {
        use security_event::{Column, Entity};
        self.bounded(async {
            let erased = Entity::find()
                .select_only()
                .column(Column::UserId)
                .filter(Column::CreatedAt.gte(since))
                .filter(Column::Kind.eq(EventKind::AccountErased))
                .filter(Column::UserId.is_not_null());
            Ok(erased.into_tuple().all(&self.read).await?)
        })
        .await
    }
}

/// Whatever they are for, except those that bring a former address back: an erasure must not take the way back from the
/// owner of an account that someone else has moved and now asks to erase.
async fn void_links(tx: &Tx, user_id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    use one_time_token::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::VoidedAt, Expr::value(now))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Purpose.ne(Purpose::UndoEmailChange))
        .filter(Column::UsedAt.is_null())
        .filter(Column::VoidedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
