//! Invitations as the invited person sees them.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::Roles;
use crate::model::one_time_token::{Purpose, TokenHash};
use crate::store::entity::invitation::{Column, Entity};
use crate::store::{Store, StoreError, Tx, credential::one_time_token};

/// An invitation that can be accepted.
#[derive(Clone, Debug)]
pub struct OpenInvitation {
    pub id: Uuid,
    /// The only address that may accept it.
    pub email: String,
    pub roles: Roles,
}

impl Store {
    /// The invitation of a token that would work now. Nothing is spent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_invitation(
        &self,
        hash: TokenHash,
        now: Timestamp,
    ) -> Result<Option<OpenInvitation>, StoreError> {
        self.bounded(async {
            let token = one_time_token::find(&self.read, Purpose::AcceptInvitation, hash, now).await?;
            let Some(id) = token.and_then(|token| token.invitation_id) else {
                return Ok(None);
            };
            let found = Entity::find_by_id(id).filter(open(now)).one(&self.read).await?;
            Ok(found.map(|row| OpenInvitation { id: row.id, email: row.email, roles: row.roles }))
        })
        .await
    }
}

/// Spends the token and the invitation, in the transaction that makes the account. Whether both still worked.
pub(in crate::store) async fn accept(
    tx: &Tx,
    hash: TokenHash,
    user_id: Uuid,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let redeemed = one_time_token::redeem(tx, Purpose::AcceptInvitation, hash, now).await?;
    let Some(id) = redeemed.and_then(|redeemed| redeemed.invitation_id) else {
        return Ok(false);
    };
    let accepted = Entity::update_many()
        .col_expr(Column::AcceptedAt, Expr::value(now))
        .col_expr(Column::AcceptedBy, Expr::value(user_id))
        .filter(Column::Id.eq(id))
        .filter(open(now))
        .exec(tx)
        .await?;
    Ok(accepted.rows_affected == 1)
}

fn open(now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::AcceptedAt.is_null())
        .add(Column::RevokedAt.is_null())
        .add(Column::ExpiresAt.gt(now))
}
