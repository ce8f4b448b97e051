//! An upload that is being received.

use std::io::SeekFrom;
use std::path::Path;

use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use crate::file_error::{FileError, create_folder};

/// Why an upload is refused.
#[derive(Debug, thiserror::Error)]
pub enum IncomingError {
    #[error("an upload is too large")]
    TooLarge,
    #[error("cannot store an upload: {0}")]
    Io(#[from] std::io::Error),
}

/// A file without a name: no other process can open it, no client chooses its path, and it is gone when this process
/// ends at the latest.
#[derive(Debug)]
pub struct Incoming {
    file: File,
    written: u64,
    limit: u64,
}

impl Incoming {
    /// Creates the folder if it is missing. Where avatars are in a bucket nothing else needs the file system, which may
    /// be read-only; then a file in memory will do. Blocks briefly.
    pub(super) fn create(folder: &Path, limit: u64, must_be_there: bool) -> Result<Self, FileError> {
        let file = create_folder(folder)
            .and_then(|()| tempfile::tempfile_in(folder).map_err(|source| FileError::new(folder, source)));
        let file = match file {
            Err(denied) if !must_be_there => in_memory().ok_or(denied)?,
            file => file?,
        };
        Ok(Self { file: File::from_std(file), written: 0, limit })
    }

    /// Adds a part of the upload.
    ///
    /// # Errors
    /// [`IncomingError::TooLarge`] as soon as the limit is exceeded; the part is not written.
    pub async fn write(&mut self, part: &[u8]) -> Result<(), IncomingError> {
        let written = self.written + part.len() as u64;
        if written > self.limit {
            return Err(IncomingError::TooLarge);
        }
        self.file.write_all(part).await?;
        self.written = written;
        Ok(())
    }

    /// The complete upload, positioned at its start.
    ///
    /// # Errors
    /// If the last part could not be written.
    pub async fn finish(mut self) -> Result<std::fs::File, IncomingError> {
        self.file.flush().await?;
        self.file.seek(SeekFrom::Start(0)).await?;
        Ok(self.file.into_std().await)
    }
}

#[cfg(target_os = "linux")]
fn in_memory() -> Option<std::fs::File> {
    let flags = rustix::fs::MemfdFlags::CLOEXEC;
    rustix::fs::memfd_create("upload", flags).ok().map(std::fs::File::from)
}

#[cfg(not(target_os = "linux"))]
fn in_memory() -> Option<std::fs::File> {
    None
}
