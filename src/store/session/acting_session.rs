//! The session that asks for a change, checked again in the transaction of the change: a revocation on any node comes
//! first, although the access token is accepted until this node has heard of the revocation.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::model::account::Status;
use crate::model::assurance::Aal;
use crate::model::principal::ActingSession;
use crate::store::entity::{session_family, user};
use crate::store::{StoreError, Tx, account};

/// A session that was live, and a user who was active, when the transaction locked them.
pub(in crate::store) struct ActiveSession {
    /// Locked.
    pub user: user::Model,
    aal: Aal,
}

impl ActiveSession {
    /// Whether the account has a second factor that was not verified in this session.
    pub fn lacks_a_factor(&self) -> bool {
        self.user.mfa_enrolled_at.is_some() && self.aal < Aal::Two
    }
}

/// Checks the session again in the transaction of the change that it asks for. Changes by the command line and by
/// anonymous requests have no acting session.
///
/// # Errors
/// [`StoreError::SessionEnded`]; then the transaction must not be committed.
pub(in crate::store) async fn recheck(
    tx: &Tx,
    acting_session: Option<ActingSession>,
) -> Result<(), StoreError> {
    let Some(ActingSession { user_id, session_id }) = acting_session else {
        return Ok(());
    };
    let user = user::Entity::find_by_id(user_id).one(tx).await?;
    let user = user.filter(|user| user.status == Status::Active);
    let user = user.ok_or(StoreError::SessionEnded)?;
    assurance(tx, &user, session_id).await?.map(|_| ()).ok_or(StoreError::SessionEnded)
}

/// Locks the user. `None` if the user may no longer act, or the session has been revoked.
pub(in crate::store) async fn lock(
    tx: &Tx,
    user_id: Uuid,
    session_id: Uuid,
) -> Result<Option<ActiveSession>, StoreError> {
    let Some(user) = account::lock_active(tx, user_id).await? else {
        return Ok(None);
    };
    let aal = assurance(tx, &user, session_id).await?;
    Ok(aal.map(|aal| ActiveSession { user, aal }))
}

/// The assurance of a session that has not been revoked.
pub(in crate::store) async fn assurance(
    tx: &Tx,
    user: &user::Model,
    session_id: Uuid,
) -> Result<Option<Aal>, StoreError> {
    use session_family::{Column, Entity};
    Ok(Entity::find_by_id(session_id)
        .select_only()
        .column(Column::Aal)
        .filter(Column::UserId.eq(user.id))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::CredentialEpoch.eq(user.credential_epoch))
        .into_tuple()
        .one(tx)
        .await?)
}
