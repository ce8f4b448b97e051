//! `federated_sessions`: which session families rest on which identities.

use sea_orm::entity::prelude::*;

use crate::model::opaque_token::TokenHash;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "federated_sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub family_id: Uuid,
    pub identity_id: Uuid,
    /// Of the session at the provider, if it has told one.
    pub sid_hash: Option<TokenHash>,
}

impl ActiveModelBehavior for ActiveModel {}
