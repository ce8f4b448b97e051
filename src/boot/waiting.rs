//! A start that waits for the key service: the process lives, is not ready, and asks again.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::sealed_store::{LockedStore, SealedStore};
use super::start_error::StartError;
use crate::http::keys_unavailable::{self, Ids};
use crate::keys::data_keys::DataKeyError;

/// The wait after the first failure. It doubles with each further one.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait between two attempts.
const LONGEST: Duration = Duration::from_secs(30);
/// The time between two lines in the log.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Unwraps the data keys, and waits for the key service if it does not answer. Meanwhile both listeners answer health
/// checks; the public one is absent where it speaks TLS, whose certificate may be sealed itself.
pub(super) async fn unlock(
    locked: &LockedStore,
    public: Option<&TcpListener>,
    operations: &TcpListener,
) -> Result<SealedStore, StartError> {
    let error = match locked.unlock().await {
        Err(error) if error.is_temporary() => error,
        result => return Ok(result?),
    };
    let listeners = public.into_iter().chain([operations]).map(TcpListener::try_clone);
    let listeners = listeners.collect::<Result<Vec<_>, _>>().map_err(StartError::Listen)?;
    let keys = &locked.data_keys;
    let ids = Ids { clock: Arc::clone(&keys.clock), entropy: Arc::clone(&keys.entropy) };
    let server = keys_unavailable::server(listeners, ids).map_err(StartError::Listen)?;
    let handle = server.handle();
    let serving = tokio::spawn(server);
    let unlocked = keep_asking(locked, error).await;
    handle.stop(false).await;
    // It was told to stop, and nothing that it has answered depends on how it ends.
    let _ = serving.await;
    Ok(unlocked?)
}

async fn keep_asking(locked: &LockedStore, first: DataKeyError) -> Result<SealedStore, DataKeyError> {
    let (mut error, mut wait, mut told) = (first, FIRST, None::<Instant>);
    loop {
        if told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            tracing::error!(%error, "cannot unwrap the data keys; the start waits for the key service");
            told = Some(Instant::now());
        }
        tokio::time::sleep(wait).await;
        wait = LONGEST.min(wait * 2);
        match locked.unlock().await {
            Err(again) if again.is_temporary() => error = again,
            result => return result,
        }
    }
}
