//! `avatars.*`: where avatars are stored, and how large they may be.

use url::Url;

use super::{Environment, Reader, setting};
use crate::secret::Secret;

#[derive(Clone, Debug)]
pub struct Avatars {
    pub store: AvatarStore,
    /// Largest upload, in bytes.
    pub max_bytes: u64,
    /// Largest width and height of an upload, in pixels.
    pub max_side: u32,
    pub s3: S3,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvatarStore {
    /// `avatars/` of the data directory.
    File,
    /// A bucket of any service with the protocol of S3.
    S3,
}

super::text_enum!(AvatarStore { File => "file", S3 => "s3" });

#[derive(Clone, Debug)]
pub struct S3 {
    /// Without it: that of Amazon in the region.
    pub endpoint: Option<Url>,
    pub region: String,
    pub bucket: Option<String>,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<Secret<String>>,
}

impl Avatars {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        reader.section("Avatars");
        let avatars = Self {
            store: reader.choice(
                setting(
                    "avatars.store",
                    "Where avatars are stored: in `avatars/` of `data_dir`, or in a bucket.",
                ),
                AvatarStore::File,
            ),
            max_bytes: reader.value(
                setting("avatars.max_bytes", "The largest upload, in bytes.").between(1_024, 64 << 20),
                10 << 20,
            ),
            max_side: reader.value(
                setting("avatars.max_side", "The largest width and height of an upload, in pixels.")
                    .between(16, 16_384),
                8_192,
            ),
            s3: S3::read(reader),
        };
        avatars.check(reader, profile);
        avatars
    }

    fn check(&self, reader: &mut Reader, profile: Environment) {
        let is_safe =
            |url: &Url| url.scheme() == "https" || (url.scheme() == "http" && !profile.is_production());
        reader.check(
            "avatars.s3_endpoint",
            self.s3.endpoint.as_ref().is_none_or(is_safe),
            "must be an https URL (http is accepted outside production)",
        );
        if self.store == AvatarStore::S3 {
            for (key, is_given) in [
                ("avatars.s3_bucket", self.s3.bucket.is_some()),
                ("avatars.s3_access_key_id", self.s3.access_key_id.is_some()),
                ("avatars.s3_secret_access_key", self.s3.secret_access_key.is_some()),
            ] {
                reader.check(key, is_given, "is required to store avatars in S3");
            }
        }
    }
}

impl S3 {
    fn read(reader: &mut Reader) -> Self {
        Self {
            endpoint: reader.optional(
                setting(
                    "avatars.s3_endpoint",
                    "A service that is compatible with S3. Without it, that of Amazon in the region.",
                )
                .note("https (http is accepted outside production)"),
            ),
            region: reader
                .value(setting("avatars.s3_region", "The region of the bucket."), "us-east-1".to_owned()),
            bucket: reader.optional(setting("avatars.s3_bucket", "The bucket.").note("required for `s3`")),
            access_key_id: reader
                .optional(setting("avatars.s3_access_key_id", "The access key.").note("required for `s3`")),
            secret_access_key: reader
                .secret::<String>(
                    setting("avatars.s3_secret_access_key", "The secret of the access key.")
                        .note("required for `s3`"),
                )
                .map(Secret::new),
        }
    }
}
