//! The key-encryption key that is configured, and the data keys that it wraps.

use std::sync::Arc;

use super::World;
use super::master_key::{existing_master_keys, local_keys};
use super::start_error::StartError;
use crate::config::Config;
use crate::crypto::seal::MasterKeys;
use crate::keys::data_keys::DataKeys;
use crate::keys::encryption::KeyEncryption;
use crate::keys::encryption::aws_kms::AwsKmsKey;
use crate::keys::encryption::local::LocalKey;
use crate::keys::encryption::pkcs11::Pkcs11Key;
use crate::keys::encryption::transit::TransitKey;
use crate::outgoing::Outgoing;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;

/// The data keys of a database. In development a master key is made where none is.
pub(super) fn data_keys(
    config: &Config,
    store: &Arc<Store>,
    metrics: &Metrics,
    world: &World,
) -> Result<DataKeys, StartError> {
    let local = local_keys(config, world.entropy.as_ref())?.map(Arc::new);
    let encryption = key_encryption(config, local.as_ref(), metrics, world)?;
    let encryption = encryption.ok_or(StartError::NoMasterKey)?;
    Ok(of(store, encryption, local, world))
}

/// The data keys of a database; absent if there is no master key yet. Unlike the start of a server, this makes none.
///
/// # Errors
/// [`StartError`].
pub fn existing_data_keys(
    config: &Config,
    store: &Arc<Store>,
    metrics: &Metrics,
    world: &World,
) -> Result<Option<DataKeys>, StartError> {
    let local = existing_local_keys(config)?;
    let encryption = key_encryption(config, local.as_ref(), metrics, world)?;
    Ok(encryption.map(|encryption| of(store, encryption, local, world)))
}

/// The key-encryption key of another configuration, under which data keys are wrapped until they are wrapped again.
///
/// # Errors
/// [`StartError`].
pub fn former_key_encryption(
    config: &Config,
    metrics: &Metrics,
    world: &World,
) -> Result<Arc<dyn KeyEncryption>, StartError> {
    let local = existing_local_keys(config)?;
    key_encryption(config, local.as_ref(), metrics, world)?.ok_or(StartError::NoMasterKey)
}

fn existing_local_keys(config: &Config) -> Result<Option<Arc<MasterKeys>>, StartError> {
    if config.secrets.has_key_service() {
        return Ok(None);
    }
    Ok(existing_master_keys(config)?.map(Arc::new))
}

/// The provider that is configured; the configuration has seen to it that there are not two.
fn key_encryption(
    config: &Config,
    local: Option<&Arc<MasterKeys>>,
    metrics: &Metrics,
    world: &World,
) -> Result<Option<Arc<dyn KeyEncryption>>, StartError> {
    let outgoing = Outgoing::new(&config.outgoing, metrics);
    if let Some(transit) = &config.secrets.transit {
        return Ok(Some(Arc::new(TransitKey::new(transit, &outgoing)?)));
    }
    if let Some(kms) = &config.secrets.aws_kms {
        return Ok(Some(Arc::new(AwsKmsKey::new(kms, &outgoing)?)));
    }
    if let Some(pkcs11) = &config.secrets.pkcs11 {
        return Ok(Some(Arc::new(Pkcs11Key::new(pkcs11, Arc::clone(&world.entropy)))));
    }
    let key = local.map(|keys| LocalKey::new(Arc::clone(keys), Arc::clone(&world.entropy)));
    Ok(key.map(|key| Arc::new(key) as Arc<dyn KeyEncryption>))
}

fn of(
    store: &Arc<Store>,
    encryption: Arc<dyn KeyEncryption>,
    local: Option<Arc<MasterKeys>>,
    world: &World,
) -> DataKeys {
    DataKeys {
        store: Arc::clone(store),
        encryption,
        local,
        clock: store.clock(),
        entropy: Arc::clone(&world.entropy),
    }
}
