//! Avatars: received, decoded and encoded again, stored, served and removed.
//!
//! A row never points to a missing object, because the object is written before the row and deleted after it. A crash
//! between the two leaves an object without a row, which the sweep finds.

mod sweep;

use std::io::BufReader;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde_json::json;
use uuid::Uuid;

use crate::admission::{self, Overloaded, Place, Pool, Size};
use crate::blob_store::{BlobStore, BlobStoreError, Incoming, IncomingError};
use crate::clock::Clock;
use crate::config;
use crate::entropy::{Entropy, uuid_v7};
use crate::image::{AvatarImage, DecodeError, remake};
use crate::model::avatar::{Avatar, AvatarFormat, Digest, object_key};
use crate::model::principal::ActingSession;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::store::account::avatar::AvatarOutcome;
use crate::store::{Effects, Store, StoreError};
use crate::telemetry::metrics::Metrics;

/// Each may need the memory of the largest photograph.
const MOST_DECODERS: usize = 2;
/// How many uploads are in progress at once, including those that wait to be decoded. Clients decide how long they take,
/// so each user has only a few of them.
const UPLOADS: Size = Size { places: 64, waiting: 64, share: 4 };
/// How many of these come from one network: all of its accounts together have no more than a quarter.
const OF_A_NETWORK: Size = Size { share: 16, ..UPLOADS };
/// How long an upload waits for a place, and to be decoded.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes a second, on average over an upload. Slower uploads may be cut off.
const SLOWEST: u64 = 16 * 1024;

/// The service for avatars. Its methods must run on the runtime that the store was opened on.
pub struct Avatars {
    store: Arc<Store>,
    blob_store: BlobStore,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    metrics: Metrics,
    max_bytes: u64,
    max_side: u32,
    uploads: Pool,
    uploads_of_networks: Pool,
    /// Half of the cores decode, and the other half serves requests.
    decoders: Pool,
}

/// An upload in progress.
#[derive(Debug)]
pub struct Upload {
    incoming: Incoming,
    _places: [Place; 2],
}

impl Upload {
    /// Adds a part.
    ///
    /// # Errors
    /// [`AvatarError::TooLarge`], [`AvatarError::BlobStore`].
    pub async fn write(&mut self, part: &[u8]) -> Result<(), AvatarError> {
        Ok(self.incoming.write(part).await?)
    }
}

/// Why an avatar is not accepted, or not found.
#[derive(Debug, thiserror::Error)]
pub enum AvatarError {
    #[error("too many uploads at the moment")]
    Overloaded,
    #[error("an upload is too large")]
    TooLarge,
    #[error("an upload is not of the media type that was announced")]
    Mismatch,
    #[error("an upload is damaged")]
    Damaged,
    #[error("an upload has too many pixels")]
    TooManyPixels,
    #[error("the account is gone or no longer active")]
    NoAccount,
    #[error("there is no such picture")]
    NotFound,
    #[error(transparent)]
    BlobStore(#[from] BlobStoreError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<IncomingError> for AvatarError {
    fn from(error: IncomingError) -> Self {
        match error {
            IncomingError::TooLarge => Self::TooLarge,
            IncomingError::Io(error) => Self::BlobStore(error.into()),
        }
    }
}

impl From<DecodeError> for AvatarError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Mismatch => Self::Mismatch,
            DecodeError::Damaged => Self::Damaged,
            DecodeError::TooManyPixels => Self::TooManyPixels,
            DecodeError::Io(error) => Self::BlobStore(error.into()),
        }
    }
}

impl Avatars {
    pub fn new(
        store: Arc<Store>,
        blob_store: BlobStore,
        world: (Arc<dyn Clock>, Arc<dyn Entropy>),
        metrics: Metrics,
        config: &config::Avatars,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let decoders = (cores / 2).clamp(1, MOST_DECODERS);
        let (clock, entropy) = world;
        Self {
            store,
            blob_store,
            clock,
            entropy,
            metrics,
            max_bytes: config.max_bytes,
            max_side: config.max_side,
            uploads: Pool::new(UPLOADS),
            uploads_of_networks: Pool::new(OF_A_NETWORK),
            decoders: Pool::new(Size { places: decoders, waiting: UPLOADS.places, share: decoders }),
        }
    }

    /// Largest upload, in bytes.
    pub const fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    /// How long the largest upload may take on a slow connection.
    pub const fn slowest_upload(&self) -> Duration {
        Duration::from_secs(self.max_bytes / SLOWEST)
    }

    /// A place for an upload, as soon as it is the caller's turn.
    ///
    /// # Errors
    /// [`AvatarError::Overloaded`] if there is none for a while, because the caller or others have too many uploads in
    /// progress.
    pub async fn receive(&self) -> Result<Upload, AvatarError> {
        let places = async {
            let own = self.uploads.enter().await?;
            Ok::<_, Overloaded>([own, self.uploads_of_networks.enter_as(admission::network()).await?])
        };
        let places = tokio::time::timeout(PATIENCE, places).await;
        let places = places.map_err(|_| AvatarError::Overloaded)?.map_err(|_| AvatarError::Overloaded)?;
        Ok(Upload { incoming: self.blob_store.receive().await?, _places: places })
    }

