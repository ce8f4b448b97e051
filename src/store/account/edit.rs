//! An administrator's change to another account: decided, done and recorded in one transaction.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::{Roles, Status};
use crate::model::authority::Rights;
use crate::model::email::Email;
use crate::model::factor::Factors;
use crate::model::one_time_token::Purpose;
use crate::model::principal::ActingSession;
use crate::store::account::directory::{self, AccountRecord};
use crate::store::entity::{password_credential, user};
use crate::store::session::family::UserRevocation;
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, account::invitation, account::last_admin, account::rights,
    authenticator::enrolled, authenticator::factor_attempt, authenticator::factor_reset,
    credential::one_time_token, credential::password_attempt, session::acting_session,
};

/// Links in mails that must neither bring an account to life that may not act, nor bring an address back that an
/// administrator has replaced.
const LINKS: [Purpose; 4] =
    [Purpose::VerifyEmail, Purpose::ChangeEmail, Purpose::ResetPassword, Purpose::UndoEmailChange];

/// Whose account is changed, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct EditRequest {
    /// That of the principal; absent for the command line. It must not have been revoked.
    pub acting_session: Option<ActingSession>,
    pub target: Uuid,
    /// Whether the target may be an administrator no longer afterwards.
    pub unmakes_admin: bool,
    pub at: Timestamp,
}

/// What the decision is based on, locked: it still holds at the commit.
#[derive(Clone, Debug)]
pub struct Scene {
    pub principal: Rights,
    pub target: AccountRecord,
    /// Whether the target is the only active administrator; looked up only if [`EditRequest::unmakes_admin`].
    pub is_last_admin: bool,
    /// The target's.
    pub factors: Factors,
    /// Whether wrong attempts at the target's second factors are counted.
    pub has_factor_failures: bool,
    /// Known devices have tried wrong passwords.
    pub has_device_failures: bool,
}

/// What is to be changed.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    pub roles: Option<Roles>,
    /// `Some(None)` takes the name away.
    pub display_name: Option<Option<String>>,
    /// Counts as verified if the former one did.
    pub email: Option<Email>,
    /// `Some(None)` takes the id away.
    pub external_id: Option<Option<String>>,
    /// To be erased then.
    pub erase_at: Option<Timestamp>,
    pub status: Option<Status>,
    pub password_must_change: bool,
    /// Forgets wrong passwords and second factors, and the locks they led to.
    pub unlock: bool,
    /// Removes all second factors; no login succeeds before this time.
    pub reset_factors_until: Option<Timestamp>,
    pub void_links: bool,
    /// Those that the account has made.
    pub revoke_invitations: bool,
    pub revocation: Option<UserRevocation>,
    pub effects: Effects,
}

/// The outcome of [`Store::edit_account`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditOutcome<R> {
    /// There is no such account.
    Unknown,
    Refused(R),
    /// Nothing was to be done.
    Unchanged,
    /// The change is written; with the families that were revoked, of which the actors must be told.
    Done(Vec<Uuid>),
}

impl Store {
    /// Locks both accounts, has `decide` say what is to be changed, and writes that; `None` means that nothing is to be
    /// done. `decide` may run more than once.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the new address or external id is taken, otherwise [`StoreError`]; then nothing has changed.
    pub async fn edit_account<R, F>(
        &self,
        request: EditRequest,
        decide: F,
    ) -> Result<EditOutcome<R>, StoreError>
    where
        F: Fn(&Scene) -> Result<Result<Option<Edit>, R>, StoreError>,
    {
        let decide = &decide;
        self.transact(|tx| async move {
            let Some(scene) = scene(&tx, request).await? else {
                return Ok(Decision::Rollback(EditOutcome::Unknown));
            };
            acting_session::recheck(&tx, request.acting_session).await?;
            let edit = match decide(&scene)? {
                Ok(Some(edit)) => edit,
                Ok(None) => return Ok(Decision::Rollback(EditOutcome::Unchanged)),
                Err(refusal) => return Ok(Decision::Rollback(EditOutcome::Refused(refusal))),
            };
            write_user(&tx, request, &edit).await?;
            let ended = match &edit.revocation {
                Some(revocation) => self.revoke_families_within(&tx, revocation).await?,
                None => Vec::new(),
            };
            write_rest(&tx, request, &edit).await?;
            tx.record(&edit.effects).await?;
            Ok(Decision::Commit(EditOutcome::Done(ended)))
        })
        .await
    }
}

/// What an edit changes besides the user's row and sessions.
async fn write_rest(tx: &Tx, request: EditRequest, edit: &Edit) -> Result<(), StoreError> {
    if edit.unlock {
        password_attempt::forget(tx, request.target).await?;
        factor_attempt::forget(tx, request.target).await?;
    }
    if let Some(until) = edit.reset_factors_until {
        factor_reset::remove_all(tx, request.target, request.at, until).await?;
    }
    if edit.void_links {
        one_time_token::void(tx, request.target, &LINKS, request.at).await?;
    }
    if edit.revoke_invitations {
        invitation::revoke_of_inviter(tx, request.target, request.at).await?;
    }
    Ok(())
}

/// Locks the accounts. `None` if there is no such account, or its erasure has begun: then nothing about it changes.
async fn scene(tx: &Tx, request: EditRequest) -> Result<Option<Scene>, StoreError> {
    let principal_id = request.acting_session.map(|session| session.user_id);
    let mut ids: Vec<Uuid> = principal_id.into_iter().collect();
    let locked = if request.unmakes_admin {
        last_admin::lock_leaving(tx, request.target, &ids).await?
    } else {
        ids.push(request.target);
        last_admin::lock(tx, &ids).await?
    };
    let principal = rights::of(principal_id, principal_id.and_then(|id| locked.get(id)));
    let is_there = |user: &&user::Model| user.status != Status::Erasing;
    let Some(target) = locked.get(request.target).filter(is_there) else {
        return Ok(None);
    };
    let password = password_credential::Entity::find_by_id(target.id).one(tx).await?;
    Ok(Some(Scene {
        principal,
        target: directory::record(target.clone(), password.as_ref()),
        is_last_admin: locked.is_last_admin,
        factors: enrolled::of_user(tx, target.id).await?,
        has_device_failures: password_attempt::has_device_failures(tx, target.id).await?,
        has_factor_failures: factor_attempt::is_any(tx, target.id).await?,
    }))
}

async fn write_user(tx: &Tx, request: EditRequest, edit: &Edit) -> Result<(), StoreError> {
    let mut update = user::Entity::update_many()
        .col_expr(user::Column::UpdatedAt, Expr::value(request.at))
        .filter(user::Column::Id.eq(request.target));
    if let Some(roles) = edit.roles {
        update = update.col_expr(user::Column::Roles, Expr::value(roles));
    }
    if let Some(name) = &edit.display_name {
        update = update.col_expr(user::Column::DisplayName, Expr::value(name.clone()));
    }
    if let Some(email) = &edit.email {
        update = update.col_expr(user::Column::Email, Expr::value(email.as_str()));
    }
    if let Some(id) = &edit.external_id {
        update = update.col_expr(user::Column::ExternalId, Expr::value(id.clone()));
    }
    if let Some(erase_at) = edit.erase_at {
        update = update.col_expr(user::Column::EraseAt, Expr::value(erase_at));
    }
    if let Some(status) = edit.status {
        update = update.col_expr(user::Column::Status, Expr::value(status));
    }
    if edit.password_must_change {
        update = update.col_expr(user::Column::PasswordMustChange, Expr::value(true));
    }
    update.exec(tx).await?;
    Ok(())
}
