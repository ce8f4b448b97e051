//! What is declared of a table with personal data, and what is done with every such table.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{
    self, Asterisk, Expr, ExprTrait, LockBehavior, LockType, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IdenStatic, IntoSimpleExpr, Iterable, ModelTrait, Order,
    PrimaryKeyToColumn, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde_json::Value;
use uuid::Uuid;

use super::{ExportSection, Person, PersonalTable};
use crate::clock::Timestamp;
use crate::config;
use crate::model::sealed_row::{SealedRow, SealedTable};
use crate::store::database::keyset::{self, Position};
use crate::store::privacy::data_inventory::Amount;
use crate::store::{Store, StoreError, Tx};

/// A day. Rows of sessions and of trusted devices stay for so long after their expiry in any case: clocks may be
/// wrong.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A table with personal data, or with data that is kept for a limited time only.
pub(super) struct Table<E: EntityTrait> {
    /// The name in the compliance report.
    pub category: &'static str,
    /// The kinds of data about people in it.
    pub data: &'static [&'static str],
    /// What the time of the first purge is counted from, or what ends the storage.
    pub kept_until: &'static str,
    /// The moment that the age of a row is counted from.
    pub since: Moment<E>,
    /// The columns with the id of a user: whom the row is about first.
    pub user_ids: &'static [E::Column],
    /// The column with an e-mail address.
    pub address: Option<E::Column>,
    pub sealed: &'static [SealedTable],
    /// None where rows stay as long as the account, or until they are removed.
    pub purges: &'static [Purge],
    pub erasure: Erasure,
    pub export: &'static [Section<E>],
}

/// A moment in each row.
pub(super) enum Moment<E: EntityTrait> {
    /// In microseconds since the Unix epoch.
    At(E::Column),
    /// In days since the Unix epoch, UTC.
    Day(E::Column),
}

/// Deletes rows that were kept for long enough.
#[derive(Debug)]
pub struct Purge {
    /// The name of the job, which is a label of metrics and so fixed.
    pub job: &'static str,
    /// For how long the rows are kept.
    pub kept_for: KeptFor,
    pub(super) over: fn(Due) -> Condition,
    /// Where a batch must not leave out older rows.
    pub(super) oldest_first: bool,
}

/// The moments that a purge goes by.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// When the purge began.
    pub now: Timestamp,
    /// `now` less the time for which rows are kept.
    pub before: Timestamp,
}

impl Due {
    /// Those of a purge that begins now.
    pub fn at(now: Timestamp, kept_for: Duration) -> Self {
        Self { now, before: now.minus(kept_for) }
    }
}

/// For how long rows are kept.
#[derive(Clone, Copy, Debug)]
pub enum KeptFor {
    /// `retention.security_events`
    SecurityEvents,
    /// `retention.failed_logins`
    FailedLogins,
    /// `retention.ended_sessions`
    EndedSessions,
    /// `retention.one_time_tokens`
    OneTimeTokens,
    /// `retention.outbox`
    Outbox,
    /// Not configurable.
    Always(Duration),
}

impl KeptFor {
    /// The period under this configuration.
    pub const fn span(self, retention: &config::Retention) -> Duration {
        match self {
            Self::SecurityEvents => retention.security_events,
            Self::FailedLogins => retention.failed_logins,
            Self::EndedSessions => retention.ended_sessions,
            Self::OneTimeTokens => retention.one_time_tokens,
            Self::Outbox => retention.outbox,
            Self::Always(span) => span,
        }
    }
}

/// What the erasure of a user does with the rows.
pub(super) enum Erasure {
    /// They name no user.
    Unconcerned,
    /// The foreign key deletes them with the user's row.
    WithUser,
    /// The foreign key takes the user's id out of them, and nothing else in them leads to the user.
    Unlinked,
    /// They are deleted, or reduced to what names no one, in the transaction that deletes the user.
    Before(for<'a> fn(&'a Tx, &'a Person) -> BoxFuture<'a, Result<(), StoreError>>),
    /// They are pseudonymised in batches, before and after that transaction.
    Pseudonymised,
    /// The user's row itself, by which all else is found: it goes last.
    Last,
}

