//! The database and the keys that open what is sealed in it: all that commands on keys need, and where the server
//! begins.

use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Access, access};
use rustix::io::Errno;

use super::World;
use super::key_encryption::data_keys;
use super::start_error::StartError;
use crate::config::Config;
use crate::crypto::seal::MasterKeys;
use crate::file_error::FileError;
use crate::keys::data_keys::{DataKeyError, DataKeys};
use crate::store::Store;
use crate::store::database::migrate::Compatibility;
use crate::telemetry::metrics::Metrics;

/// An open and migrated database with the keys that open its rows.
#[derive(Debug)]
pub struct SealedStore {
    pub store: Arc<Store>,
    pub master: Arc<MasterKeys>,
    pub data_keys: DataKeys,
    pub metrics: Metrics,
}

/// An open and migrated database. Its data keys are not unwrapped yet.
#[derive(Debug)]
pub struct LockedStore {
    pub store: Arc<Store>,
    pub data_keys: DataKeys,
    pub metrics: Metrics,
}

impl SealedStore {
    /// Opens the database, migrates it if it may, and unwraps the data keys. Must be called on the
    /// multi-thread runtime that the database is to live on.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(config: &Config, world: &World) -> Result<Self, StartError> {
        let locked = LockedStore::open(config, world).await?;
        Ok(locked.unlock().await?)
    }
}

impl LockedStore {
    /// Opens the database, and migrates it if it may. Must be called on the multi-thread runtime that the database is to
    /// live on.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(config: &Config, world: &World) -> Result<Self, StartError> {
        check_data_folder(&config.data_dir)?;
        let metrics = Metrics::new()?;
        let store =
            Arc::new(Store::connect(&config.database, metrics.clone(), Arc::clone(&world.clock)).await?);
        prepare_schema(config, &store).await?;
        let data_keys = data_keys(config, &store, &metrics, world)?;
        Ok(Self { store, data_keys, metrics })
    }

    /// Unwraps the data keys, which may take a call of the key service.
    ///
    /// # Errors
    /// [`DataKeyError`].
    pub async fn unlock(&self) -> Result<SealedStore, DataKeyError> {
        let master = Arc::new(self.data_keys.open().await?);
        Ok(SealedStore {
            store: Arc::clone(&self.store),
            master,
            data_keys: self.data_keys.clone(),
            metrics: self.metrics.clone(),
        })
    }
}

/// A data folder of another user is a mistake, also where only avatars would need it later. One that is not there may
/// never be needed.
fn check_data_folder(folder: &Path) -> Result<(), StartError> {
    match access(folder, Access::READ_OK | Access::EXEC_OK) {
        Err(Errno::ACCESS) => Err(StartError::DataFolder(FileError::new(folder, Errno::ACCESS.into()))),
        _ => Ok(()),
    }
}

/// Migrates in development; elsewhere a database that is behind is the operator's decision. A schema that a newer
/// version has made incompatible with this program keeps it from starting.
async fn prepare_schema(config: &Config, store: &Store) -> Result<(), StartError> {
    if config.database.auto_migrate {
        store.migrate_up().await?;
    }
    match store.schema().await?.compatibility() {
        Compatibility::Compatible => Ok(()),
        Compatibility::Behind(pending) => Err(StartError::MigrationsPending(pending)),
        Compatibility::TooNew { version, least_compatible } => {
            Err(StartError::SchemaTooNew { version, least_compatible })
        }
    }
}
