//! A database whose master key is lost goes on with new keys, and so does one whose key service has lost the key. What only
//! that key opens is gone: data keys, sessions, and messages, codes and ceremonies that were under way. Second factors that cannot be verified again are kept, because without them the
//! password alone would open these accounts: an administrator resets them, one by one.

use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

use super::data_keys::{DataKeyError, DataKeyRecovery, DataKeys};
use super::root_authenticity::authenticated;
use super::{KeyError, KeyStore};
use crate::entropy::{bytes, uuid_v7};
use crate::model::authority::Denial;
use crate::model::family_key::ROOT_KEY_LEN;
use crate::model::key_state::KeyState;
use crate::model::sealed_row::{SealedRow, SealedTable};
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::signing_algorithm::SigningAlgorithm;
use crate::secret::Secret;
use crate::store::keys::root_key::{RootKeyOutcome, StoredRootKey};
use crate::store::keys::sealed_value::SealedValue;
use crate::store::keys::signing_key::{KeyChange, KeyChangeOutcome, StoredSigningKey};
use crate::store::{Effects, StoreError};

/// How many values are read, and deleted in one transaction, at a time.
const PAGE: u64 = 100;
/// What cannot be used once it cannot be opened, and is made again when it is needed.
const TRANSIENT: [SealedTable; 5] = [
    SealedTable::SmsCodes,
    SealedTable::SmsCodeNumbers,
    SealedTable::WebauthnCeremonies,
    SealedTable::Outbox,
    SealedTable::AcmeRecords,
];
/// What stays, and locks its owners out.
const FACTORS: [SealedTable; 2] = [SealedTable::TotpAuthenticators, SealedTable::SmsAuthenticators];

/// Why the keys were not made new.
#[derive(Debug, Error)]
pub enum ReinitialisationError {
    /// There is nothing to be cured in this way.
    #[error(
        "the configured keys open what is in the database: nothing is lost. `kindred keys retire --all --now` makes all keys new"
    )]
    NothingLost,
    /// Another process works on the database.
    #[error("another process is changing the keys: stop all nodes, and run this again")]
    Overtaken,
    /// The command line may do this, so it is not expected.
    #[error("{0}")]
    Refused(Denial),
    /// The keys cannot be read or made.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The data keys cannot be made.
    #[error(transparent)]
    DataKeys(DataKeyError),
}

impl From<DataKeyError> for ReinitialisationError {
    fn from(error: DataKeyError) -> Self {
        match error {
            DataKeyError::Overtaken => Self::Overtaken,
            other => Self::DataKeys(other),
        }
    }
}

impl From<StoreError> for ReinitialisationError {
    fn from(error: StoreError) -> Self {
        Self::Keys(error.into())
    }
}

/// What the loss of the master key costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Losses {
    /// The ids of data keys that cannot be unwrapped.
    pub data_keys: Vec<String>,
    /// Their `kid`s; they belong into `secrets.revoked_kids`.
    pub signing_keys: Vec<String>,
    /// Their ids.
    pub root_keys: Vec<u8>,
    /// The sessions that end.
    pub sessions: u64,
    /// Values that cannot be opened. Those of second factors stay, and the others are deleted.
    pub tables: Vec<LostValues>,
    /// Users who cannot log in until an administrator resets their second factors: they have neither a passkey nor an
    /// unused backup code.
    pub locked_out: Vec<Uuid>,
}

/// The values of a table that cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LostValues {
    pub table: &'static str,
    pub values: u64,
}

