//! Counts of what proves nothing about an account.
//!
//! A count takes the place of a security event: one statement where an event would have been one. Where the
//! answer tells nothing by its time it is kept in memory, and written with others every few seconds.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
};

use crate::clock::Timestamp;
use crate::model::security_event::RequestContext;
use crate::model::stranger::{Cell, StrangerKind};
use crate::store::database::word::StoredWord;
use crate::store::entity::stranger_count::{ActiveModel, Column, Entity};
use crate::store::{Store, StoreError};

/// Cells of one minute that a node writes, before the rest are counted as those of other networks: this, and not
/// what strangers send, bounds the table.
const CELLS: usize = 128;
/// Cells that wait to be written; more than that only while the database is away.
const WAITING: usize = 4_096;

/// What was counted and is not written yet.
#[derive(Debug, Default)]
pub(in crate::store) struct Tally {
    minute: Timestamp,
    /// The cells of this minute.
    known: HashSet<Cell>,
    waiting: HashMap<Cell, i64>,
}

impl Tally {
    /// The cell that counts: this one, or that of other networks when there are too many.
    fn admit(&mut self, cell: Cell) -> Cell {
        if self.minute < cell.minute {
            self.minute = cell.minute;
            self.known.clear();
        }
        if self.known.contains(&cell) {
            return cell;
        }
        if self.known.len() >= CELLS {
            return cell.of_others();
        }
        self.known.insert(cell.clone());
        cell
    }

    fn add(&mut self, cell: Cell, requests: i64) {
        if self.waiting.len() < WAITING || self.waiting.contains_key(&cell) {
            *self.waiting.entry(cell).or_default() += requests;
        }
    }
}

/// How often something was tried from a network.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct StrangerCount {
    pub kind: StoredWord<StrangerKind>,
    pub network: String,
    pub requests: i64,
    /// The last minute in which it was.
    pub last_at: Timestamp,
}

/// Which counts are asked for.
#[derive(Clone, Copy, Debug)]
pub struct CountFilter {
    pub kind: Option<StrangerKind>,
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Store {
    /// Counts a request of a stranger, at once, by a single statement: where a known account's failure writes an
    /// event.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_stranger(
        &self,
        kind: StrangerKind,
        context: &RequestContext,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.metrics.strangers.with_label_values(&[kind.as_str()]).inc();
        let cell = self.strangers.lock().admit(Cell::of(kind, context, at));
        self.retrying(|| self.add_to_cells(vec![(cell.clone(), 1)])).await
    }

    /// Counts a request of a stranger; [`Store::write_stranger_counts`] writes it.
    pub fn count_stranger(&self, kind: StrangerKind, context: &RequestContext, at: Timestamp) {
        self.metrics.strangers.with_label_values(&[kind.as_str()]).inc();
        let mut tally = self.strangers.lock();
        let cell = tally.admit(Cell::of(kind, context, at));
        tally.add(cell, 1);
    }

    /// Writes what was counted since the last time.
    ///
    /// # Errors
    /// [`StoreError`]; then it is written the next time.
    pub async fn write_stranger_counts(&self) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut self.strangers.lock().waiting);
        let mut cells: Vec<(Cell, i64)> = waiting.into_iter().collect();
        if cells.is_empty() {
            return Ok(());
        }
        // In one order, so that two nodes that write the same cells do not wait for each other.
        cells.sort_by(|(one, _), (other, _)| key(one).cmp(&key(other)));
        let written = self.retrying(|| self.add_to_cells(cells.clone())).await;
        if written.is_err() {
            let mut tally = self.strangers.lock();
            cells.into_iter().for_each(|(cell, requests)| tally.add(cell, requests));
        }
        written
    }

    async fn add_to_cells(&self, cells: Vec<(Cell, i64)>) -> Result<(), StoreError> {
        let added = Expr::col((Alias::new("excluded"), Column::Requests));
        let add = OnConflict::columns([Column::Minute, Column::Kind, Column::Network])
            .value(Column::Requests, Expr::col((Entity, Column::Requests)).add(added))
            .to_owned();
        let rows = cells.into_iter().map(row);
        Entity::insert_many(rows).on_conflict(add).exec_without_returning(&self.write).await?;
        Ok(())
    }

    /// What was counted, by kind and network, the most first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stranger_counts(
        &self,
        filter: CountFilter,
        limit: u64,
    ) -> Result<Vec<StrangerCount>, StoreError> {
        // The sum of integers is a decimal number on PostgreSQL.
        let requests = || Expr::col(Column::Requests).sum().cast_as(Alias::new("bigint"));
        self.bounded(async {
            let mut query = Entity::find()
                .filter(Column::Minute.gte(filter.from))
                .filter(Column::Minute.lt(filter.until));
            if let Some(kind) = filter.kind {
                query = query.filter(Column::Kind.eq(kind));
            }
            let counts = query
                .select_only()
                .column(Column::Kind)
                .column(Column::Network)
                .column_as(requests(), "requests")
                .column_as(Column::Minute.max(), "last_at")
                .group_by(Column::Kind)
                .group_by(Column::Network)
                .order_by(requests(), Order::Desc)
                .order_by_asc(Column::Kind)
                .order_by_asc(Column::Network)
                .limit(limit);
            Ok(counts.into_model().all(&self.read).await?)
        })
        .await
    }
}

fn key(cell: &Cell) -> (Timestamp, &str, &str) {
    (cell.minute, cell.kind.as_str(), &cell.network)
}

fn row((cell, requests): (Cell, i64)) -> ActiveModel {
    ActiveModel {
        minute: Set(cell.minute),
        kind: Set(cell.kind.into()),
        network: Set(cell.network),
        requests: Set(requests),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(network: usize, minute: i64) -> Cell {
        Cell {
            kind: StrangerKind::LoginUnknown,
            network: network.to_string(),
            minute: Timestamp::from_micros(minute),
        }
    }

    #[test]
    fn the_cells_of_a_minute_are_bounded() {
        let mut tally = Tally::default();
        for network in 0..3 * CELLS {
            let cell = tally.admit(cell(network, 60));
            tally.add(cell, 1);
        }
        assert_eq!(tally.waiting.len(), CELLS + 1);
        assert_eq!(tally.waiting[&cell(0, 60).of_others()], 2 * CELLS as i64);
        assert_eq!(tally.admit(cell(7, 60)), cell(7, 60), "known ones go on");
        assert_eq!(tally.admit(cell(9_999, 120)), cell(9_999, 120), "each minute begins with none");
    }

    #[test]
    fn what_waits_is_bounded_while_the_database_is_away() {
        let mut tally = Tally::default();
        for minute in 0..2 * WAITING {
            tally.add(cell(0, minute as i64), 1);
        }
        assert_eq!(tally.waiting.len(), WAITING);
    }
}
