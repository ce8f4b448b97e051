//! Errors of files and folders that name the path, and what keeps this process from it.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::process::{getegid, geteuid};

/// An error with the path that it is about. If the access was denied, it tells who may: in a container the user is
/// often another one than the one who made the volume.
#[derive(Debug)]
pub struct FileError {
    path: PathBuf,
    source: Error,
}

impl FileError {
    pub fn new(path: &Path, source: Error) -> Self {
        Self { path: path.to_owned(), source }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path.display(), self.source)?;
        if self.source.kind() != ErrorKind::PermissionDenied {
            return Ok(());
        }
        // The path itself, or the nearest folder above that can be seen.
        let seen = self.path.ancestors().find_map(|path| Some((path, std::fs::metadata(path).ok()?)));
        let Some((path, found)) = seen else { return Ok(()) };
        write!(
            formatter,
            "; {} belongs to uid {}, gid {} (mode {:o}), and this process runs as uid {}, gid {}",
            path.display(),
            found.uid(),
            found.gid(),
            found.mode() & 0o7777,
            geteuid().as_raw(),
            getegid().as_raw(),
        )
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Creates a folder and those above it, for this user only. It may be there already.
///
/// # Errors
/// [`FileError`].
pub fn create_folder(folder: &Path) -> Result<(), FileError> {
    let created = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    created.map_err(|source| FileError::new(folder, source))
}
