//! Avatars: the formats, and the data about a stored one.

use uuid::Uuid;

/// A format of uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvatarFormat {
    /// Stored as PNG.
    Png,
    /// Stored as JPEG.
    Jpeg,
    /// Accepted, and stored as PNG.
    Webp,
    /// Accepted, of which the first frame is stored as PNG.
    Gif,
}

impl AvatarFormat {
    /// What may be uploaded.
    pub const ALL: [Self; 4] = [Self::Png, Self::Jpeg, Self::Webp, Self::Gif];

    /// The media type of uploads and of answers.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// The file name extension of this format.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }

    /// Media types are compared without regard to case (RFC 9110 §8.3.1).
    pub fn from_media_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.media_type().eq_ignore_ascii_case(text))
    }
}

/// A stored avatar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Avatar {
    /// The name of the object in the store. Every upload has its own, so that removing an old object never removes the
    /// same picture that was uploaded again.
    pub object_key: String,
    /// PNG or JPEG.
    pub format: AvatarFormat,
    /// The size of the stored object.
    pub bytes: u64,
    /// In pixels.
    pub width: u32,
    pub height: u32,
    /// SHA-256 of the object.
    pub digest: Digest,
}

/// The SHA-256 of a picture as it is served, which is its public name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Reads the lower-case hex form only.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        let digest = Self(bytes);
        (digest.to_string() == text).then_some(digest)
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

/// The path where an avatar is served. Another picture has another path, so that it can be cached.
pub fn path(user_id: Uuid, digest: Digest) -> String {
    format!("/api/v1/avatars/{user_id}/{digest}")
}

/// The name of an object, with the user as a prefix so that all objects of a user can be found and deleted.
pub fn object_key(user_id: Uuid, digest: Digest, upload: Uuid, format: AvatarFormat) -> String {
    format!("{user_id}/{digest}-{upload}.{}", format.extension())
}

/// The user whose object this is; `None` for a file that is not an avatar.
pub fn owner(object_key: &str) -> Option<Uuid> {
    let (folder, _) = object_key.split_once('/')?;
    Uuid::try_parse(folder).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_media_types_and_extensions() {
        for (format, media_type, extension) in [
            (AvatarFormat::Png, "image/png", "png"),
            (AvatarFormat::Jpeg, "image/jpeg", "jpg"),
            (AvatarFormat::Webp, "image/webp", "webp"),
            (AvatarFormat::Gif, "image/gif", "gif"),
        ] {
            assert_eq!((format.media_type(), format.extension()), (media_type, extension));
        }
    }

    #[test]
    fn media_types_are_recognised() {
        for format in AvatarFormat::ALL {
            assert_eq!(AvatarFormat::from_media_type(format.media_type()), Some(format));
        }
        assert_eq!(AvatarFormat::from_media_type("Image/PNG"), Some(AvatarFormat::Png));
        for other in ["image/svg+xml", "image/jpg", "text/html", "", "image/png; a=b"] {
            assert_eq!(AvatarFormat::from_media_type(other), None, "{other}");
        }
    }

    #[test]
    fn a_digest_has_one_form() {
        let text = "0123456789abcdef".repeat(4);
        assert_eq!(Digest::parse(&text).unwrap().to_string(), text);
        for wrong in [text.to_uppercase(), text[1..].to_owned(), format!("{text}0"), "../".repeat(21)] {
            assert_eq!(Digest::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_path_has_the_user_and_the_digest() {
        let expected = format!("/api/v1/avatars/00000000-0000-0000-0000-000000000001/{}", "07".repeat(32));
        assert_eq!(path(Uuid::from_u128(1), Digest([7; 32])), expected);
    }

    #[test]
    fn the_owner_is_in_the_name() {
        let (user, upload) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let key = object_key(user, Digest([7; 32]), upload, AvatarFormat::Jpeg);
        assert_eq!(owner(&key), Some(user));
        assert!(key.ends_with(&format!("0707-{upload}.jpg")), "{key}");
        for other in ["incoming/x", "x", ""] {
            assert_eq!(owner(other), None, "{other}");
        }
    }
}
