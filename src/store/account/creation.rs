//! Accounts that somebody makes for somebody else.

use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use crate::model::account::Roles;
use crate::model::authority::{Denial, may_grant, may_hold};
use crate::store::account::last_admin::is_admin;
use crate::store::account::{self, NewAccount};
use crate::store::credential::one_time_token::{self, NewOneTimeToken};
use crate::store::entity::user;
use crate::store::{
    Effects, Store, StoreError, account::actor, security_event::effects, session::acting_session,
};

/// PostgreSQL's advisory lock for the first administrator: "kinadmin" in ASCII.
const FIRST_ADMIN_LOCK: i64 = 0x6b69_6e61_646d_696e;

impl Store {
    /// Writes an account whose owner is to set the password by the token's link, if the actor (absent for
    /// the command line) may give its roles, and the address is proven if they are above `user`.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the address is taken.
    pub async fn create_account_with_link(
        &self,
        actor: Option<Uuid>,
        new: &NewAccount,
        token: &NewOneTimeToken,
        effects: &Effects,
    ) -> Result<Result<(), Denial>, StoreError> {
        let created = self.retrying(|| self.try_create_account_with_link(actor, new, token, effects)).await?;
        if created.is_ok() {
            self.count(effects);
        }
        Ok(created)
    }

    async fn try_create_account_with_link(
        &self,
        actor: Option<Uuid>,
        new: &NewAccount,
        token: &NewOneTimeToken,
        effects: &Effects,
    ) -> Result<Result<(), Denial>, StoreError> {
        let transaction = self.begin(&self.write).await?;
        if let Err(refusal) = may_grant(actor::lock(&transaction, actor).await?, new.roles) {
            return Ok(Err(refusal));
        }
        acting_session::recheck(&transaction, effects.acting_session).await?;
        if let Err(refusal) = may_hold(new.roles, Roles::default(), new.email_verified) {
            return Ok(Err(refusal));
        }
        account::insert(&transaction, new).await?;
        one_time_token::insert(&transaction, token).await?;
        effects::write(&transaction, effects).await?;
        transaction.commit().await?;
        Ok(Ok(()))
    }

    /// Whether anybody is an administrator, disabled ones included.
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
    /// [`StoreError::Duplicate`] if the address is somebody else's.
    pub async fn create_first_admin(&self, new: &NewAccount, effects: &Effects) -> Result<bool, StoreError> {
        let created = self.retrying(|| self.try_create_first_admin(new, effects)).await?;
        if created {
            self.count(effects);
        }
        Ok(created)
    }

    async fn try_create_first_admin(&self, new: &NewAccount, effects: &Effects) -> Result<bool, StoreError> {
        let transaction = self.begin(&self.write).await?;
        self.lock_first_admin(&transaction).await?;
        if user::Entity::find().filter(is_admin()).count(&transaction).await? > 0 {
            return Ok(false);
        }
        account::insert(&transaction, new).await?;
        effects::write(&transaction, effects).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// A row that is not there yet cannot be locked. SQLite has one writer at a time anyway.
    async fn lock_first_admin(&self, transaction: &impl ConnectionTrait) -> Result<(), StoreError> {
        if !self.is_sqlite() {
            let sql = format!("SELECT pg_advisory_xact_lock({FIRST_ADMIN_LOCK})");
            transaction.execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}
