//! Text forms that answers share.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::store::database::keyset::Listed;

/// A list as every endpoint gives it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; `null` on the last one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that is complete.
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }

    /// A page of a longer list.
    pub fn of<R>(listed: Listed<R>, item: impl FnMut(R) -> T) -> Self {
        let next_cursor = listed.next.map(|next| next.to_string());
        Self { items: listed.items.into_iter().map(item).collect(), next_cursor }
    }
}

/// RFC 3339 in UTC.
pub fn time(moment: Timestamp) -> String {
    moment.rfc3339()
}
