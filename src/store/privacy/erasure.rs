//! Erasing a person: the wish, and the deed.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::Status;
use crate::model::locale::Locale;
use crate::model::security_event::EventKind;
use crate::store::entity::{invitation, one_time_token, outbox, security_event, session_family, user};
use crate::store::session::family::UserWideEnding;
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, account, account::last_admin, account::pending_registration,
};

/// What stands in place of the address of an erased person's invitation.
const ERASED: &str = "erased";

/// A wish to be erased, to be written.
#[derive(Clone, Debug)]
pub struct ErasureWish {
    pub erase_at: Timestamp,
    /// All families of the user.
    pub ending: UserWideEnding,
    pub effects: Effects,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wished {
    /// With the families that have ended.
    Noted(Vec<Uuid>),
    /// Nobody else could administer.
    LastAdmin,
    /// There is no such user any more.
    Gone,
}

/// An erasure that has begun: nothing of this changes any more.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where to tell it.
    pub email: String,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
    pub email_verified: bool,
    /// Families that were still live, to be enforced.
    pub ended: Vec<Uuid>,
}

impl Store {
    /// Notes when a user is to be erased, ends all families and voids all links.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn wish_erasure(&self, wish: &ErasureWish) -> Result<Wished, StoreError> {
        self.transact(|tx| self.wish_erasure_within(tx, wish)).await
    }

    async fn wish_erasure_within(&self, tx: Tx, wish: &ErasureWish) -> Result<Decision<Wished>, StoreError> {
        let (user_id, now) = (wish.ending.user_id, wish.ending.at);
        if last_admin::lock_leaving(&tx, user_id, &[]).await?.is_last_admin {
            return Ok(Decision::Rollback(Wished::LastAdmin));
        }
        tx.recheck_acting_session(&wish.effects).await?;
        let noted = user::Entity::update_many()
            .col_expr(user::Column::EraseAt, Expr::value(wish.erase_at.as_micros()))
            .col_expr(user::Column::UpdatedAt, Expr::value(now.as_micros()))
            .filter(user::Column::Id.eq(user_id))
            .filter(user::Column::Status.ne(Status::Erasing.as_str()))
            .exec(&tx)
            .await?;
        if noted.rows_affected == 0 {
            return Ok(Decision::Rollback(Wished::Gone));
        }
        let ended = self.end_families_within(&tx, &wish.ending).await?;
        tx.count_ended(wish.ending.reason, ended.len());
        void_links(&tx, user_id, now).await?;
        tx.record(&wish.effects).await?;
        Ok(Decision::Commit(Wished::Noted(ended)))
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
                .filter(user::Column::EraseAt.lte(now.as_micros()))
                .filter(user::Column::Id.gt(after.unwrap_or_default()))
                .order_by_asc(user::Column::Id)
                .limit(limit);
            Ok(due.into_tuple().all(&self.read).await?)
        })
        .await
    }

    /// Decides that a user is erased, unless the user's time has not come after all. From the commit on
    /// nobody can log in, use a link or change the account, so that no login cancels what is half done. The
    /// deed is left; to begin again is fine.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn begin_erasure(&self, ending: &UserWideEnding) -> Result<Option<Begun>, StoreError> {
        self.transact(|tx| self.begin_erasure_within(tx, ending)).await
    }

    async fn begin_erasure_within(
        &self,
        tx: Tx,
        ending: &UserWideEnding,
    ) -> Result<Decision<Option<Begun>>, StoreError> {
        let found = user::Entity::find_by_id(ending.user_id)
            .filter(user::Column::EraseAt.lte(ending.at.as_micros()))
            .lock_exclusive()
            .one(&tx)
            .await?;
        let Some(user) = found else {
            return Ok(Decision::Rollback(None));
        };
        user::Entity::update_many()
            .col_expr(user::Column::Status, Expr::value(Status::Erasing.as_str()))
            .filter(user::Column::Id.eq(user.id))
            .exec(&tx)
            .await?;
        // Families that were opened after the request: every node must refuse their access tokens.
        let ended = self.end_families_within(&tx, ending).await?;
        tx.count_ended(ending.reason, ended.len());
        let locale = account::locale(&user);
        let email_verified = user.email_verified_at.is_some();
        let begun =
            Begun { email: user.email, display_name: user.display_name, locale, email_verified, ended };
        Ok(Decision::Commit(Some(begun)))
    }

    /// Deletes some of a user's families that have ended: ahead of the deed, so that its own transaction
    /// stays short.
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

    /// Deletes a user whose erasure has begun, and all that hangs on the user. Gives back whether it was
    /// this call that did it.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn erase(&self, user_id: Uuid, effects: &Effects) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let found = user::Entity::find_by_id(user_id)
                .filter(user::Column::Status.eq(Status::Erasing.as_str()))
                .lock_exclusive()
                .one(&tx)
                .await?;
            let Some(user) = found else {
                return Ok(Decision::Rollback(false));
            };
            forget_invitations(&tx, user_id, &user.email).await?;
            pending_registration::drop_address(&tx, &user.email).await?;
            outbox::Entity::delete_many().filter(outbox::Column::UserId.eq(user_id)).exec(&tx).await?;
            // Password, families, links, consents, counts of messages and the avatar's row go along.
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
                .filter(Column::CreatedAt.gte(since.as_micros()))
                .filter(Column::Kind.eq(EventKind::AccountErased.as_str()))
                .filter(Column::UserId.is_not_null());
            Ok(erased.into_tuple().all(&self.read).await?)
        })
        .await
    }
}

/// Whatever they are for.
async fn void_links(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    use one_time_token::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::VoidedAt, Expr::value(now.as_micros()))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::UsedAt.is_null())
        .filter(Column::VoidedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// Invitations that wait are deleted with their links; of an accepted one stays that there was one.
async fn forget_invitations(
    transaction: &impl ConnectionTrait,
    user_id: Uuid,
    email: &str,
) -> Result<(), StoreError> {
    use invitation::{Column, Entity};
    Entity::delete_many()
        .filter(Column::Email.eq(email))
        .filter(Column::AcceptedAt.is_null())
        .exec(transaction)
        .await?;
    let theirs = Condition::any().add(Column::AcceptedBy.eq(user_id)).add(Column::Email.eq(email));
    let accepted: Vec<Uuid> =
        Entity::find().select_only().column(Column::Id).filter(theirs).into_tuple().all(transaction).await?;
    if accepted.is_empty() {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::Email, Expr::value(ERASED))
        .filter(Column::Id.is_in(accepted.iter().copied()))
        .exec(transaction)
        .await?;
    one_time_token::Entity::update_many()
        .col_expr(one_time_token::Column::Email, Expr::value(None::<String>))
        .filter(one_time_token::Column::InvitationId.is_in(accepted))
        .exec(transaction)
        .await?;
    Ok(())
}
