//! `avatars`: the picture of an account, if it has one. The picture itself is an object of the blob store.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "avatars")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The name of the object. No two uploads share one.
    pub object_key: String,
    pub content_type: String,
    /// The size of the object.
    pub bytes: i64,
    pub width: i64,
    pub height: i64,
    /// SHA-256 of the object: part of its URL, and its entity tag.
    pub digest: Vec<u8>,
    pub updated_at: Timestamp,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: HasOne<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
