//! Locations of network addresses, by a MaxMind database that the operator provides. The database is held in memory and
//! read again when the file is replaced.

mod edition;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

pub use edition::EditionError;

use self::edition::{Edition, Stamp};
use crate::config::Anomalies;
use crate::model::location::{Location, has_place};
use crate::model::security_event::RequestContext;

/// The configured file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("anomalies.geoip_file {}: {source}", path.display())]
pub struct GeoIpError {
    path: PathBuf,
    source: EditionError,
}

/// Locates addresses. Without a database, no address has a location.
#[derive(Default)]
pub struct GeoIp {
    file: Option<PathBuf>,
    edition: RwLock<Option<Arc<Edition>>>,
    /// The stamp of the file that was read last; `None` if reading it must be tried again.
    stamp: Mutex<Option<Stamp>>,
}

impl GeoIp {
    /// Reads the file, if one is configured. Blocks until it is read.
    ///
    /// # Errors
    /// [`GeoIpError`] if it cannot be read or is not a database of cities or countries.
    pub fn open(config: &Anomalies) -> Result<Self, GeoIpError> {
        let Some(path) = config.geoip_file.clone() else {
            return Ok(Self::default());
        };
        let read = Stamp::of(&path).and_then(|stamp| Ok((stamp, Edition::read(&path)?)));
        let (stamp, edition) = read.map_err(|source| GeoIpError { path: path.clone(), source })?;
        tell(&path, &edition);
        Ok(Self {
            file: Some(path),
            edition: RwLock::new(Some(Arc::new(edition))),
            stamp: Mutex::new(Some(stamp)),
        })
    }

    /// The location of a request; `None` if it is unknown, as for private addresses.
    pub fn locate(&self, context: &RequestContext) -> Option<Location> {
        // Asked first, because most servers have no database, and reading the address takes time.
        self.edition.read().as_ref()?;
        self.locate_address(context.address.as_deref()?.parse().ok()?)
    }

    /// The location of an address.
    pub fn locate_address(&self, address: IpAddr) -> Option<Location> {
        let edition = self.edition.read().clone()?;
        has_place(address).then(|| edition.locate(address)).flatten()
    }

    /// Starts to check the file periodically until the task is aborted. `None` if there is no file.
    pub fn keep_current(self: &Arc<Self>, config: &Anomalies) -> Option<JoinHandle<()>> {
        self.file.as_ref()?;
        let (geoip, period) = (Arc::clone(self), config.geoip_check);
        Some(tokio::spawn(async move {
            let mut ticks = tokio::time::interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let geoip = Arc::clone(&geoip);
                // The file is large, and reading it takes time.
                let _ = tokio::task::spawn_blocking(move || geoip.renew()).await;
            }
        }))
    }

    /// Reads the file again if it has changed. A file that cannot be used changes nothing.
    fn renew(&self) {
        let Some(path) = &self.file else { return };
        let mut known = self.stamp.lock();
        match Stamp::of(path) {
            Ok(stamp) if *known == Some(stamp) => {}
            // The stamp is taken before the content is read, so that a change in between is seen at the next check.
            Ok(stamp) => *known = self.replace(path).then_some(stamp),
            Err(error) => {
                if known.take().is_some() {
                    complain(path, &error);
                }
            }
        }
    }

    /// Whether this file was read already and need not be read again.
    fn replace(&self, path: &Path) -> bool {
        match Edition::read(path) {
            Ok(edition) => {
                tell(path, &edition);
                *self.edition.write() = Some(Arc::new(edition));
                true
            }
            Err(error) => {
                complain(path, &error);
                !matches!(error, EditionError::Io(_))
            }
        }
    }
}

fn tell(path: &Path, edition: &Edition) {
    tracing::info!(file = %path.display(), kind = edition.kind(), built = %edition.built(), "loaded the GeoIP database");
}

fn complain(path: &Path, error: &EditionError) {
    tracing::warn!(file = %path.display(), %error, "cannot load the GeoIP database; keeping the old one");
}

impl std::fmt::Debug for GeoIp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("GeoIp").field("file", &self.file).finish_non_exhaustive()
    }
}
