//! One person's change to another's account: judged, done and recorded in one transaction.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::directory::{self, AccountRecord, standing};
use super::entity::{password_credential, user};
use super::session_family::UserWideEnding;
use super::{Store, StoreError, Trail, invitation, one_time_token, trail};
use crate::clock::Timestamp;
use crate::model::account::{Role, Roles, Status};
use crate::model::authority::Standing;
use crate::model::one_time_token::Purpose;

/// Links of mails that an account which may not act must not be brought to life by.
const LINKS: [Purpose; 3] = [Purpose::VerifyEmail, Purpose::ChangeEmail, Purpose::ResetPassword];

/// Whose account is changed, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Parties {
    /// Absent for the command line.
    pub actor: Option<Uuid>,
    pub target: Uuid,
    pub at: Timestamp,
}

/// What the judgement is based on, locked: it still holds at the commit.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Absent for the command line; without any right if the actor is gone.
    pub actor: Option<Standing>,
    pub target: AccountRecord,
    /// Active administrators besides the target.
    pub other_admins: usize,
}

/// What is to be changed.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    pub roles: Option<Roles>,
    /// `Some(None)` takes the name away.
    pub display_name: Option<Option<String>>,
    pub status: Option<Status>,
    pub password_must_change: bool,
    /// Forgets wrong passwords, and the lock they led to.
    pub unlock: bool,
    pub void_links: bool,
    /// Those that the account has made.
    pub revoke_invitations: bool,
    pub ending: Option<UserWideEnding>,
    pub trail: Trail,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited<R> {
    /// There is no such account.
    Unknown,
    Refused(R),
    /// Nothing was to be done.
    Unchanged,
    /// With the families that have ended, to be enforced.
    Done(Vec<Uuid>),
}

impl Store {
    /// Locks the parties and all administrators, has `decide` judge, and writes what it says; `None` of it
    /// means that nothing is to be done. `decide` may run more than once.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn edit_account<R, F>(&self, parties: Parties, decide: F) -> Result<Edited<R>, StoreError>
    where
        F: Fn(&Scene) -> Result<Option<Edit>, R>,
    {
        let (edited, edit) = self.retrying(|| self.try_edit_account(parties, &decide)).await?;
        if let (Edited::Done(ended), Some(edit)) = (&edited, edit) {
            self.count(&edit.trail);
            if let Some(ending) = edit.ending {
                self.metrics.count_ended(ending.reason, ended.len());
            }
        }
        Ok(edited)
    }

    async fn try_edit_account<R, F>(
        &self,
        parties: Parties,
        decide: &F,
    ) -> Result<(Edited<R>, Option<Edit>), StoreError>
    where
        F: Fn(&Scene) -> Result<Option<Edit>, R>,
    {
        let transaction = self.begin(&self.write).await?;
        let Some(scene) = scene(&transaction, parties).await? else {
            return Ok((Edited::Unknown, None));
        };
        let edit = match decide(&scene) {
            Ok(Some(edit)) => edit,
            Ok(None) => return Ok((Edited::Unchanged, None)),
            Err(refusal) => return Ok((Edited::Refused(refusal), None)),
        };
        write_user(&transaction, parties, &edit).await?;
        if edit.unlock {
            unlock(&transaction, parties.target).await?;
        }
        if edit.void_links {
            one_time_token::void(&transaction, parties.target, &LINKS, parties.at).await?;
        }
        if edit.revoke_invitations {
            invitation::revoke_of_inviter(&transaction, parties.target, parties.at).await?;
        }
        let ended = match &edit.ending {
            Some(ending) => self.end_families_within(&transaction, ending).await?,
            None => Vec::new(),
        };
        trail::write(&transaction, &edit.trail).await?;
        transaction.commit().await?;
        Ok((Edited::Done(ended), Some(edit)))
    }
}

/// Administrators are locked as well, in the order of their ids: of two who remove each other, the second
/// sees what the first has done. There are few of them, and they act seldom.
async fn scene(transaction: &DatabaseTransaction, parties: Parties) -> Result<Option<Scene>, StoreError> {
    let involved = [Some(parties.target), parties.actor].into_iter().flatten();
    let users = user::Entity::find()
        .filter(Condition::any().add(user::Column::Id.is_in(involved)).add(is_admin()))
        .order_by_asc(user::Column::Id)
        .lock_exclusive()
        .all(transaction)
        .await?;
    let nobody = |id| Standing { id, roles: Roles::default(), active: false };
    let found = |id: Uuid| users.iter().find(|user| user.id == id).map(standing);
    let actor = parties.actor.map(|id| found(id).unwrap_or_else(|| nobody(id)));
    let others = users.iter().filter(|user| user.id != parties.target).map(standing);
    let other_admins = others.filter(|other| other.is_active_admin()).count();
    let Some(target) = users.into_iter().find(|user| user.id == parties.target) else {
        return Ok(None);
    };
    let password = password_credential::Entity::find_by_id(target.id).one(transaction).await?;
    Ok(Some(Scene { actor, target: directory::record(target, password.as_ref()), other_admins }))
}

/// Role names are words of their own, and none is part of another.
pub(super) fn is_admin() -> Condition {
    user::Column::Roles.contains(Role::Admin.as_str()).into()
}

async fn write_user(
    transaction: &DatabaseTransaction,
    parties: Parties,
    edit: &Edit,
) -> Result<(), StoreError> {
    let mut update = user::Entity::update_many()
        .col_expr(user::Column::UpdatedAt, Expr::value(parties.at.as_micros()))
        .filter(user::Column::Id.eq(parties.target));
    if let Some(roles) = edit.roles {
        update = update.col_expr(user::Column::Roles, Expr::value(roles.to_string()));
    }
    if let Some(name) = &edit.display_name {
        update = update.col_expr(user::Column::DisplayName, Expr::value(name.clone()));
    }
    if let Some(status) = edit.status {
        update = update.col_expr(user::Column::Status, Expr::value(status.as_str()));
    }
    if edit.password_must_change {
        update = update.col_expr(user::Column::PasswordMustChange, Expr::value(true));
    }
    update.exec(transaction).await?;
    Ok(())
}

async fn unlock(transaction: &DatabaseTransaction, user_id: Uuid) -> Result<(), StoreError> {
    password_credential::Entity::update_many()
        .col_expr(password_credential::Column::Failures, Expr::value(0_i64))
        .col_expr(password_credential::Column::LockedAt, Expr::value(None::<i64>))
        .filter(password_credential::Column::UserId.eq(user_id))
        .exec(transaction)
        .await?;
    Ok(())
}
