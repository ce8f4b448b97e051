//! A certificate and its key in two files, which another program may replace.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use parking_lot::Mutex;

use super::certificate::{Certificate, CertificateError};
use super::current::CurrentCertificate;
use crate::file_error::FileError;
use crate::secret::Secret;

/// Why the two files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    #[error("cannot read {0}")]
    File(FileError),
    #[error("cannot use the certificate in {} with the key in {}: {source}", cert.display(), key.display())]
    Unusable { cert: PathBuf, key: PathBuf, source: CertificateError },
}

/// See the module's description.
pub struct CertificateFiles {
    cert: PathBuf,
    key: PathBuf,
    stamps: Mutex<Stamps>,
}

/// Which versions of the files were seen.
#[derive(Default)]
struct Stamps {
    /// The version that was loaded or refused.
    known: Option<Stamp>,
    /// The version at the last look.
    seen: Option<Stamp>,
}

/// Tells whether files were replaced or written to: of each the time of its change, its size and its number.
type Stamp = [(Option<SystemTime>, u64, u64); 2];

impl CertificateFiles {
    pub fn new(cert: PathBuf, key: PathBuf) -> Self {
        Self { cert, key, stamps: Mutex::default() }
    }

    /// # Errors
    /// [`PairError`], with the files.
    pub fn load(&self) -> Result<Certificate, PairError> {
        // The stamp is taken before the content is read, so that a change in between is seen at the next look.
        self.stamps.lock().known = self.stamp();
        let chain = read(&self.cert)?;
        let key = read(&self.key)?;
        Certificate::from_pem(chain.expose(), key.expose()).map_err(|source| PairError::Unusable {
            cert: self.cert.clone(),
            key: self.key.clone(),
            source,
        })
    }

    /// Loads the files if they have changed. Files that were changed since the last look are left to the next one: another
    /// program may have written one of the two only. Where an operator asks, they are loaded at once.
    pub fn renew(&self, current: &CurrentCertificate, is_asked: bool) {
        let stamp = self.stamp();
        {
            let mut stamps = self.stamps.lock();
            let is_settled = stamps.seen == stamp;
            stamps.seen = stamp;
            if !is_asked && (stamps.known == stamp || !is_settled) {
                return;
            }
            // What cannot be read is tried at each change only.
            stamps.known = stamp;
        }
        match self.load() {
            Ok(certificate) if certificate.has_expired(current.now()) => {
                let expired = certificate.not_after.rfc3339();
                tracing::error!(file = %self.cert.display(), expired, "the new TLS certificate has expired; keeping the old one");
            }
            Ok(certificate) => current.install(certificate),
            Err(error) => tracing::error!(%error, "cannot load the new TLS certificate; keeping the old one"),
        }
    }

    fn stamp(&self) -> Option<Stamp> {
        let of = |path: &Path| fs::metadata(path).ok().map(|metadata| stamp_of(&metadata));
        Some([of(&self.cert)?, of(&self.key)?])
    }
}

fn stamp_of(metadata: &Metadata) -> (Option<SystemTime>, u64, u64) {
    (metadata.modified().ok(), metadata.len(), metadata.ino())
}

fn read(path: &Path) -> Result<Secret<Vec<u8>>, PairError> {
    fs::read(path).map(Secret::new).map_err(|source| PairError::File(FileError::new(path, source)))
}
