//! A proof anew: the family goes on, its assurance is fresh.

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::WriteOutcome;
use crate::clock::Timestamp;
use crate::model::account::Status;
use crate::model::assurance::{Aal, Amr};
use crate::store::entity::session_family::{Column, Entity};
use crate::store::entity::user;
use crate::store::password_attempt::{self, Reservation};
use crate::store::{StoreError, Trail, account, trail};

/// A family's user has proven anew who they are.
#[derive(Clone, Debug)]
pub struct StepUpWrite {
    pub family_id: Uuid,
    /// The current generation, which stays.
    pub generation: u64,
    /// The user's epoch when the proof was checked.
    pub credential_epoch: i64,
    pub auth_time: Timestamp,
    pub amr: Amr,
    pub aal: Aal,
    /// The identifier of the next access token.
    pub jti: Uuid,
    /// The attempt at the password that was right, if it was one.
    pub attempt: Option<Reservation>,
    pub trail: Trail,
}

/// A compare-and-swap, as a rotation is.
pub(super) async fn step_up(
    connection: &impl ConnectionTrait,
    write: &StepUpWrite,
) -> Result<WriteOutcome, StoreError> {
    let standing = Query::select()
        .column(user::Column::Id)
        .from(user::Entity)
        .and_where(user::Column::Status.eq(Status::Active.as_str()))
        .and_where(user::Column::CredentialEpoch.eq(write.credential_epoch))
        .to_owned();
    let updated = Entity::update_many()
        .col_expr(Column::AuthTime, Expr::value(write.auth_time.as_micros()))
        .col_expr(Column::Amr, Expr::value(write.amr.to_string()))
        .col_expr(Column::Aal, Expr::value(i16::from(write.aal.number())))
        .col_expr(Column::CurrentJti, Expr::value(write.jti))
        .filter(Column::Id.eq(write.family_id))
        .filter(Column::Generation.eq(write.generation.cast_signed()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::CredentialEpoch.eq(write.credential_epoch))
        .filter(Column::UserId.in_subquery(standing))
        .exec_with_returning(connection)
        .await?;
    let Some(row) = updated.into_iter().next() else {
        return Ok(WriteOutcome::Lost);
    };
    let Some(user) = user::Entity::find_by_id(row.user_id).one(connection).await? else {
        return Ok(WriteOutcome::Lost);
    };
    if let Some(attempt) = write.attempt {
        // The proof was given before a lock that came meanwhile; that one stays.
        password_attempt::settle(connection, attempt).await?;
    }
    trail::write(connection, &write.trail).await?;
    Ok(WriteOutcome::SteppedUp(account::user_facts(&user)))
}
