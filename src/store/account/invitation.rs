//! Invitations: written with their token, listed, revoked.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DerivePartialModel, EntityTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::Roles;
use crate::model::authority::{Denial, Permission, may, may_grant};
use crate::model::cursor::Cursor;
use crate::model::email::Email;
use crate::store::credential::one_time_token::{self, NewOneTimeToken};
use crate::store::database::keyset::{Listed, PageRequest};
use crate::store::entity::invitation::{ActiveModel, Column, Entity};
use crate::store::entity::user;
use crate::store::{Decision, Effects, Store, StoreError, Tx, account::rights};

/// An invitation to be written.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    pub id: Uuid,
    pub email: Email,
    pub roles: Roles,
    /// Absent for the command line.
    pub invited_by: Option<Uuid>,
    pub at: Timestamp,
    pub expires_at: Timestamp,
}

/// An invitation as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct InvitationRecord {
    pub id: Uuid,
    pub email: String,
    pub roles: Roles,
    pub invited_by: Option<Uuid>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub accepted_by: Option<Uuid>,
    pub revoked_at: Option<Timestamp>,
}

/// What can become of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    Pending,
    Accepted,
    Expired,
    Revoked,
}

impl InvitationState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl InvitationRecord {
    /// What was over already when a newer invitation took its place had expired.
    pub fn state(&self, now: Timestamp) -> InvitationState {
        match (self.accepted_at, self.revoked_at) {
            (Some(_), _) => InvitationState::Accepted,
            (None, Some(revoked_at)) if revoked_at < self.expires_at => InvitationState::Revoked,
            (None, None) if now < self.expires_at => InvitationState::Pending,
            _ => InvitationState::Expired,
        }
    }

    const fn cursor(&self) -> Cursor {
        Cursor { at: self.created_at, id: self.id }
    }
}

/// The outcome of [`Store::invite`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationOutcome {
    Done,
    /// The address has an account.
    AddressTaken,
    /// The inviter may not give these roles.
    Refused(Denial),
}

/// The outcome of [`Store::revoke_invitation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationRevocationOutcome {
    Now,
    Before,
    Accepted,
    Unknown,
    /// The principal may not revoke any.
    Refused(Denial),
}

impl Store {
    /// Writes an invitation with its token, if the inviter may give its roles; an older one to the same
    /// address is revoked.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if someone else invites the same address at the same moment.
    pub async fn invite(
        &self,
        new: &NewInvitation,
        token: &NewOneTimeToken,
        effects: &Effects,
    ) -> Result<InvitationOutcome, StoreError> {
        self.transact(|tx| async move {
            if let Err(refusal) = may_grant(rights::lock(&tx, new.invited_by).await?, new.roles) {
                return Ok(Decision::Rollback(InvitationOutcome::Refused(refusal)));
            }
            tx.recheck_acting_session(effects).await?;
            let owner = user::Entity::find().filter(user::Column::Email.eq(new.email.as_str()));
            if owner.one(&tx).await?.is_some() {
                return Ok(Decision::Rollback(InvitationOutcome::AddressTaken));
            }
            let older = Column::Email.eq(new.email.as_str()).into();
            for invitation in revoke(&tx, older, new.at).await? {
                one_time_token::void_invitation(&tx, invitation, new.at).await?;
            }
            Entity::insert(row(new)).exec_without_returning(&tx).await?;
            one_time_token::insert(&tx, token).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(InvitationOutcome::Done))
        })
        .await
    }

    /// A page of invitations.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn invitations(&self, window: PageRequest) -> Result<Listed<InvitationRecord>, StoreError> {
        self.bounded(async {
            let page = window.cut(Entity::find(), Column::CreatedAt, Column::Id);
            let invitations = page.into_partial_model().all(&self.read).await?;
            Ok(window.listed(invitations, InvitationRecord::cursor))
        })
        .await
    }

    /// Revokes an invitation that has not been accepted, if the principal (absent for the command line) may.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn revoke_invitation(
        &self,
        principal_id: Option<Uuid>,
        id: Uuid,
        at: Timestamp,
        effects: &Effects,
    ) -> Result<InvitationRevocationOutcome, StoreError> {
        self.transact(|tx| async move {
            if let Err(refusal) = may(rights::lock(&tx, principal_id).await?, Permission::Manage) {
                return Ok(Decision::Rollback(InvitationRevocationOutcome::Refused(refusal)));
            }
            tx.recheck_acting_session(effects).await?;
            let Some(invitation) = Entity::find_by_id(id).lock_exclusive().one(&tx).await? else {
                return Ok(Decision::Rollback(InvitationRevocationOutcome::Unknown));
            };
            if invitation.accepted_at.is_some() {
                return Ok(Decision::Rollback(InvitationRevocationOutcome::Accepted));
            }
            if revoke(&tx, Column::Id.eq(id).into(), at).await?.is_empty() {
                return Ok(Decision::Rollback(InvitationRevocationOutcome::Before));
            }
            one_time_token::void_invitation(&tx, id, at).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(InvitationRevocationOutcome::Now))
        })
        .await
    }
}

/// Revokes the open invitations that a user has made, in the transaction that takes away the right to invite: an
/// earlier invitation must not bring it back.
pub(in crate::store) async fn revoke_of_inviter(
    tx: &Tx,
    inviter: Uuid,
    at: Timestamp,
) -> Result<(), StoreError> {
    for invitation in revoke(tx, Column::InvitedBy.eq(inviter).into(), at).await? {
        one_time_token::void_invitation(tx, invitation, at).await?;
    }
    Ok(())
}

/// Revokes those that are open, and gives them back.
async fn revoke(tx: &Tx, which: Condition, at: Timestamp) -> Result<Vec<Uuid>, StoreError> {
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(at))
        .filter(which)
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .exec_with_returning(tx)
        .await?;
    Ok(revoked.into_iter().map(|invitation| invitation.id).collect())
}

fn row(new: &NewInvitation) -> ActiveModel {
    ActiveModel {
        id: Set(new.id),
        email: Set(new.email.as_str().to_owned()),
        roles: Set(new.roles),
        invited_by: Set(new.invited_by),
        created_at: Set(new.at),
        expires_at: Set(new.expires_at),
        accepted_at: Set(None),
        accepted_by: Set(None),
        revoked_at: Set(None),
    }
}
