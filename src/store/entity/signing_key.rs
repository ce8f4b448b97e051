//! `signing_keys`

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::key_state::KeyState;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    pub algorithm: String,
    pub state: StoredWord<KeyState>,
    pub sealed: Vec<u8>,
    pub public_jwk: String,
    pub created_at: Timestamp,
    pub activated_at: Option<Timestamp>,
    pub mac: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
