//! Lists.

use serde::Serialize;

use crate::store::database::keyset::Listed;

/// A list, or one page of a longer list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The `cursor` of the next page; `null` on the last one.
    #[schema(example = "MDFhMWZkZmU")]
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
