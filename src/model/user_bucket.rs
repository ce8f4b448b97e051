//! The user's bucket: twelve bits that follow from a user's id, and that the ids of the user's sessions carry.
//!
//! Nothing reads them yet. They are there so that tokens can one day route themselves to the part of a larger system that
//! holds their user. Ids of before stay valid: they carry random bits in that place.

use aws_lc_rs::digest;
use uuid::Uuid;

/// The id with the user's bucket as its `rand_a` (RFC 9562 §5.7), the twelve bits behind the version.
pub fn in_bucket_of(user: Uuid, id: Uuid) -> Uuid {
    let bucket = bucket(user);
    let mut bytes = id.into_bytes();
    bytes[6] = (bytes[6] & 0xf0) | (bucket[0] >> 4);
    bytes[7] = (bucket[0] << 4) | (bucket[1] >> 4);
    Uuid::from_bytes(bytes)
}

/// The first bytes of the SHA-256 of the user's id, of which twelve bits count.
fn bucket(user: Uuid) -> [u8; 2] {
    let digest = digest::digest(&digest::SHA256, user.as_bytes());
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::entropy::{OsEntropy, uuid_v7};

    #[test]
    fn an_id_keeps_its_time_its_version_and_its_random_half() {
        let id = uuid_v7(&OsEntropy, Timestamp::from_unix_seconds(1_700_000_000));
        let placed = in_bucket_of(Uuid::from_u128(7), id);
        assert_eq!(placed.get_version_num(), 7);
        assert_eq!(placed.as_bytes()[..6], id.as_bytes()[..6]);
        assert_eq!(placed.as_bytes()[8..], id.as_bytes()[8..]);
    }

    #[test]
    fn the_bucket_is_the_beginning_of_the_hash() {
        // The SHA-256 of sixteen zeros begins with 3747.
        let placed = in_bucket_of(Uuid::nil(), Uuid::nil());
        assert_eq!(placed.as_bytes()[6..8], [0x03, 0x74]);
        let other = in_bucket_of(Uuid::from_u128(1), Uuid::nil());
        assert_ne!(placed, other);
        assert_eq!(in_bucket_of(Uuid::nil(), other), placed, "nothing else counts");
    }
}
