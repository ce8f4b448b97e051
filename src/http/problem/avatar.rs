//! The errors of avatars.

use super::store::internal;
use super::{Code, Problem};
use crate::account::avatar::AvatarError;
use crate::blob_store::BlobStoreError;

impl From<AvatarError> for Problem {
    fn from(error: AvatarError) -> Self {
        match error {
            AvatarError::Overloaded => Self::new(Code::Overloaded),
            AvatarError::TooLarge => {
                Self::new(Code::PayloadTooLarge).detail("The picture has more bytes than are allowed.")
            }
            AvatarError::Mismatch => {
                invalid("content-type", "invalid", "The body is not a picture of this media type.")
            }
            AvatarError::Damaged => invalid(".", "damaged", "The picture is incomplete or damaged."),
            AvatarError::TooManyPixels => {
                invalid(".", "too_many_pixels", "The picture has more pixels than are allowed.")
            }
            AvatarError::NoAccount => Self::new(Code::SessionRevoked),
            AvatarError::NotFound => Self::new(Code::NotFound),
            AvatarError::BlobStore(error) => error.into(),
            AvatarError::Store(error) => error.into(),
        }
    }
}

impl From<BlobStoreError> for Problem {
    fn from(error: BlobStoreError) -> Self {
        match error {
            BlobStoreError::Missing => internal("an avatar's object is missing"),
            BlobStoreError::Unavailable(_) | BlobStoreError::Io(_) | BlobStoreError::Folder(_) => {
                tracing::warn!(%error, "cannot reach the blob store");
                Self::new(Code::Unavailable)
            }
        }
    }
}

fn invalid(field: &str, code: &str, detail: &str) -> Problem {
    Problem::field(Code::ValidationFailed, field, code, detail)
}