/// A member of the document that a user's export is, or a part of one.
pub(super) struct Section<E: EntityTrait> {
    pub member: &'static str,
    pub theirs: fn(&Person) -> Condition,
    pub walk: Walk<E>,
    pub record: fn(E::Model, &Person) -> Record,
}

/// How the rows of a section are read.
pub(super) enum Walk<E: EntityTrait> {
    /// There is one at most: an object, or `null`.
    Single,
    /// By this id, page by page.
    ById(E::Column),
    /// By time and id, page by page.
    ByTime(E::Column, E::Column),
    /// There are few: in this order, all at once.
    AtOnce(&'static [E::Column]),
}

/// A row as the person it is about reads it.
#[derive(Clone, Debug)]
pub struct Record {
    /// The row without its sealed values.
    pub value: Value,
    /// What is still sealed, to be opened and added to `value`.
    pub sealed: Option<SealedMember>,
}

/// A member of a record that only the master key can tell.
#[derive(Clone, Debug)]
pub struct SealedMember {
    /// The name of the member.
    pub name: &'static str,
    /// The row that the value is sealed for.
    pub row: SealedRow,
    /// The sealed value.
    pub sealed: Vec<u8>,
}

impl From<Value> for Record {
    fn from(value: Value) -> Self {
        Self { value, sealed: None }
    }
}

/// Some records, and where the next ones begin, if there may be more.
pub type RecordPage = (Vec<Record>, Option<Position>);

/// Where a page begins and how long it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub after: Option<Position>,
    pub limit: u64,
}

/// A [`Table`] of any entity.
#[async_trait]
pub(super) trait Declared: Sync {
    fn declaration(&'static self) -> PersonalTable;

    async fn amount(&self, store: &Store) -> Result<Amount, StoreError>;

    async fn purge(&self, store: &Store, purge: &Purge, due: Due, limit: u64) -> Result<u64, StoreError>;

    async fn page(
        &self,
        store: &Store,
        section: usize,
        person: &Person,
        window: Window,
    ) -> Result<RecordPage, StoreError>;

    async fn erase(&self, tx: &Tx, person: &Person) -> Result<(), StoreError>;
}

#[async_trait]
impl<E: EntityTrait> Declared for Table<E> {
    fn declaration(&'static self) -> PersonalTable {
        let name = |column: &E::Column| column.as_str();
        PersonalTable {
            table: E::default().table_name(),
            category: self.category,
            data: self.data,
            kept_until: self.kept_until,
            user_ids: self.user_ids.iter().map(name).collect(),
            address: self.address.as_ref().map(name),
            sealed: self.sealed,
            purges: self.purges,
            sections: self.export.iter().map(Section::outline).collect(),
            on_delete: match self.erasure {
                Erasure::WithUser => Some("CASCADE"),
                Erasure::Unlinked => Some("SET NULL"),
                Erasure::Unconcerned | Erasure::Before(_) | Erasure::Pseudonymised | Erasure::Last => None,
            },
            declared: self,
        }
    }

    async fn amount(&self, store: &Store) -> Result<Amount, StoreError> {
        let (Moment::At(column) | Moment::Day(column)) = &self.since;
        let counted = E::find()
            .select_only()
            .column_as(Expr::col(Asterisk).count(), "rows")
            .column_as(column.min(), "oldest")
            .into_tuple::<(i64, Option<i64>)>();
        let (rows, oldest) = counted.one(&store.read).await?.unwrap_or_default();
        let oldest = oldest.map(|oldest| match self.since {
            Moment::At(_) => Timestamp::from_micros(oldest),
            Moment::Day(_) => Timestamp::from_micros(0).plus(DAY * u32::try_from(oldest).unwrap_or_default()),
        });
        Ok(Amount { rows: u64::try_from(rows).unwrap_or(0), oldest })
    }

