//! Erasing a person: the wish, and the deed.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::entity::{invitation, one_time_token, outbox, quota_usage, security_event, session_family, user};
use super::session_family::UserWideEnding;
use super::{Store, StoreError, Trail, account, last_admin, trail};
use crate::clock::Timestamp;
use crate::model::locale::Locale;
use crate::model::security_event::EventKind;

/// What stands in place of the address of an erased person's invitation.
const ERASED: &str = "erased";

/// A wish to be erased, to be written.
#[derive(Clone, Debug)]
pub struct ErasureWish {
    pub erase_at: Timestamp,
    /// All families of the user.
    pub ending: UserWideEnding,
    pub trail: Trail,
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

/// Whom to erase.
#[derive(Clone, Debug)]
pub struct DueErasure {
    pub user_id: Uuid,
    /// Where to tell it.
    pub email: String,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
}

/// The deed, to be done.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// The address that the trail tells it to: if it has changed, nothing is done.
    pub email: String,
    pub ending: UserWideEnding,
    pub trail: Trail,
}

impl Store {
    /// Notes when a user is to be erased, ends all families and voids all links.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn wish_erasure(&self, wish: &ErasureWish) -> Result<Wished, StoreError> {
        let wished = self.retrying(|| self.try_wish_erasure(wish)).await?;
        if let Wished::Noted(ended) = &wished {
            self.count(&wish.trail);
            self.metrics.count_ended(wish.ending.reason, ended.len());
        }
        Ok(wished)
    }

    async fn try_wish_erasure(&self, wish: &ErasureWish) -> Result<Wished, StoreError> {
        let (user_id, now) = (wish.ending.user_id, wish.ending.at);
        let transaction = self.begin(&self.write).await?;
        if last_admin::is_last_admin(&transaction, user_id).await? {
            return Ok(Wished::LastAdmin);
        }
        let noted = user::Entity::update_many()
            .col_expr(user::Column::EraseAt, Expr::value(wish.erase_at.as_micros()))
            .col_expr(user::Column::UpdatedAt, Expr::value(now.as_micros()))
            .filter(user::Column::Id.eq(user_id))
            .exec(&transaction)
            .await?;
        if noted.rows_affected == 0 {
            return Ok(Wished::Gone);
        }
        let ended = self.end_families_within(&transaction, &wish.ending).await?;
        void_links(&transaction, user_id, now).await?;
        trail::write(&transaction, &wish.trail).await?;
        transaction.commit().await?;
        Ok(Wished::Noted(ended))
    }

    /// Users whose time has come, after this one, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn due_erasures(
        &self,
        now: Timestamp,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<DueErasure>, StoreError> {
        self.bounded(async {
            let rows = user::Entity::find()
                .filter(user::Column::EraseAt.lte(now.as_micros()))
                .filter(user::Column::Id.gt(after.unwrap_or_default()))
                .order_by_asc(user::Column::Id)
                .limit(limit)
                .all(&self.read)
                .await?;
            Ok(rows.into_iter().map(due).collect())
        })
        .await
    }

    /// One of them; `None` if the user's time has not come, or is over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn due_erasure(&self, user_id: Uuid, now: Timestamp) -> Result<Option<DueErasure>, StoreError> {
        self.bounded(async {
            let found = user::Entity::find_by_id(user_id)
                .filter(user::Column::EraseAt.lte(now.as_micros()))
                .one(&self.read)
                .await?;
            Ok(found.map(due))
        })
        .await
    }

    /// Deletes some of a user's families that have ended: ahead of the deed, so that its own transaction
    /// stays short.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erase_ended_families(&self, user_id: Uuid, limit: u64) -> Result<u64, StoreError> {
        use session_family::{Column, Entity};
        self.retrying(|| async move {
            let some = Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(Column::UserId.eq(user_id))
                .filter(Column::RevokedAt.is_not_null())
                .limit(limit)
                .into_tuple::<Uuid>()
                .all(&self.write)
                .await?;
            let deleted = Entity::delete_many().filter(Column::Id.is_in(some)).exec(&self.write).await?;
            Ok(deleted.rows_affected)
        })
        .await
    }

    /// Deletes a user and all that hangs on the user, unless the user's time has not come after all. Gives
    /// back the families that were still live.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn erase(&self, erasure: &Erasure) -> Result<Option<Vec<Uuid>>, StoreError> {
        let erased = self.retrying(|| self.try_erase(erasure)).await?;
        if let Some(ended) = &erased {
            self.count(&erasure.trail);
            self.metrics.count_ended(erasure.ending.reason, ended.len());
        }
        Ok(erased)
    }

    async fn try_erase(&self, erasure: &Erasure) -> Result<Option<Vec<Uuid>>, StoreError> {
        let (user_id, now) = (erasure.ending.user_id, erasure.ending.at);
        let transaction = self.begin(&self.write).await?;
        let found = user::Entity::find_by_id(user_id)
            .filter(user::Column::EraseAt.lte(now.as_micros()))
            .filter(user::Column::Email.eq(&erasure.email))
            .lock_exclusive()
            .one(&transaction)
            .await?;
        if found.is_none() {
            return Ok(None);
        }
        // Families that came after the wish: their access tokens must be known to be dead.
        let ended = self.end_families_within(&transaction, &erasure.ending).await?;
        forget_invitations(&transaction, user_id, &erasure.email).await?;
        outbox::Entity::delete_many().filter(outbox::Column::UserId.eq(user_id)).exec(&transaction).await?;
        quota_usage::Entity::delete_many()
            .filter(quota_usage::Column::Scope.contains(user_id.to_string()))
            .exec(&transaction)
            .await?;
        // Password, families, links, consents and the avatar's row go along.
        user::Entity::delete_by_id(user_id).exec(&transaction).await?;
        trail::write(&transaction, &erasure.trail).await?;
        transaction.commit().await?;
        Ok(Some(ended))
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

fn due(user: user::Model) -> DueErasure {
    DueErasure {
        user_id: user.id,
        locale: account::locale(&user),
        email: user.email,
        display_name: user.display_name,
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
    transaction: &DatabaseTransaction,
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