impl KeyStore<'_> {
    /// What is lost. Changes nothing. The ring of the recovery is that of this store.
    ///
    /// # Errors
    /// [`ReinitialisationError`].
    pub async fn losses(&self, recovery: &DataKeyRecovery) -> Result<Losses, ReinitialisationError> {
        let (signing, root) = (self.store.signing_keys().await?, self.store.root_keys().await?);
        if !recovery.is_active_lost && !self.is_lost(&signing, &root) {
            return Err(ReinitialisationError::NothingLost);
        }
        let (mut tables, mut locked_out) = (Vec::new(), Vec::new());
        for table in FACTORS.into_iter().chain(TRANSIENT) {
            let mut values = 0;
            let mut after = None;
            while let Some(page) = self.lost_page(table, after.as_ref()).await? {
                values += page.lost.len() as u64;
                let owners: Vec<Uuid> = page.lost.iter().filter_map(|value| owner(&value.row)).collect();
                locked_out.extend(self.store.without_other_factor(&owners).await?);
                after = Some(page.last);
            }
            tables.push(LostValues { table: table.as_str(), values });
        }
        locked_out.sort_unstable();
        locked_out.dedup();
        Ok(Losses {
            data_keys: recovery.lost.clone(),
            signing_keys: signing.into_iter().map(|key| key.kid).collect(),
            root_keys: root.into_iter().map(|key| key.id).collect(),
            sessions: self.store.count_live_families(self.clock.now()).await?,
            tables,
            locked_out,
        })
    }

    /// Ends every session, deletes what cannot be opened except second factors, and makes new keys. No node may run
    /// meanwhile. What was done before an error stays done, and doing it again does the rest.
    ///
    /// # Errors
    /// [`ReinitialisationError`].
    pub async fn reinitialise(
        &self,
        data_keys: &DataKeys,
        recovery: &DataKeyRecovery,
        algorithm: SigningAlgorithm,
    ) -> Result<Losses, ReinitialisationError> {
        let losses = self.losses(recovery).await?;
        let sessions = self.event(EventKind::AllSessionsRevoked, json!({}));
        let revoked = self.store.revoke_all(None, self.clock.now(), &sessions).await?;
        revoked.map_err(ReinitialisationError::Refused)?;
        for table in TRANSIENT {
            let mut after = None;
            while let Some(page) = self.lost_page(table, after.as_ref()).await? {
                self.store.delete_sealed(&page.lost).await?;
                after = Some(page.last);
            }
        }
        // The new root and signing keys are sealed under them.
        data_keys.recover(recovery).await?;
        self.replace_root_keys(&losses).await?;
        self.replace_signing_keys(algorithm, &losses).await?;
        Ok(losses)
    }

    /// Whether an active key cannot be opened.
    fn is_lost(&self, signing: &[StoredSigningKey], root: &[StoredRootKey]) -> bool {
        let has_keys = !signing.is_empty() || !root.is_empty();
        has_keys && (self.open_root_keys(root).is_err() || self.open_signing_keys(signing).is_err())
    }

    async fn lost_page(
        &self,
        table: SealedTable,
        after: Option<&SealedRow>,
    ) -> Result<Option<LostPage>, StoreError> {
        let header = self.master.active_header();
        let found = self.store.sealed_otherwise(table, &header, after, PAGE).await?;
        let Some(last) = found.last().map(|value| value.row.clone()) else { return Ok(None) };
        let lost = found.into_iter().filter_map(|value| {
            let sealed = value.sealed.ok()?;
            let is_lost = self.master.open(&value.row.to_string(), &sealed).is_err();
            is_lost.then_some(SealedValue { row: value.row, sealed })
        });
        Ok(Some(LostPage { lost: lost.collect(), last }))
    }

    async fn replace_root_keys(&self, losses: &Losses) -> Result<(), ReinitialisationError> {
        let newest = losses.root_keys.iter().max().copied().unwrap_or_default();
        let id = newest.checked_add(1).ok_or(KeyError::NoRootKeyId)?;
        let material: Secret<[u8; ROOT_KEY_LEN]> = Secret::new(bytes(self.entropy));
        let row = SealedRow::RootKey(id.into()).to_string();
        let key = StoredRootKey {
            id,
            state: KeyState::Active.into(),
            sealed: self.master.seal(self.entropy, &row, material.expose()).map_err(KeyError::from)?,
            created_at: self.clock.now(),
            kept_until: None,
            mac: None,
        };
        let effects = self.event(EventKind::RootKeyRotated, json!({ "id": id, "all": true }));
        let key = authenticated(self.master, key);
        match self.store.replace_root_keys(None, &key, &effects).await? {
            RootKeyOutcome::Done => Ok(()),
            RootKeyOutcome::Overtaken => Err(ReinitialisationError::Overtaken),
            RootKeyOutcome::Refused(denial) => Err(ReinitialisationError::Refused(denial)),
        }
    }

    async fn replace_signing_keys(
        &self,
        algorithm: SigningAlgorithm,
        losses: &Losses,
    ) -> Result<(), ReinitialisationError> {
        let now = self.clock.now();
        let mut change = KeyChange::of(&self.store.signing_keys().await?, now);
        (change.removed, change.revoked) = (losses.signing_keys.clone(), losses.signing_keys.clone());
        for state in [KeyState::Active, KeyState::Standby] {
            change.inserted.push(self.new_signing_key(algorithm, state, now).await?);
        }
        let detail = json!({ "all": losses.signing_keys, "now": true });
        let effects = self.event(EventKind::SigningKeyRetired, detail);
        match self.store.change_signing_keys(None, &change, &effects).await? {
            KeyChangeOutcome::Done => Ok(()),
            KeyChangeOutcome::Overtaken => Err(ReinitialisationError::Overtaken),
            KeyChangeOutcome::Refused(denial) => Err(ReinitialisationError::Refused(denial)),
        }
    }

    fn event(&self, kind: EventKind, mut detail: Value) -> Effects {
        detail["via"] = json!("reinitialise");
        let now = self.clock.now();
        let event = SecurityEvent::new(uuid_v7(self.entropy, now), kind, RequestContext::default(), now);
        Effects::of(event.with(detail))
    }
}

/// Values of a page that cannot be opened.
struct LostPage {
    lost: Vec<SealedValue>,
    /// The last row of the page.
    last: SealedRow,
}

/// Whose second factor it is.
const fn owner(row: &SealedRow) -> Option<Uuid> {
    match row {
        SealedRow::TotpAuthenticator(user) | SealedRow::SmsAuthenticator(user) => Some(*user),
        _ => None,
    }
}
