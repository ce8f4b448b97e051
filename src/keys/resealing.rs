//! Seals everything again that was sealed under a previous master key, while servers are running.

use std::fmt::Display;
use std::sync::Arc;

use serde::Serialize;

use super::authenticity::{check, renewal};
use crate::crypto::seal::MasterKeys;
use crate::entropy::Entropy;
use crate::model::sealed_row::{SealedRow, SealedTable};
use crate::store::keys::sealed_value::{FoundValue, Replacement, SealedValue};
use crate::store::{Store, StoreError};

/// How many values are read, and replaced in one transaction, at a time: few enough that no request waits for their
/// locks.
const PAGE: u64 = 100;
/// The most passes through all tables. The second finds what was written behind the first, and the third what was
/// written behind the second; if a third one finds something, a server still seals under another key.
const WALKS: u32 = 3;
/// The name in reports of the tags, which are renewed like sealed values.
const MACS: &str = "signing_key_macs";

/// Reseals the values of every sealed column, table by table.
pub struct Resealing {
    pub store: Arc<Store>,
    pub master: Arc<MasterKeys>,
    pub entropy: Arc<dyn Entropy>,
}

/// The result for all sealed values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResealingReport {
    /// The id of the key that everything is to be sealed under.
    pub active_key: String,
    /// How many values of each table were sealed again.
    pub tables: Vec<TableReport>,
    /// What cannot be read, or no key of the ring opens. It was left as it is.
    pub failed: Vec<Unopened>,
    /// Whether nothing is left that a previous key opens.
    pub previous_keys_removable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableReport {
    pub table: &'static str,
    pub resealed: u64,
}

/// A value that cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unopened {
    pub table: &'static str,
    /// Table and primary key.
    pub row: String,
    pub reason: String,
}

/// What one walk through a table found.
#[derive(Debug, Default)]
struct ResealingPass {
    resealed: u64,
    /// Values that a previous key opens, replaced here or meanwhile by another process.
    opened: u64,
    failed: Vec<Unopened>,
}

impl Resealing {
    /// How many values there are to look at.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count(&self) -> Result<u64, StoreError> {
        let header = self.master.active_header();
        let mut count = 0;
        for table in SealedTable::ALL {
            count += self.store.count_sealed_otherwise(table, &header).await?;
        }
        let signing_keys = self.store.signing_keys().await?;
        Ok(count + signing_keys.iter().filter_map(|key| renewal(&self.master, key)).count() as u64)
    }

    /// Seals again what is not under the active key. `seen` is called with the number of values looked at, page by page.
    /// What was done before an error, or before the process was killed, stays done.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run(&self, seen: impl Fn(u64)) -> Result<ResealingReport, StoreError> {
        let mut tables = SealedTable::ALL.map(|table| TableReport { table: table.as_str(), resealed: 0 });
        let mut macs = TableReport { table: MACS, resealed: 0 };
        let (mut failed, mut is_done) = (Vec::new(), false);
        for _ in 0..WALKS {
            failed.clear();
            let mut opened = 0;
            for (table, report) in SealedTable::ALL.into_iter().zip(&mut tables) {
                let walk = self.walk(table, &seen).await?;
                report.resealed += walk.resealed;
                opened += walk.opened;
                failed.extend(walk.failed);
            }
            let walk = self.renew_macs(&seen).await?;
            macs.resealed += walk.resealed;
            opened += walk.opened;
            failed.extend(walk.failed);
            is_done = opened == 0;
            if is_done {
                break;
            }
        }
        Ok(ResealingReport {
            active_key: self.master.active_id().to_string(),
            tables: tables.into_iter().chain([macs]).collect(),
            failed,
            previous_keys_removable: is_done,
        })
    }

    async fn walk(&self, table: SealedTable, seen: &impl Fn(u64)) -> Result<ResealingPass, StoreError> {
        let header = self.master.active_header();
        let (mut walk, mut after) = (ResealingPass::default(), None::<SealedRow>);
        loop {
            let page = self.store.sealed_otherwise(table, &header, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(walk) };
            after = Some(last.row.clone());
            let length = page.len() as u64;
            self.replace(page, &mut walk).await?;
            seen(length);
        }
    }

    /// The MACs of signing keys, which are few. One that no version has written yet is left to the server's start.
    async fn renew_macs(&self, seen: &impl Fn(u64)) -> Result<ResealingPass, StoreError> {
        let (mut walk, mut renewals) = (ResealingPass::default(), Vec::new());
        for key in self.store.signing_keys().await?.iter().filter(|key| key.mac.is_some()) {
            let Some(renewal) = renewal(&self.master, key) else { continue };
            match check(&self.master, key) {
                Ok(()) => renewals.push(renewal),
                Err(error) => {
                    let row = format!("{}/mac", SealedRow::SigningKey(key.kid.clone()));
                    walk.failed.push(Unopened { table: MACS, row, reason: error.to_string() });
                }
            }
        }
        walk.opened = renewals.len() as u64;
        walk.resealed = self.store.authenticate_signing_keys(&renewals).await?;
        seen(walk.opened);
        Ok(walk)
    }

    async fn replace(&self, page: Vec<FoundValue>, walk: &mut ResealingPass) -> Result<(), StoreError> {
        let mut replacements = Vec::new();
        for FoundValue { row, sealed } in page {
            let sealed = match sealed {
                Ok(sealed) => sealed,
                Err(error) => {
                    walk.failed.push(unopened(&row, &error));
                    continue;
                }
            };
            match self.master.reseal(self.entropy.as_ref(), &row.to_string(), &sealed) {
                Ok(Some(new)) => replacements.push(Replacement { old: SealedValue { row, sealed }, new }),
                Ok(None) => {}
                Err(error) => walk.failed.push(unopened(&row, &error)),
            }
        }
        walk.opened += replacements.len() as u64;
        walk.resealed += self.store.replace_sealed(&replacements).await?;
        Ok(())
    }
}

fn unopened(row: &SealedRow, error: &dyn Display) -> Unopened {
    Unopened { table: row.table().as_str(), row: row.to_string(), reason: error.to_string() }
}
