//! Indexes on tables that may be large. A migration builds its indexes in its transaction, and no one writes to the table
//! meanwhile: that is right for a new table, and an outage for one with millions of rows.

/// An index that is built after the migrations, one after the other, while the table is written.
#[derive(Clone, Copy, Debug)]
pub struct LargeIndex {
    /// Unique within the schema.
    pub name: &'static str,
    /// What follows `ON`: the table, its columns, and perhaps a condition. Never unique: duplicates could come meanwhile.
    pub on: &'static str,
}

/// Those of this version, in the order in which they are built. An index that is no longer needed is dropped by a
/// migration of a later version.
pub const LARGE_INDEXES: &[LargeIndex] = &[];
