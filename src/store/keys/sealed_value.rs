//! Sealed values of all tables, for changing the master key they are sealed under.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};
use uuid::Uuid;

use crate::model::sealed_row::{SealedRow, SealedTable};
use crate::store::database::error::{self, CorruptRow};
use crate::store::{Decision, Store, StoreError, Tx};

/// A sealed value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedValue {
    pub row: SealedRow,
    pub sealed: Vec<u8>,
}

/// A row of a page, and its value if that can be read.
#[derive(Debug)]
pub struct FoundValue {
    pub row: SealedRow,
    /// Or [`StoreError::Corrupt`], which keeps no other row back.
    pub sealed: Result<Vec<u8>, StoreError>,
}

/// What takes the place of a sealed value, unless it was changed since it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    pub old: SealedValue,
    pub new: Vec<u8>,
}

impl Store {
    /// How many values of a table do not begin with this header.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_sealed_otherwise(&self, table: SealedTable, header: &[u8]) -> Result<u64, StoreError> {
        let mut count = otherwise(table, header);
        count.expr(Expr::col(primary_key(table)).count());
        let count: i64 = self
            .bounded(async {
                let row = self.read.query_one(&count).await?;
                let row = row.ok_or_else(|| StoreError::Other("a count gave no row".to_owned()))?;
                Ok(row.try_get_by_index(0)?)
            })
            .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The next values of a table that do not begin with this header, in the order of their rows. A row that has no
    /// readable name is left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sealed_otherwise(
        &self,
        table: SealedTable,
        header: &[u8],
        after: Option<&SealedRow>,
        limit: u64,
    ) -> Result<Vec<FoundValue>, StoreError> {
        let key = primary_key(table);
        let mut page = otherwise(table, header);
        page.columns([key.clone(), column(table)]);
        page.order_by(key.clone(), sea_orm::Order::Asc).limit(limit);
        if let Some(after) = after {
            page.and_where(Expr::col(key).gt(Expr::value(key_of(after))));
        }
        self.bounded(async {
            let rows = self.read.query_all(&page).await?;
            Ok(error::without_corrupt(rows.iter().map(|row| read(table, row))).collect())
        })
        .await
    }

    /// Puts new values in the place of old ones in one transaction, and returns how many it replaced: a value
    /// that was changed or removed meanwhile is left alone.
    ///
    /// # Errors
    /// [`StoreError`]; then none was replaced.
    pub async fn replace_sealed(&self, replacements: &[Replacement]) -> Result<u64, StoreError> {
        self.transact(|tx| async move {
            let mut replaced = 0;
            for replacement in replacements {
                replaced += replace(&tx, replacement).await?;
            }
            Ok(Decision::Commit(replaced))
        })
        .await
    }
}

/// Compare and swap: 1 if it was replaced, else 0.
async fn replace(tx: &Tx, replacement: &Replacement) -> Result<u64, StoreError> {
    let Replacement { old: SealedValue { row, sealed }, new } = replacement;
    let table = row.table();
    let update = Query::update()
        .table(name(table))
        .value(column(table), new.clone())
        .and_where(Expr::col(primary_key(table)).eq(Expr::value(key_of(row))))
        .and_where(Expr::col(column(table)).eq(sealed.clone()))
        .take();
    Ok(tx.execute(&update).await?.rows_affected())
}

/// The rows of a table whose value is there, and does not begin with the header.
fn otherwise(table: SealedTable, header: &[u8]) -> SelectStatement {
    let length = i32::try_from(header.len()).unwrap_or(i32::MAX);
    let sealed = || Expr::col(column(table));
    let arguments: [SimpleExpr; 3] = [sealed(), Expr::value(1), Expr::value(length)];
    let beginning = Func::cust(Alias::new("substr")).args(arguments);
    Query::select()
        .from(name(table))
        .and_where(sealed().is_not_null())
        .and_where(Expr::from(beginning).ne(header.to_vec()))
        .take()
}

fn name(table: SealedTable) -> Alias {
    Alias::new(table.table())
}

fn column(table: SealedTable) -> Alias {
    Alias::new(table.column())
}

fn primary_key(table: SealedTable) -> Alias {
    Alias::new(table.primary_key())
}

pub(super) fn key_of(row: &SealedRow) -> Value {
    match row {
        SealedRow::RootKey(id) => (*id).into(),
        SealedRow::SigningKey(name) | SealedRow::AcmeRecord(name) => name.clone().into(),
        SealedRow::TotpAuthenticator(id)
        | SealedRow::SmsAuthenticator(id)
        | SealedRow::SmsCode(id)
        | SealedRow::SmsCodeNumber(id)
        | SealedRow::WebauthnCeremony(id)
        | SealedRow::Message(id) => (*id).into(),
    }
}

/// A row with its primary key and its value, in this order.
fn read(table: SealedTable, found: &QueryResult) -> Result<FoundValue, StoreError> {
    let row = named(table, found).map_err(|_| corrupt(table, table.primary_key(), "unknown".to_owned()))?;
    let sealed = found.try_get_by_index(1).map_err(|_| corrupt(table, table.column(), row.key()));
    Ok(FoundValue { row, sealed })
}

fn named(table: SealedTable, found: &QueryResult) -> Result<SealedRow, DbErr> {
    let uuid = || found.try_get_by_index::<Uuid>(0);
    Ok(match table {
        SealedTable::RootKeys => SealedRow::RootKey(found.try_get_by_index(0)?),
        SealedTable::SigningKeys => SealedRow::SigningKey(found.try_get_by_index(0)?),
        SealedTable::TotpAuthenticators => SealedRow::TotpAuthenticator(uuid()?),
        SealedTable::SmsAuthenticators => SealedRow::SmsAuthenticator(uuid()?),
        SealedTable::SmsCodes => SealedRow::SmsCode(uuid()?),
        SealedTable::SmsCodeNumbers => SealedRow::SmsCodeNumber(uuid()?),
        SealedTable::WebauthnCeremonies => SealedRow::WebauthnCeremony(uuid()?),
        SealedTable::Outbox => SealedRow::Message(uuid()?),
        SealedTable::AcmeRecords => SealedRow::AcmeRecord(found.try_get_by_index(0)?),
    })
}

fn corrupt(table: SealedTable, column: &'static str, id: String) -> StoreError {
    StoreError::Corrupt(CorruptRow { table: table.table().to_owned(), column, id })
}