    /// Makes the uploaded picture the user's avatar.
    ///
    /// # Errors
    /// [`AvatarError`]; then the avatar is unchanged.
    pub async fn change(
        &self,
        acting_session: ActingSession,
        upload: Upload,
        format: AvatarFormat,
        context: RequestContext,
    ) -> Result<Avatar, AvatarError> {
        let picture = self.remake(upload, format).await?;
        let user_id = acting_session.user_id;
        let now = self.clock.now();
        let id = uuid_v7(self.entropy.as_ref(), now);
        let avatar = Avatar {
            object_key: object_key(user_id, picture.digest, id, picture.format),
            format: picture.format,
            bytes: picture.bytes.len() as u64,
            width: picture.width,
            height: picture.height,
            digest: picture.digest,
        };
        self.blob_store.put(&avatar.object_key, picture.bytes).await?;
        let event = self.event(EventKind::AvatarChanged, user_id, context).with(json!({
            "content_type": avatar.format.media_type(),
            "bytes": avatar.bytes,
            "width": avatar.width,
            "height": avatar.height,
        }));
        match self.write(acting_session, &avatar, event).await? {
            AvatarOutcome::NoAccount => {
                self.discard(&avatar.object_key).await;
                Err(AvatarError::NoAccount)
            }
            AvatarOutcome::Changed { old_object } => {
                if let Some(old) = old_object {
                    self.discard(&old).await;
                }
                Ok(avatar)
            }
        }
    }

    async fn write(
        &self,
        acting_session: ActingSession,
        avatar: &Avatar,
        event: SecurityEvent,
    ) -> Result<AvatarOutcome, StoreError> {
        let (at, effects) = (event.at, Effects::of(event).by_session(Some(acting_session)));
        let changed = self.store.change_avatar(acting_session.user_id, avatar, at, &effects).await;
        if matches!(changed, Err(StoreError::SessionEnded)) {
            self.discard(&avatar.object_key).await;
        }
        changed
    }

    /// Removes the user's avatar. There may be none.
    ///
    /// # Errors
    /// [`AvatarError::Store`].
    pub async fn remove(
        &self,
        acting_session: ActingSession,
        context: RequestContext,
    ) -> Result<(), AvatarError> {
        let event = self.event(EventKind::AvatarRemoved, acting_session.user_id, context);
        let effects = Effects::of(event).by_session(Some(acting_session));
        if let Some(old) = self.store.remove_avatar(acting_session.user_id, &effects).await? {
            self.discard(&old).await;
        }
        Ok(())
    }

    /// The user's avatar, if it is still the one with this digest.
    ///
    /// # Errors
    /// [`AvatarError::NotFound`], [`AvatarError::Store`].
    pub async fn find(&self, user_id: Uuid, digest: Digest) -> Result<Avatar, AvatarError> {
        let found = self.store.avatar(user_id).await?;
        found.filter(|avatar| avatar.digest == digest).ok_or(AvatarError::NotFound)
    }

    /// The content of an avatar, in pieces.
    ///
    /// # Errors
    /// [`AvatarError::NotFound`] if it was replaced meanwhile, [`AvatarError::BlobStore`].
    pub async fn content(
        &self,
        avatar: &Avatar,
    ) -> Result<BoxStream<'static, Result<Bytes, BlobStoreError>>, AvatarError> {
        self.blob_store.get(&avatar.object_key).await.map_err(|error| match error {
            BlobStoreError::Missing => AvatarError::NotFound,
            error => error.into(),
        })
    }

    /// Deletes every object of a user, including those that no row points to. This is for the erasure of an account, once
    /// its row is gone or no longer active: an upload that is then in progress deletes its own object.
    ///
    /// # Errors
    /// [`AvatarError::BlobStore`]; then it must be called again.
    pub async fn forget(&self, user_id: Uuid) -> Result<u64, AvatarError> {
        Ok(self.blob_store.delete_all(user_id).await?)
    }

    /// Decodes on a thread for blocking work, when it is the upload's turn.
    async fn remake(&self, upload: Upload, format: AvatarFormat) -> Result<AvatarImage, AvatarError> {
        let Upload { incoming, _places } = upload;
        let file = incoming.finish().await?;
        let turn = tokio::time::timeout(PATIENCE, self.decoders.enter()).await;
        let turn = turn.map_err(|_| AvatarError::Overloaded)?.map_err(|_| AvatarError::Overloaded)?;
        let max_side = self.max_side;
        let remade = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            remake(BufReader::new(file), format, max_side)
        });
        match remade.await {
            Ok(remade) => Ok(remade?),
            // A decoder that panics was given an image that it cannot handle.
            Err(error) => {
                tracing::error!(%error, ?format, "cannot decode an avatar");
                Err(AvatarError::Damaged)
            }
        }
    }

    /// If this fails, the sweep finds the object.
    async fn discard(&self, object_key: &str) {
        if let Err(error) = self.blob_store.delete(object_key).await {
            tracing::warn!(object_key, %error, "cannot delete an unused avatar; leaving it to the sweep");
        }
    }

    fn event(&self, kind: EventKind, user_id: Uuid, context: RequestContext) -> SecurityEvent {
        let now = self.clock.now();
        let id = uuid_v7(self.entropy.as_ref(), now);
        SecurityEvent::new(id, kind, context, now).about(user_id).by(user_id)
    }
}

impl std::fmt::Debug for Avatars {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Avatars")
    }
}
