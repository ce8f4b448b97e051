//! Passwords that became public in breaches (ASVS 5.0 §6.2.12, NIST SP 800-63B-4 §3.1.1.2): by the range API of Have I
//! Been Pwned, which learns five of the forty digits of a hash, or by a file on this machine.

pub(crate) mod file;
mod format;
mod range;
pub(crate) mod text;

use std::sync::Arc;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use futures_util::future::BoxFuture;
use prometheus::IntCounterVec;

use self::file::{BreachFile, BreachFileError};
use self::range::Range;
use crate::config::{Breached, BreachedMode};
use crate::crypto::password::BreachedPasswords;
use crate::model::password_policy::PreparedPassword;
use crate::outgoing::{CallError, ClientError, Outgoing};
use crate::telemetry::metrics::{BreachCheckOutcome, Metrics};

/// The SHA-1 of a password, by which lists name it.
type Hash = [u8; 20];

/// The list cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum BreachedError {
    #[error("breached.file: {0}")]
    File(#[from] BreachFileError),
    #[error("breached.base_url cannot be extended by a path")]
    BaseUrl,
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Why the list does not answer.
#[derive(Debug, thiserror::Error)]
enum LookupError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the service answered {0}")]
    Status(u16),
    #[error(transparent)]
    File(#[from] BreachFileError),
    #[error("the lookup ended unexpectedly")]
    Died,
}

enum Source {
    Range(Range),
    File(Arc<BreachFile>),
}

/// See the module's description.
pub struct BreachList {
    source: Source,
    checks: IntCounterVec,
}

impl BreachList {
    /// The list that is configured, if any.
    ///
    /// # Errors
    /// [`BreachedError`].
    pub fn open(
        config: &Breached,
        outgoing: &Outgoing,
        metrics: &Metrics,
    ) -> Result<Option<Self>, BreachedError> {
        let source = match config.mode {
            BreachedMode::Off => return Ok(None),
            BreachedMode::Range => Source::Range(Range::new(config, outgoing)?),
            BreachedMode::File => {
                let file = BreachFile::open(config.file.as_deref().unwrap_or_else(|| "".as_ref()))?;
                tracing::info!(path = %file.path().display(), hashes = file.hashes(), "breached passwords are known");
                Source::File(Arc::new(file))
            }
        };
        Ok(Some(Self { source, checks: metrics.abuse.breached_checks.clone() }))
    }

    async fn find(&self, hash: Hash) -> Result<bool, LookupError> {
        match &self.source {
            Source::Range(range) => range.contains(&hash).await,
            Source::File(file) => {
                let file = Arc::clone(file);
                let found = tokio::task::spawn_blocking(move || file.contains(format::prefix(&hash))).await;
                Ok(found.map_err(|_| LookupError::Died)??)
            }
        }
    }
}

impl BreachedPasswords for BreachList {
    fn contains<'a>(&'a self, password: &'a PreparedPassword) -> BoxFuture<'a, bool> {
        let hash = sha1(password.expose());
        Box::pin(async move {
            let found = self.find(hash).await;
            let outcome = match &found {
                Ok(true) => BreachCheckOutcome::Breached,
                Ok(false) => BreachCheckOutcome::Clean,
                Err(error) => {
                    tracing::warn!(%error, "cannot find out whether a password was breached; accepting it");
                    BreachCheckOutcome::FailedOpen
                }
            };
            self.checks.with_label_values(&[outcome.as_str()]).inc();
            found.unwrap_or(false)
        })
    }
}

fn sha1(password: &str) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes()).as_ref());
    hash
}
