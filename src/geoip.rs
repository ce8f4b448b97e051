//! Where addresses are, by a MaxMind database that the operator provides. It is held in memory, and opened
//! anew when another file has taken its place.

mod edition;

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

/// The file that was named is of no use.
#[derive(Debug, thiserror::Error)]
#[error("anomalies.geoip_file {}: {source}", path.display())]
pub struct GeoIpError {
    path: PathBuf,
    source: EditionError,
}

/// See the module's description.
#[derive(Default)]
pub struct GeoIp {
    file: Option<PathBuf>,
    edition: RwLock<Option<Arc<Edition>>>,
    /// Of the file that was read last; `None` if reading it must be tried again.
    stamp: Mutex<Option<Stamp>>,
}

impl GeoIp {
    /// Reads the file, if one is named. Blocks until it is read.
    ///
    /// # Errors
    /// [`GeoIpError`] if it cannot be read, or holds no database of cities or countries.
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

    /// Where a request comes from; `None` if that is not known, as of private addresses.
    pub fn locate(&self, context: &RequestContext) -> Option<Location> {
        let edition = self.edition.read().clone()?;
        let address = context.address.as_deref()?.parse().ok()?;
        has_place(address).then(|| edition.locate(address)).flatten()
    }

    /// Looks after the file until the task is aborted; none if there is no file.
    pub fn keep_current(self: &Arc<Self>, config: &Anomalies) -> Option<JoinHandle<()>> {
        self.file.as_ref()?;
        let (geoip, period) = (Arc::clone(self), config.geoip_check);
        Some(tokio::spawn(async move {
            let mut ticks = tokio::time::interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let geoip = Arc::clone(&geoip);
                // Such a file is large, and reading it takes its time.
                let _ = tokio::task::spawn_blocking(move || geoip.renew()).await;
            }
        }))
    }

    /// Opens the file anew if it has changed. One that is of no use leaves everything as it is.
    fn renew(&self) {
        let Some(path) = &self.file else { return };
        let mut known = self.stamp.lock();
        match Stamp::of(path) {
            Ok(stamp) if *known == Some(stamp) => {}
            // The stamp is older than what is read: what changes meanwhile is seen at the next look.
            Ok(stamp) => *known = self.replace(path).then_some(stamp),
            Err(error) => {
                if known.take().is_some() {
                    complain(path, &error);
                }
            }
        }
    }

    /// Whether there is no use in reading this file once more.
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
    tracing::info!(file = %path.display(), kind = edition.kind(), built = %edition.built(), "locations are known");
}

fn complain(path: &Path, error: &EditionError) {
    tracing::warn!(file = %path.display(), %error, "the new file of locations is of no use; the old one counts on");
}

impl std::fmt::Debug for GeoIp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("GeoIp").field("file", &self.file).finish_non_exhaustive()
    }
}
