//! `signing_keys`: the keys that access tokens are signed with.

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
    /// Such as `ES256`; a key of another algorithm is ignored.
    pub algorithm: String,
    /// `active` for exactly one of each algorithm.
    pub state: StoredWord<KeyState>,
    /// The private half, or, once the key is retired, the moment of that in its place.
    pub sealed: Vec<u8>,
    pub public_jwk: String,
    pub created_at: Timestamp,
    pub activated_at: Option<Timestamp>,
    /// Over the row, so that a key is not taken from a row that someone else wrote.
    pub mac: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
