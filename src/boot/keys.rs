//! The keys that the server opens when it starts.

use std::sync::Arc;

use super::World;
use super::sealed_store::SealedStore;
use super::start_error::StartError;
use crate::config::Config;
use crate::crypto::seal::MasterKeys;
use crate::crypto::signer::{Signer, TokenFormat};
use crate::keys::KeyStore;
use crate::keys::root_keys::RootKeys;

pub(super) struct Keys {
    pub root_keys: Arc<RootKeys>,
    pub signer: Arc<Signer>,
    /// Seal what waits in the outbox.
    pub master: Arc<MasterKeys>,
}

pub(super) async fn open_keys(
    config: &Config,
    sealed_store: &SealedStore,
    world: &World,
) -> Result<Keys, StartError> {
    let (master, clock) = (Arc::clone(&sealed_store.master), sealed_store.store.clock());
    let room = KeyStore {
        store: &sealed_store.store,
        master: &master,
        entropy: world.entropy.as_ref(),
        clock: clock.as_ref(),
        revoked_kids: &config.secrets.revoked_kids,
    };
    let (root_keys, signer) = (room.root_keys().await?, room.signer(token_format(config)).await?);
    Ok(Keys { root_keys: Arc::new(root_keys), signer: Arc::new(signer), master })
}

/// What access tokens are signed with.
pub(crate) const fn token_format(config: &Config) -> TokenFormat {
    TokenFormat { algorithm: config.tokens.signing_algorithm, ed25519_name: config.tokens.ed25519_name }
}
