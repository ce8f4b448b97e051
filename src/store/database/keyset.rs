//! Pages by keyset: a page begins where the last one ended, however many rows lie before it.

use sea_orm::{ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select};

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::cursor::Cursor;

/// In which order a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequence {
    NewestFirst,
    OldestFirst,
}

/// How far a walk in the order of time and id has come.
pub type Position = (Timestamp, Uuid);

/// Rows behind this position. The first condition is what an index can begin with.
pub(in crate::store) fn later_than(
    time: impl ColumnTrait,
    id: impl ColumnTrait,
    position: Option<Position>,
) -> Condition {
    let Some((at, last)) = position else { return Condition::all() };
    Condition::all().add(time.gte(at)).add(Condition::any().add(time.gt(at)).add(id.gt(last)))
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
}

/// The part of a list that a page shows.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest {
    pub sequence: Sequence,
    /// The last entry of the page before.
    pub after: Option<Cursor>,
    /// Entries at most.
    pub limit: u64,
}

impl PageRequest {
    /// Newest first, the order of every list that people page through.
    pub const fn newest(after: Option<Cursor>, limit: u64) -> Self {
        Self { sequence: Sequence::NewestFirst, after, limit }
    }

    /// Orders by time and then by id, which is unique, and cuts the page out, with one entry more: it tells
    /// whether another page follows.
    pub(in crate::store) fn cut<E: EntityTrait>(
        self,
        select: Select<E>,
        time: E::Column,
        id: E::Column,
    ) -> Select<E> {
        let order = match self.sequence {
            Sequence::NewestFirst => Order::Desc,
            Sequence::OldestFirst => Order::Asc,
        };
        let select = match self.after {
            Some(after) => select.filter(self.beyond(after, time, id)),
            None => select,
        };
        select.order_by(time, order.clone()).order_by(id, order).limit(self.limit + 1)
    }

    /// What was cut out, without the entry too many. `end` tells where a page that ends with an entry ends.
    pub(in crate::store) fn listed<T>(self, mut items: Vec<T>, end: impl Fn(&T) -> Cursor) -> Listed<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more).map(end);
        Listed { items, next }
    }

    /// The first condition alone lets an index on the time skip what was shown before.
    fn beyond(self, after: Cursor, time: impl ColumnTrait, id: impl ColumnTrait) -> Condition {
        let at = after.at;
        let (not_before, strictly, next) = match self.sequence {
            Sequence::NewestFirst => (time.lte(at), time.lt(at), id.lt(after.id)),
            Sequence::OldestFirst => (time.gte(at), time.gt(at), id.gt(after.id)),
        };
        Condition::all().add(not_before).add(Condition::any().add(strictly).add(next))
    }
}
