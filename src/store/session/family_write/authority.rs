//! On whose authority one session revokes another, as of the transaction of the revocation: what was lost a moment ago,
//! on any node, no longer counts.

use uuid::Uuid;

use crate::model::account::Status;
use crate::model::authority::{Deed, Denial, judge};
use crate::model::principal::ActingSession;
use crate::store::account::{directory, last_admin, rights};
use crate::store::session::acting_session;
use crate::store::{StoreError, Tx};

/// Who revokes a session of whom, and is checked in the transaction.
#[derive(Clone, Copy, Debug)]
pub enum Authority {
    /// A session of the same user.
    Owner(ActingSession),
    /// Support, an administrator, or the operator at the command line, who is neither a user nor a session.
    Administration { acting_session: Option<ActingSession>, owner: Uuid },
}

/// Why the family stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationRefusal {
    /// The owner's account is gone, or is being erased.
    UnknownAccount,
    ActingSessionRevoked,
    Denied(Denial),
}

impl Authority {
    /// The user whose family it is.
    pub const fn owner(&self) -> Uuid {
        match self {
            Self::Owner(session) => session.user_id,
            Self::Administration { owner, .. } => *owner,
        }
    }

    /// Who asks for it, for the security event.
    pub fn principal_id(&self) -> Option<Uuid> {
        match self {
            Self::Owner(session) => Some(session.user_id),
            Self::Administration { acting_session, .. } => acting_session.map(|session| session.user_id),
        }
    }

    /// Locks the users whom it rests on, so that it still holds at the commit.
    pub(super) async fn check(
        &self,
        tx: &Tx,
        family: Uuid,
    ) -> Result<Result<(), RevocationRefusal>, StoreError> {
        match *self {
            // A session may revoke itself, and twice.
            Self::Owner(session) if session.session_id == family => Ok(Ok(())),
            Self::Owner(session) => {
                let active = acting_session::lock(tx, session.user_id, session.session_id).await?;
                Ok(active.map(|_| ()).ok_or(RevocationRefusal::ActingSessionRevoked))
            }
            Self::Administration { acting_session, owner } => {
                check_administration(tx, acting_session, owner).await
            }
        }
    }
}

async fn check_administration(
    tx: &Tx,
    acting_session: Option<ActingSession>,
    owner: Uuid,
) -> Result<Result<(), RevocationRefusal>, StoreError> {
    let principal_id = acting_session.map(|session| session.user_id);
    let ids: Vec<Uuid> = principal_id.into_iter().chain([owner]).collect();
    let locked = last_admin::lock(tx, &ids).await?;
    // Nothing about an account changes once its erasure has begun.
    let owner = locked.get(owner).filter(|user| user.status != Status::Erasing);
    let Some(owner) = owner else { return Ok(Err(RevocationRefusal::UnknownAccount)) };
    match acting_session::recheck(tx, acting_session).await {
        Ok(()) => {}
        Err(StoreError::SessionEnded) => return Ok(Err(RevocationRefusal::ActingSessionRevoked)),
        Err(error) => return Err(error),
    }
    let principal = rights::of(principal_id, principal_id.and_then(|id| locked.get(id)));
    let allowed = judge(principal, Deed::EndSessions, directory::standing(owner), false);
    Ok(allowed.map_err(RevocationRefusal::Denied))
}