    async fn purge(&self, store: &Store, purge: &Purge, due: Due, limit: u64) -> Result<u64, StoreError> {
        let key = || E::PrimaryKey::iter().map(|column| column.into_column().into_simple_expr());
        let batch = self.batch(purge, due, limit, key().collect());
        let delete = E::delete_many().filter(Expr::tuple(key()).in_subquery(batch));
        Ok(delete.exec(&store.write).await?.rows_affected)
    }

    async fn page(
        &self,
        store: &Store,
        section: usize,
        person: &Person,
        window: Window,
    ) -> Result<RecordPage, StoreError> {
        let Some(section) = self.export.get(section) else { return Ok((Vec::new(), None)) };
        let rows = section.cut(person, window).all(&store.read).await?;
        let last = rows.last().filter(|_| rows.len() as u64 >= window.limit);
        let next = last.map(|row| section.position(row)).transpose()?.flatten();
        Ok((rows.into_iter().map(|row| (section.record)(row, person)).collect(), next))
    }

    async fn erase(&self, tx: &Tx, person: &Person) -> Result<(), StoreError> {
        match self.erasure {
            Erasure::Before(erase) => erase(tx, person).await,
            Erasure::Unconcerned
            | Erasure::WithUser
            | Erasure::Unlinked
            | Erasure::Pseudonymised
            | Erasure::Last => Ok(()),
        }
    }
}

impl<E: EntityTrait> Table<E> {
    /// The keys of up to `limit` rows that no other transaction has locked.
    fn batch(&self, purge: &Purge, due: Due, limit: u64, key: Vec<SimpleExpr>) -> SelectStatement {
        let mut batch = Query::select();
        batch
            .exprs(key)
            .from(E::default())
            .cond_where((purge.over)(due))
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        if purge.oldest_first {
            let (Moment::At(column) | Moment::Day(column)) = &self.since;
            batch.order_by(*column, Order::Asc);
        }
        batch
    }
}

impl<E: EntityTrait> Section<E> {
    const fn outline(&self) -> ExportSection {
        ExportSection { member: self.member, is_single: matches!(self.walk, Walk::Single) }
    }

    fn cut(&self, person: &Person, window: Window) -> Select<E> {
        let theirs = E::find().filter((self.theirs)(person));
        match &self.walk {
            Walk::Single => theirs.limit(1),
            Walk::ById(id) => {
                let after = window.after.map(|(_, id)| id).unwrap_or_default();
                theirs.filter(id.gt(after)).order_by_asc(*id).limit(window.limit)
            }
            Walk::ByTime(time, id) => theirs
                .filter(keyset::later_than(*time, *id, window.after))
                .order_by_asc(*time)
                .order_by_asc(*id)
                .limit(window.limit),
            Walk::AtOnce(order) => order.iter().fold(theirs, |theirs, column| theirs.order_by_asc(*column)),
        }
    }

    /// Where the page behind this row begins.
    fn position(&self, row: &E::Model) -> Result<Option<Position>, StoreError> {
        let id = |column: &E::Column| {
            let id = row.get(*column);
            <Uuid as sea_query::ValueType>::try_from(id.clone())
                .map_err(|_| StoreError::corrupt(*column, format!("{id:?}")))
        };
        match &self.walk {
            Walk::Single | Walk::AtOnce(_) => Ok(None),
            Walk::ById(column) => Ok(Some((Timestamp::default(), id(column)?))),
            Walk::ByTime(time, column) => {
                let id = id(column)?;
                let at = <Timestamp as sea_query::ValueType>::try_from(row.get(*time));
                Ok(Some((at.map_err(|_| StoreError::corrupt(*time, id))?, id)))
            }
        }
    }
}
