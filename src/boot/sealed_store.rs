//! The database and the master keys that open what is sealed in it: all that commands on keys need, and
//! where the server begins.

use std::sync::Arc;

use super::World;
use super::master_key::master_keys;
use super::start_error::StartError;
use crate::config::Config;
use crate::crypto::seal::MasterKeys;
use crate::store::Store;
use crate::store::database::migrate::Compatibility;
use crate::telemetry::metrics::Metrics;

/// See the module's description.
#[derive(Debug)]
pub struct SealedStore {
    pub store: Arc<Store>,
    pub master: Arc<MasterKeys>,
    pub metrics: Metrics,
}

impl SealedStore {
    /// Opens the database, migrates it if it may, and reads the master keys. Must be called on the
    /// multi-thread runtime that the database is to live on.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(config: &Config, world: &World) -> Result<Self, StartError> {
        let metrics = Metrics::new()?;
        let store =
            Arc::new(Store::connect(&config.database, metrics.clone(), Arc::clone(&world.clock)).await?);
        prepare_schema(config, &store).await?;
        let master = Arc::new(master_keys(config, world.entropy.as_ref())?);
        Ok(Self { store, master, metrics })
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
