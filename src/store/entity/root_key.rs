//! `root_keys`: the keys that refresh tokens are derived under.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::key_state::KeyState;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "root_keys")]
pub struct Model {
    /// Part of each token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// 32 bytes.
    pub sealed: Vec<u8>,
    /// `active` for exactly one of them.
    pub state: StoredWord<KeyState>,
    pub created_at: Timestamp,
    /// Once it is superseded: when no session can need it.
    pub kept_until: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
