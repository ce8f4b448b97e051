//! The master key: configured, or in development made once and kept in the data directory.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config::Config;
use crate::crypto::seal::MasterKey;
use crate::entropy::{Entropy, bytes};
use crate::secret::Secret;

const FILE: &str = "master.key";

#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error("cannot keep the master key in {path}: {source}")]
    File { path: String, source: std::io::Error },
    #[error("{path} does not hold a master key (32 bytes in base64)")]
    Damaged { path: String },
}

pub(super) fn master_key(config: &Config, entropy: &dyn Entropy) -> Result<MasterKey, MasterKeyError> {
    match &config.secrets.master_key {
        Some(key) => Ok(MasterKey::new(key)),
        None => kept_in(&config.data_dir, entropy).map(|key| MasterKey::new(&key)),
    }
}

fn kept_in(folder: &Path, entropy: &dyn Entropy) -> Result<Secret<[u8; 32]>, MasterKeyError> {
    let path = folder.join(FILE);
    let name = path.display().to_string();
    let failed = |source| MasterKeyError::File { path: name.clone(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    if !path.exists() {
        let key: Secret<[u8; 32]> = Secret::new(bytes(entropy));
        let text = Secret::new(STANDARD.encode(key.expose()));
        place(folder, &path, text.expose().as_bytes()).map_err(failed)?;
    }
    let text = Secret::new(std::fs::read_to_string(&path).map_err(failed)?);
    let key = STANDARD.decode(text.expose().trim()).ok().and_then(|key| key.try_into().ok());
    key.map(Secret::new).ok_or(MasterKeyError::Damaged { path: name })
}

/// Writes a whole file or none, and leaves alone what is there: of two processes that start together
/// one wins, and both read its file.
fn place(folder: &Path, path: &Path, content: &[u8]) -> std::io::Result<()> {
    let draft = folder.join(format!("{FILE}.{}", std::process::id()));
    // Left over by a process of the same number that was killed.
    let _ = std::fs::remove_file(&draft);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    let placed = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match placed {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        // The name must survive a power cut as surely as what is sealed with the key.
        _ => File::open(folder)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn it_is_made_once_and_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let first = kept_in(&data, &OsEntropy).unwrap();
        let second = kept_in(&data, &OsEntropy).unwrap();
        assert_eq!(first.expose(), second.expose());
        let mode = std::fs::metadata(data.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "not a key").unwrap();
        assert!(matches!(kept_in(folder.path(), &OsEntropy), Err(MasterKeyError::Damaged { .. })));
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), "not a key");
    }
}
