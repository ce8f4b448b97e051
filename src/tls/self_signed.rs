//! A certificate that the server makes for itself, for development. It is kept, so that a browser needs to accept it only
//! once.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use time::OffsetDateTime;
use url::Url;

use super::certificate::Certificate;
use super::current::CurrentCertificate;
use crate::clock::Timestamp;
use crate::config::certificate_name;
use crate::file_error::{FileError, create_folder};
use crate::secret::Secret;

/// The file in the data folder, with the certificate and its key.
const FILE: &str = "self-signed.pem";
const LIFE: Duration = Duration::from_secs(90 * 86_400);
/// Clocks of clients may be behind.
const LEEWAY: Duration = Duration::from_secs(86_400);
/// The names under which the machine itself is reached.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// No certificate can be made or kept.
#[derive(Debug, thiserror::Error)]
pub enum SelfSignedError {
    #[error("cannot keep the self-signed certificate in {0}")]
    File(FileError),
    #[error("cannot make a self-signed certificate: {0}")]
    Make(String),
}

/// See the module's description.
pub struct SelfSigned {
    folder: PathBuf,
    names: Vec<String>,
}

impl SelfSigned {
    pub fn new(data_dir: &Path, public_url: &Url) -> Self {
        let mut names: Vec<String> = LOCAL.into_iter().map(str::to_owned).collect();
        names.extend(certificate_name(public_url).filter(|name| !LOCAL.contains(&name.as_str())));
        Self { folder: data_dir.to_owned(), names }
    }

    /// The certificate that was kept, or another one if that is due or not for all names.
    ///
    /// # Errors
    /// [`SelfSignedError`]
    pub fn load_or_make(&self, now: Timestamp) -> Result<Certificate, SelfSignedError> {
        match fs::read(self.folder.join(FILE)).map(Secret::new) {
            Ok(kept) => {
                let kept = Certificate::from_pem(kept.expose(), kept.expose()).ok();
                let fits =
                    |kept: &Certificate| !kept.is_due(now) && self.names.iter().all(|name| kept.is_for(name));
                kept.filter(fits).map_or_else(|| self.make(now), Ok)
            }
            Err(_) => self.make(now),
        }
    }

    /// Makes another one when it is due.
    pub fn renew(&self, current: &CurrentCertificate) {
        let now = current.now();
        if current.get().is_some_and(|certificate| !certificate.is_due(now)) {
            return;
        }
        match self.make(now) {
            Ok(certificate) => current.install(certificate),
            Err(error) => tracing::error!(%error, "keeping the old self-signed certificate"),
        }
    }

    fn make(&self, now: Timestamp) -> Result<Certificate, SelfSignedError> {
        let failed = |error: rcgen::Error| SelfSignedError::Make(error.to_string());
        let mut parameters = CertificateParams::new(self.names.clone()).map_err(failed)?;
        parameters.not_before = moment(now.minus(LEEWAY))?;
        parameters.not_after = moment(now.plus(LIFE))?;
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, "Kindred, self-signed for development");
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = parameters.self_signed(&key).map_err(failed)?;
        let text = Secret::new(format!("{}{}", certificate.pem(), key.serialize_pem()));
        self.keep(text.expose().as_bytes())?;
        let text = text.expose().as_bytes();
        Certificate::from_pem(text, text).map_err(|error| SelfSignedError::Make(error.to_string()))
    }

    /// Replaces the file as a whole.
    fn keep(&self, content: &[u8]) -> Result<(), SelfSignedError> {
        create_folder(&self.folder).map_err(SelfSignedError::File)?;
        let path = self.folder.join(FILE);
        let draft = self.folder.join(format!("{FILE}.{}", std::process::id()));
        // Left over by a process of the same number that was killed.
        let _ = fs::remove_file(&draft);
        let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft);
        let written = written.and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
        let kept = written.and_then(|()| fs::rename(&draft, &path));
        kept.map_err(|source| SelfSignedError::File(FileError::new(&path, source)))
    }
}

fn moment(moment: Timestamp) -> Result<OffsetDateTime, SelfSignedError> {
    OffsetDateTime::from_unix_timestamp(moment.unix_seconds())
        .map_err(|error| SelfSignedError::Make(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_800_000_000 + day * 86_400)
    }

    #[test]
    fn it_is_kept_until_it_is_due() {
        let folder = tempfile::tempdir().unwrap();
        let own = SelfSigned::new(folder.path(), &Url::parse("https://id.test:8443/auth").unwrap());
        let first = own.load_or_make(at(0)).unwrap();
        for name in ["localhost", "127.0.0.1", "::1", "id.test"] {
            assert!(first.is_for(name), "{name}");
        }
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let later = own.load_or_make(at(59)).unwrap();
        assert_eq!(later.key.cert, first.key.cert);
        let renewed = own.load_or_make(at(61)).unwrap();
        assert_ne!(renewed.key.cert, first.key.cert);
    }

    #[test]
    fn one_for_other_names_or_a_damaged_one_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let own = |url: &str| SelfSigned::new(folder.path(), &Url::parse(url).unwrap());
        let first = own("https://localhost").load_or_make(at(0)).unwrap();
        let second = own("https://[2001:db8::1]").load_or_make(at(0)).unwrap();
        assert!(second.is_for("2001:db8::1") && !first.is_for("2001:db8::1"));
        fs::write(folder.path().join(FILE), "nonsense").unwrap();
        own("https://localhost").load_or_make(at(0)).unwrap();
    }
}
