//! The keys that the server opens when it starts.

use std::sync::Arc;

use super::World;
use super::sealed_store::SealedStore;
use super::start_error::StartError;
use crate::crypto::seal::MasterKeys;
use crate::crypto::signer::Signer;
use crate::keys::KeyStore;
use crate::keys::root_keys::RootKeys;

pub(super) struct Keys {
    pub root_keys: Arc<RootKeys>,
    pub signer: Arc<Signer>,
    /// Seal what waits in the outbox.
    pub master: Arc<MasterKeys>,
}

pub(super) async fn open_keys(sealed_store: &SealedStore, world: &World) -> Result<Keys, StartError> {
    let master = Arc::clone(&sealed_store.master);
    let room = KeyStore {
        store: &sealed_store.store,
        master: &master,
        entropy: world.entropy.as_ref(),
        clock: world.clock.as_ref(),
    };
    let (root_keys, signer) = (Arc::new(room.root_keys().await?), Arc::new(room.signer().await?));
    Ok(Keys { root_keys, signer, master })
}
