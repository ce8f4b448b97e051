//! Column shapes that every table uses alike.

use sea_orm_migration::prelude::*;

pub fn id<T: IntoIden>(name: T) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().primary_key().take()
}

/// Microseconds since the Unix epoch.
pub fn time<T: IntoIden>(name: T) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

pub fn time_null<T: IntoIden>(name: T) -> ColumnDef {
    ColumnDef::new(name).big_integer().null().take()
}

pub fn number<T: IntoIden>(name: T) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

pub fn small<T: IntoIden>(name: T) -> ColumnDef {
    ColumnDef::new(name).small_integer().not_null().take()
}

pub fn small_null<T: IntoIden>(name: T) -> ColumnDef {
    ColumnDef::new(name).small_integer().null().take()
}

pub fn text<T: IntoIden>(name: T) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

pub fn text_null<T: IntoIden>(name: T) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

pub fn bytes<T: IntoIden>(name: T) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}

pub fn bytes_null<T: IntoIden>(name: T) -> ColumnDef {
    ColumnDef::new(name).blob().null().take()
}
