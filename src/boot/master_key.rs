//! The master keys: configured, or in development made once and kept in the data directory.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config::{Config, MasterKeyText};
use crate::crypto::seal::{MasterKeys, SameKeyTwice};
use crate::entropy::{Entropy, bytes};
use crate::file_error::{FileError, create_folder};
use crate::secret::Secret;

const FILE: &str = "master.key";

#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error("cannot keep the master key in {0}")]
    File(FileError),
    #[error("{path} does not hold a master key in line {line}: it {rule}")]
    Damaged { path: String, line: usize, rule: &'static str },
    #[error("{path} does not hold a master key: it is empty")]
    Empty { path: String },
    #[error("{place}: {source}")]
    Twice { place: String, source: SameKeyTwice },
}

fn master_keys(config: &Config, entropy: &dyn Entropy) -> Result<MasterKeys, MasterKeyError> {
    match &config.secrets.master_key {
        Some(active) => ring("secrets.previous_master_keys", active, &config.secrets.previous_master_keys),
        None => kept_in(&config.data_dir, entropy),
    }
}

/// The master keys of `secrets.master_key` and its previous ones, or those in the data folder. With a key service there are
/// none, and none is made: `secrets.previous_master_keys` belongs to a master key.
pub(super) fn local_keys(
    config: &Config,
    entropy: &dyn Entropy,
) -> Result<Option<MasterKeys>, MasterKeyError> {
    if config.secrets.has_key_service() { Ok(None) } else { master_keys(config, entropy).map(Some) }
}

/// The master keys if there are any: unlike the start of a server, this makes none.
///
/// # Errors
/// [`MasterKeyError`]
pub(super) fn existing_master_keys(config: &Config) -> Result<Option<MasterKeys>, MasterKeyError> {
    let path = config.data_dir.join(FILE);
    match &config.secrets.master_key {
        Some(active) => {
            ring("secrets.previous_master_keys", active, &config.secrets.previous_master_keys).map(Some)
        }
        None if path.exists() => read(&path).map(Some),
        None => Ok(None),
    }
}

/// The ring of keys that stand at one place.
fn ring(
    place: &str,
    active: &MasterKeyText,
    previous: &[MasterKeyText],
) -> Result<MasterKeys, MasterKeyError> {
    let previous: Vec<_> = previous.iter().map(|text| text.key().clone()).collect();
    let ring = MasterKeys::new(active.key()).with_previous(&previous);
    ring.map_err(|source| MasterKeyError::Twice { place: place.to_owned(), source })
}

/// The keys in the file, one a line: the first is active.
fn kept_in(folder: &Path, entropy: &dyn Entropy) -> Result<MasterKeys, MasterKeyError> {
    let path = folder.join(FILE);
    let failed = |source| MasterKeyError::File(FileError::new(&path, source));
    create_folder(folder).map_err(MasterKeyError::File)?;
    if !path.exists() {
        let key: Secret<[u8; 32]> = Secret::new(bytes(entropy));
        let text = Secret::new(STANDARD.encode(key.expose()));
        place(folder, &path, text.expose().as_bytes()).map_err(failed)?;
    }
    read(&path)
}

fn read(path: &Path) -> Result<MasterKeys, MasterKeyError> {
    let name = path.display().to_string();
    let failed = |source| MasterKeyError::File(FileError::new(path, source));
    let text = Secret::new(std::fs::read_to_string(path).map_err(failed)?);
    let lines = (1..).zip(text.expose().lines().map(str::trim)).filter(|(_, line)| !line.is_empty());
    let keys = lines.map(|(line, text)| {
        text.parse::<MasterKeyText>().map_err(|rule| MasterKeyError::Damaged {
            path: name.clone(),
            line,
            rule,
        })
    });
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let Some((active, previous)) = keys.split_first() else {
        return Err(MasterKeyError::Empty { path: name });
    };
    ring(&name, active, previous)
}

/// Writes a whole file or none, and leaves alone what is there: of two processes that start together
/// one wins, and both read its file.
fn place(folder: &Path, path: &Path, content: &[u8]) -> std::io::Result<()> {
    let draft = folder.join(format!("{FILE}.{}", std::process::id()));
    // Left over by a process of the same number that was killed.
    let _ = std::fs::remove_file(&draft);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(content)?;
    file.write_all(b"\n")?;
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

    fn kept(text: &str) -> Result<MasterKeys, MasterKeyError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, text).unwrap();
        let keys = kept_in(folder.path(), &OsEntropy);
        assert_eq!(std::fs::read_to_string(file).unwrap(), text, "the file is never replaced");
        keys
    }

    fn fresh() -> String {
        STANDARD.encode(bytes::<32>(&OsEntropy))
    }

    #[test]
    fn it_is_made_once_and_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let first = kept_in(&data, &OsEntropy).unwrap();
        let second = kept_in(&data, &OsEntropy).unwrap();
        assert_eq!(first.active_id(), second.active_id());
        assert!(!first.has_previous());
        let mode = std::fs::metadata(data.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_first_line_seals_and_further_ones_only_open() {
        let (new, old) = (fresh(), fresh());
        let before = kept(&old).unwrap();
        let sealed = before.seal(&OsEntropy, "t", b"secret").unwrap();
        let ring = kept(&format!("{new}\n\n  {old}  \n")).unwrap();
        assert_eq!(ring.active_id(), kept(&new).unwrap().active_id());
        assert_eq!(ring.open("t", &sealed).unwrap().as_slice(), b"secret");
        assert!(ring.has_previous() && !ring.is_active(&sealed));
    }

    #[test]
    fn a_damaged_file_is_refused_and_its_line_named() {
        let key = fresh();
        let zeros = STANDARD.encode([0; 32]);
        for (text, line) in [
            ("not a key".to_owned(), 1),
            (format!("{key}\n{}", &key[1..]), 2),
            (format!("\n{key} {key}"), 2),
            (format!("{key}\n{zeros}"), 2),
        ] {
            let error = kept(&text).unwrap_err();
            assert!(matches!(error, MasterKeyError::Damaged { line: found, .. } if found == line), "{error}");
            assert!(!error.to_string().contains(&key[..10]), "{error}");
        }
        assert!(matches!(kept(" \n"), Err(MasterKeyError::Empty { .. })));
        assert!(matches!(kept(&format!("{key}\n{key}")), Err(MasterKeyError::Twice { .. })));
    }
}
