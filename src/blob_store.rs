//! Storage of avatars: the data directory, or a bucket. The database only has the names of the objects.

mod bucket;
mod incoming;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};
use uuid::Uuid;

pub use incoming::{Incoming, IncomingError};

use crate::clock::Timestamp;
use crate::config::{AvatarStore, Avatars};
use crate::file_error::{FileError, create_folder};
use crate::model::avatar::owner;

/// The folder in the data directory, and the prefix in the bucket.
const FOLDER: &str = "avatars";

#[derive(Debug, thiserror::Error)]
pub enum BlobStoreError {
    #[error("there is no such object")]
    Missing,
    #[error("the store of avatars does not answer: {0}")]
    Unavailable(object_store::Error),
    #[error("an upload cannot be stored: {0}")]
    Io(#[from] std::io::Error),
    #[error("the folder of avatars cannot be used: {0}")]
    Folder(#[from] FileError),
}

impl From<object_store::Error> for BlobStoreError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            error => Self::Unavailable(error),
        }
    }
}

/// The place where avatars are stored. Its methods must run on the runtime that it was opened on.
pub struct BlobStore {
    objects: Arc<dyn ObjectStore>,
    /// The folder for uploads until they are decoded; created when the first one comes.
    incoming: PathBuf,
    /// The folder of the objects, if they are files.
    folder: Option<PathBuf>,
    max_bytes: u64,
}

impl BlobStore {
    /// Opens the store. The folder of avatars is created if they are files; nothing else needs the data directory.
    ///
    /// # Errors
    /// [`BlobStoreError`] if that folder cannot be created or the settings are not sufficient for a client. It is not
    /// checked whether the bucket is reachable, so that the server can start without it.
    pub fn open(config: &Avatars, data_dir: &Path) -> Result<Self, BlobStoreError> {
        let folder = data_dir.join(FOLDER);
        let incoming = folder.join("incoming");
        let (objects, folder): (Arc<dyn ObjectStore>, _) = match config.store {
            // An object must survive a power failure as surely as the row that refers to it.
            AvatarStore::File => {
                create_folder(&folder)?;
                (Arc::new(LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true)), Some(folder))
            }
            AvatarStore::S3 => (Arc::new(PrefixStore::new(bucket::open(&config.s3)?, FOLDER)), None),
        };
        Ok(Self { objects, incoming, folder, max_bytes: config.max_bytes })
    }

    /// Starts an upload.
    ///
    /// # Errors
    /// [`BlobStoreError::Io`].
    pub async fn receive(&self) -> Result<Incoming, BlobStoreError> {
        let (folder, limit, must_be_there) = (self.incoming.clone(), self.max_bytes, self.folder.is_some());
        let made = tokio::task::spawn_blocking(move || Incoming::create(&folder, limit, must_be_there)).await;
        Ok(made.map_err(std::io::Error::other)??)
    }

    /// # Errors
    /// [`BlobStoreError`].
    pub async fn put(&self, object_key: &str, content: Vec<u8>) -> Result<(), BlobStoreError> {
        self.objects.put(&Key::from(object_key), content.into()).await?;
        Ok(())
    }

    /// The content of an object, as a stream.
    ///
    /// # Errors
    /// [`BlobStoreError::Missing`], or an error of the store.
    pub async fn get(
        &self,
        object_key: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, BlobStoreError>>, BlobStoreError> {
        let found = self.objects.get(&Key::from(object_key)).await?;
        Ok(found.into_stream().map_err(BlobStoreError::from).boxed())
    }

    /// Deletes an object. It is not an error if there is none.
    ///
    /// # Errors
    /// [`BlobStoreError`].
    pub async fn delete(&self, object_key: &str) -> Result<(), BlobStoreError> {
        match self.objects.delete(&Key::from(object_key)).await.map_err(BlobStoreError::from) {
            Err(BlobStoreError::Missing) => Ok(()),
            result => result,
        }
    }

    /// Deletes all objects of a user and returns their number.
    ///
    /// # Errors
    /// [`BlobStoreError`]; some objects may be left, so it must be repeated.
    pub async fn delete_all(&self, user_id: Uuid) -> Result<u64, BlobStoreError> {
        let prefix = Key::from(user_id.to_string());
        let objects: Vec<_> = self.objects.list(Some(&prefix)).try_collect().await?;
        for object in &objects {
            self.delete(object.location.as_ref()).await?;
        }
        if let Some(folder) = &self.folder {
            // The name of an empty folder would still reveal that this user existed.
            let _ = tokio::fs::remove_dir(folder.join(user_id.to_string())).await;
        }
        Ok(objects.len() as u64)
    }

    /// The objects that were written before this time, as a stream: there may be one for each user.
    pub fn older_than(&self, time: Timestamp) -> BoxStream<'static, Result<String, BlobStoreError>> {
        let is_old = move |object: &object_store::ObjectMeta| {
            object.last_modified.timestamp_micros() < time.as_micros()
                && owner(object.location.as_ref()).is_some()
        };
        let old = self.objects.list(None).try_filter(move |object| std::future::ready(is_old(object)));
        old.map_ok(|object| object.location.to_string()).map_err(BlobStoreError::from).boxed()
    }
}

impl std::fmt::Debug for BlobStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("BlobStore")
    }
}

#[cfg(test)]
mod tests;
