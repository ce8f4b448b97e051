//! `avatars.*`: where pictures of people are kept, and how large they may be.

use url::Url;

use super::{Environment, Reader};
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
    /// A bucket of any service that speaks S3's protocol.
    S3,
}

super::text_enum!(AvatarStore { File => "file", S3 => "s3" });

#[derive(Clone, Debug)]
pub struct S3 {
    /// Not set: Amazon's own, by region.
    pub endpoint: Option<Url>,
    pub region: String,
    pub bucket: Option<String>,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<Secret<String>>,
}

impl Avatars {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        let avatars = Self {
            store: reader.value("avatars.store", AvatarStore::File),
            max_bytes: reader.value("avatars.max_bytes", 2 << 20),
            max_side: reader.value("avatars.max_side", 4_096),
            s3: S3 {
                endpoint: reader.optional("avatars.s3_endpoint"),
                region: reader.value("avatars.s3_region", "us-east-1".to_owned()),
                bucket: reader.optional("avatars.s3_bucket"),
                access_key_id: reader.optional("avatars.s3_access_key_id"),
                secret_access_key: reader.secret::<String>("avatars.s3_secret_access_key").map(Secret::new),
            },
        };
        avatars.check(reader, profile);
        avatars
    }

    fn check(&self, reader: &mut Reader, profile: Environment) {
        let bytes = 1_024..=64 << 20;
        reader.check(
            "avatars.max_bytes",
            bytes.contains(&self.max_bytes),
            "must be between 1024 and 67108864",
        );
        reader.check(
            "avatars.max_side",
            (16..=16_384).contains(&self.max_side),
            "must be between 16 and 16384",
        );
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
                reader.check(key, is_given, "is required to keep avatars in S3");
            }
        }
    }
}
