//! One-time tokens: one mechanism for verification, reset, invitation and change of address.
//!
//! Each function works inside the transaction of what the token is for, so that the token is spent if
//! and only if its effect is there.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseConnection, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::link_turn::SentLink;
use crate::model::one_time_token::{Purpose, Siblings, TokenHash};
use crate::store::entity::one_time_token::{ActiveModel, Column, Entity, Model};
use crate::store::{StoreError, Tx};

/// A token to be written.
#[derive(Clone, Debug)]
pub struct NewOneTimeToken {
    pub id: Uuid,
    pub purpose: Purpose,
    pub hash: TokenHash,
    /// Absent for an invitation.
    pub user_id: Option<Uuid>,
    pub invitation_id: Option<Uuid>,
    /// The address that using the token proves.
    pub email: Option<String>,
    /// Where the token waits to the session that asked for it.
    pub session: Option<TokenSession>,
    /// The session that the link can end. It may have ended already.
    pub about_session: Option<Uuid>,
    pub at: Timestamp,
    pub expires_at: Timestamp,
}

/// A session that asked for a token, and the credentials that its user had then. With either ends the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenSession {
    pub session_id: Uuid,
    pub credential_epoch: i64,
}

/// A token that is good, or has just been spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    pub user_id: Option<Uuid>,
    pub invitation_id: Option<Uuid>,
    pub email: Option<String>,
    pub session: Option<TokenSession>,
    /// The session that the link can end.
    pub about_session: Option<Uuid>,
}

pub(in crate::store) async fn insert(tx: &Tx, token: &NewOneTimeToken) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(token.id),
        purpose: Set(token.purpose.into()),
        user_id: Set(token.user_id),
        invitation_id: Set(token.invitation_id),
        token_hash: Set(token.hash),
        email: Set(token.email.clone()),
        created_at: Set(token.at),
        expires_at: Set(token.expires_at),
        used_at: Set(None),
        voided_at: Set(None),
        session_id: Set(token.session.map(|session| session.session_id).or(token.about_session)),
        credential_epoch: Set(token.session.map(|session| session.credential_epoch)),
        sent_at: Set(None),
        resends: Set(0),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The token if it would work now. Nothing is spent.
pub(in crate::store) async fn find(
    connection: &DatabaseConnection,
    purpose: Purpose,
    hash: TokenHash,
    now: Timestamp,
) -> Result<Option<Redeemed>, StoreError> {
    let row = Entity::find().filter(working(purpose, hash, now)).one(connection).await?;
    Ok(row.map(redeemed))
}

/// Spends a token and voids its [siblings](Siblings): those of the same user, or invitation, and purpose. `None` for a
/// token that is unknown, for another purpose, spent, void, or whose time is over.
pub(in crate::store) async fn redeem(
    tx: &Tx,
    purpose: Purpose,
    hash: TokenHash,
    now: Timestamp,
) -> Result<Option<Redeemed>, StoreError> {
    // One statement: of two redemptions at once, one finds the row as it was.
    let spent = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(working(purpose, hash, now))
        .exec_with_returning(tx)
        .await?;
    let Some(row) = spent.into_iter().next() else {
        return Ok(None);
    };
    let siblings = Condition::any()
        .add_option(row.user_id.map(|user| Column::UserId.eq(user)))
        .add_option(row.invitation_id.map(|invitation| Column::InvitationId.eq(invitation)));
    let siblings = match purpose.voided_siblings() {
        Siblings::None => return Ok(Some(redeemed(row))),
        Siblings::Later => Condition::all().add(siblings).add(Column::CreatedAt.gte(row.created_at)),
        Siblings::All => siblings,
    };
    void_where(tx, siblings, &[purpose], now).await?;
    Ok(Some(redeemed(row)))
}

fn redeemed(row: Model) -> Redeemed {
    let session = row.session_id.zip(row.credential_epoch);
    Redeemed {
        user_id: row.user_id,
        invitation_id: row.invitation_id,
        email: row.email,
        session: session.map(|(session_id, credential_epoch)| TokenSession { session_id, credential_epoch }),
        about_session: row.session_id.filter(|_| session.is_none()),
    }
}

/// Voids a user's tokens for these purposes.
pub(in crate::store) async fn void(
    tx: &Tx,
    user_id: Uuid,
    purposes: &[Purpose],
    now: Timestamp,
) -> Result<(), StoreError> {
    void_where(tx, Column::UserId.eq(user_id).into(), purposes, now).await
}

/// A user's links for this purpose that work, the youngest first.
pub(in crate::store) async fn outstanding(
    tx: &Tx,
    user_id: Uuid,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Vec<SentLink>, StoreError> {
    let rows = Entity::find()
        .filter(unspent())
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::ExpiresAt.gt(now))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(sent_link).collect())
}

fn sent_link(row: Model) -> SentLink {
    SentLink {
        id: row.id,
        hash: row.token_hash,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_sent_at: row.sent_at.unwrap_or(row.created_at),
        resends: u32::try_from(row.resends).unwrap_or(u32::MAX),
    }
}

/// Notes that a link was sent again.
pub(in crate::store) async fn sent_again(tx: &Tx, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::SentAt, Expr::value(now))
        .col_expr(Column::Resends, Expr::col(Column::Resends).add(1))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Voids an invitation's tokens.
pub(in crate::store) async fn void_invitation(
    tx: &Tx,
    invitation_id: Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    let of_it = Column::InvitationId.eq(invitation_id).into();
    void_where(tx, of_it, &[Purpose::AcceptInvitation], now).await
}

async fn void_where(
    tx: &Tx,
    tokens: Condition,
    purposes: &[Purpose],
    now: Timestamp,
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::VoidedAt, Expr::value(now))
        .filter(tokens)
        .filter(Column::Purpose.is_in(purposes.iter().copied()))
        .filter(unspent())
        .exec(tx)
        .await?;
    Ok(())
}

fn working(purpose: Purpose, hash: TokenHash, now: Timestamp) -> Condition {
    unspent().add(Column::TokenHash.eq(hash)).add(Column::Purpose.eq(purpose)).add(Column::ExpiresAt.gt(now))
}

fn unspent() -> Condition {
    Condition::all().add(Column::UsedAt.is_null()).add(Column::VoidedAt.is_null())
}
