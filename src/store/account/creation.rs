//! Accounts that an administrator creates for someone else, and the first administrator.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use crate::model::account::Roles;
use crate::model::authority::{Denial, may_grant, may_hold};
use crate::store::account::last_admin::is_admin;
use crate::store::account::{self, NewAccount};
use crate::store::credential::one_time_token::{self, NewOneTimeToken};
use crate::store::entity::user;
use crate::store::{Decision, Effects, Store, StoreError, Tx, account::rights};

/// PostgreSQL's advisory lock for the first administrator: "kinadmin" in ASCII.
const FIRST_ADMIN_LOCK: i64 = 0x6b69_6e61_646d_696e;

impl Store {
    /// Writes an account whose owner is to set the password by the token's link, if the principal (absent for
    /// the command line) may grant its roles. Roles above `user` require a proven address.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the address is taken.
    pub async fn create_account_with_link(
        &self,
        principal_id: Option<Uuid>,
        new: &NewAccount,
        token: &NewOneTimeToken,
        effects: &Effects,
    ) -> Result<Result<(), Denial>, StoreError> {
        self.transact(|tx| async move {
            if let Err(refusal) = may_grant(rights::lock(&tx, principal_id).await?, new.roles) {
                return Ok(Decision::Rollback(Err(refusal)));
            }
            tx.recheck_acting_session(effects).await?;
            if let Err(refusal) = may_hold(new.roles, Roles::default(), new.email_verified) {
                return Ok(Decision::Rollback(Err(refusal)));
            }
            account::insert(&tx, new).await?;
            one_time_token::insert(&tx, token).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(Ok(())))
        })
        .await
    }

    /// Whether there is an administrator, disabled ones included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_admin(&self) -> Result<bool, StoreError> {
        let admins = user::Entity::find().filter(is_admin());
        self.bounded(async { Ok(admins.count(&self.read).await? > 0) }).await
    }

    /// Writes the first administrator, if there is none. Of several nodes that start together one does.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the address belongs to another account.
    pub async fn create_first_admin(&self, new: &NewAccount, effects: &Effects) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            lock_first_admin(&tx).await?;
            if user::Entity::find().filter(is_admin()).count(&tx).await? > 0 {
                return Ok(Decision::Rollback(false));
            }
            account::insert(&tx, new).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }
}

/// Of the nodes that start together, one looks for an administrator at a time: a row that is not there yet cannot be
/// locked. SQLite has one writer at a time anyway.
async fn lock_first_admin(tx: &Tx) -> Result<(), StoreError> {
    if tx.get_database_backend() != DbBackend::Sqlite {
        let sql = format!("SELECT pg_advisory_xact_lock({FIRST_ADMIN_LOCK})");
        tx.execute_unprepared(&sql).await?;
    }
    Ok(())
}
