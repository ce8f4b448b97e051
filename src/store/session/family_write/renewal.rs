//! A renewal: the next generation of a family, along with the reauthentication of its user.
//!
//! The token and the reauthentication are spent in one transaction. Where one of them was spent before, neither is, so
//! a request that another one has overtaken costs its user no code.

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::Rotation;
use crate::clock::Timestamp;
use crate::model::account::UserFacts;
use crate::model::assurance::{Aal, Amr};
use crate::store::credential::password::{self, PasswordChange};
use crate::store::credential::reauthentication::{self, Reauthentication};
use crate::store::entity::session_family::{Column, Entity};
use crate::store::entity::user;
use crate::store::{Decision, Effects, Store, StoreError, Tx, account};

/// The next generation, and what goes with it.
#[derive(Clone, Debug)]
pub struct Renewal {
    pub rotation: Rotation,
    /// The user's epoch when the reauthentication was verified.
    pub credential_epoch: i64,
    pub user_id: Uuid,
    pub reauthentication: Reauthentication,
    pub purpose: RenewalPurpose,
    /// The session's assurance after a step-up.
    pub amr: Amr,
    pub aal: Aal,
    pub effects: Effects,
}

/// What the user was reauthenticated for.
#[derive(Clone, Debug)]
pub enum RenewalPurpose {
    /// By these methods; `auth_time` is the time of the rotation.
    StepUp(Amr),
    PasswordChange(Box<PasswordChange>),
}

/// A renewal that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewed {
    pub user: UserFacts,
    pub at: Timestamp,
    /// The user's, with which the family has moved on.
    pub credential_epoch: i64,
    /// Other families of the user that were revoked with it.
    pub revoked: Vec<Uuid>,
}

/// The result of a renewal, once it is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenewalOutcome {
    Renewed(Box<Renewed>),
    /// The reauthentication was spent, or the attempt locked, before: nothing was changed.
    ReauthenticationSpent,
    /// Another change was faster, or the family is gone: nothing was changed.
    Overtaken,
}

impl Store {
    /// Commits a renewal.
    ///
    /// # Errors
    /// [`StoreError`]; whether it was committed is then unknown.
    pub async fn renew_family(&self, renewal: &Renewal) -> Result<RenewalOutcome, StoreError> {
        self.transact(|tx| self.renew_within(tx, renewal)).await
    }

    async fn renew_within(&self, tx: Tx, renewal: &Renewal) -> Result<Decision<RenewalOutcome>, StoreError> {
        let user = account::lock_active(&tx, renewal.user_id).await?;
        let Some(user) = user.filter(|user| user.credential_epoch == renewal.credential_epoch) else {
            return Ok(Decision::Rollback(RenewalOutcome::Overtaken));
        };
        let at = self.time.within(&tx).await?;
        if !swap(&tx, renewal, at).await? {
            return Ok(Decision::Rollback(RenewalOutcome::Overtaken));
        }
        let mut revoked = Vec::new();
        if let RenewalPurpose::PasswordChange(change) = &renewal.purpose {
            revoked = self.revoke_families_within(&tx, &change.revocation).await?;
        }
        if !reauthentication::spend(&tx, &renewal.reauthentication).await? {
            return Ok(Decision::Rollback(RenewalOutcome::ReauthenticationSpent));
        }
        if let RenewalPurpose::PasswordChange(change) = &renewal.purpose
            && !password::swap(&tx, change).await?
        {
            return Ok(Decision::Rollback(RenewalOutcome::ReauthenticationSpent));
        }
        tx.record(&renewal.effects).await?;
        let user = user::Entity::find_by_id(user.id).one(&tx).await?;
        let Some(user) = user else { return Ok(Decision::Rollback(RenewalOutcome::Overtaken)) };
        let credential_epoch = user.credential_epoch;
        let renewed = Renewed { user: account::user_facts(&user), at, credential_epoch, revoked };
        Ok(Decision::Commit(RenewalOutcome::Renewed(Box::new(renewed))))
    }
}

/// Compare and swap, as a rotation does it.
async fn swap(tx: &Tx, renewal: &Renewal, at: Timestamp) -> Result<bool, StoreError> {
    let rotation = &renewal.rotation;
    let next = rotation.spent_generation.saturating_add(1).cast_signed();
    let idle = at.plus(rotation.next.idle_timeout);
    let key_hash = rotation.next.rotation_key_hash.map(|hash| hash.0.to_vec());
    let mut update = Entity::update_many()
        .col_expr(Column::Generation, Expr::value(next))
        .col_expr(Column::KeyId, Expr::value(i16::from(rotation.next.key_id.0)))
        .col_expr(Column::CurrentJti, Expr::value(rotation.jti))
        .col_expr(Column::RotatedAt, Expr::value(at))
        .col_expr(Column::LastSeenAt, Expr::value(at))
        .col_expr(Column::RotationKeyHash, Expr::value(key_hash))
        .col_expr(Column::AccessExpiresAt, Expr::value(at.plus(rotation.next.access_life)))
        .col_expr(Column::IdleExpiresAt, earlier(Column::ExpiresAt, idle));
    update = match &renewal.purpose {
        RenewalPurpose::StepUp(_) => update
            .col_expr(Column::AuthTime, Expr::value(at))
            .col_expr(Column::Amr, Expr::value(renewal.amr))
            .col_expr(Column::Aal, Expr::value(renewal.aal)),
        RenewalPurpose::PasswordChange(_) => update.col_expr(Column::AuthTime, earlier(Column::AuthTime, at)),
    };
    let updated = update
        .filter(Column::Id.eq(rotation.family_id))
        .filter(Column::UserId.eq(renewal.user_id))
        .filter(Column::Generation.eq(rotation.stored_generation.cast_signed()))
        .filter(Column::AuthTime.eq(rotation.auth_time))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::CredentialEpoch.eq(renewal.credential_epoch))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// The earlier of a column's time and another, on both databases.
fn earlier(column: Column, time: Timestamp) -> SimpleExpr {
    let is_earlier = Expr::col(column).lt(time);
    CaseStatement::new().case(is_earlier, Expr::col(column)).finally(time).into()
}
