//! `login_delays`: delays of logins from unknown devices, by cell: a hash of the address, so that the table names no
//! one.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_delays")]
pub struct Model {
    /// One of 65 536, the same for many addresses.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cell: i64,
    /// Grows with each change, so that nodes keep the newest.
    pub version: i64,
    /// When all failures will be forgotten.
    pub empty_at: Timestamp,
    /// When the next attempt is allowed.
    pub open_at: Timestamp,
    pub saved_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
