//! Sealed values that no one can open again, after the loss of the master key, and the users who depend on them.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::store::entity::user;
use crate::store::keys::sealed_value::{SealedValue, key_of};
use crate::store::{Decision, Store, StoreError};

impl Store {
    /// Deletes rows with these values in one transaction, and returns how many: one that was changed meanwhile is left
    /// alone.
    ///
    /// # Errors
    /// [`StoreError`]; then none was deleted.
    pub async fn delete_sealed(&self, values: &[SealedValue]) -> Result<u64, StoreError> {
        self.transact(|tx| async move {
            let mut deleted = 0;
            for SealedValue { row, sealed } in values {
                let table = row.table();
                let delete = Query::delete()
                    .from_table(Alias::new(table.table()))
                    .and_where(Expr::col(Alias::new(table.primary_key())).eq(Expr::value(key_of(row))))
                    .and_where(Expr::col(Alias::new(table.column())).eq(sealed.clone()))
                    .to_owned();
                deleted += tx.execute(&delete).await?.rows_affected();
            }
            Ok(Decision::Commit(deleted))
        })
        .await
    }

    /// Those of the users who must present a second factor and have neither a passkey nor an unused backup code.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn without_other_factor(&self, users: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        let owners =
            |table: &str| Query::select().column(Alias::new("user_id")).from(Alias::new(table)).to_owned();
        let with_passkey = owners("passkeys");
        let mut with_code = owners("backup_codes");
        with_code.and_where(Expr::col(Alias::new("used_at")).is_null());
        let users = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(user::Column::Id.is_in(users.iter().copied()))
            .filter(user::Column::MfaEnrolledAt.is_not_null())
            .filter(user::Column::Id.not_in_subquery(with_passkey))
            .filter(user::Column::Id.not_in_subquery(with_code))
            .order_by_asc(user::Column::Id)
            .into_tuple::<Uuid>();
        self.bounded(async { Ok(users.all(&self.read).await?) }).await
    }
}
