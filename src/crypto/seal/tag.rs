//! Tags, for values that everyone with access to the database may read and none of them may change.
//!
//! Format: version (1) | id of the master key (4) | HMAC-SHA256 (32, RFC 2104) under a key derived from it. Each field
//! is preceded by its length, so that nothing moves from one into the next.

use aws_lc_rs::hmac;

use super::{HEADER_LEN, Header, KEY_ID_LEN, MasterKey, MasterKeyId, MasterKeys, SealError};

const VERSION: u8 = 1;
/// Stands in the place of the length of a field that is absent.
const ABSENT: u64 = u64::MAX;

impl MasterKeys {
    /// The tag of these fields under the active key. `label` says what they are the fields of.
    pub fn tag(&self, label: &str, fields: &[Option<&[u8]>]) -> Vec<u8> {
        let tag = self.ring.read().active.authentication(label, fields).sign();
        [&self.active_tag_header()[..], tag.as_ref()].concat()
    }

    /// The beginning of every tag under the active key.
    pub fn active_tag_header(&self) -> Header {
        let [a, b, c, d] = self.active_id().0;
        [VERSION, a, b, c, d]
    }

    /// Verifies a tag that was made under any key of the ring, in constant time.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`], and [`SealError::Damaged`] if the fields are not those that were tagged.
    pub fn check_tag(&self, label: &str, fields: &[Option<&[u8]>], tag: &[u8]) -> Result<(), SealError> {
        let (header, tag) = tag.split_first_chunk::<HEADER_LEN>().ok_or(SealError::Damaged)?;
        let [VERSION, id @ ..] = *header else { return Err(SealError::Damaged) };
        let id: [u8; KEY_ID_LEN] = id;
        let ring = self.ring.read();
        let key = ring.find(MasterKeyId(id)).ok_or(SealError::UnknownKey(MasterKeyId(id)))?;
        let expected = key.authentication(label, fields).sign();
        let compared = aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_ref(), tag);
        compared.map_err(|_| SealError::Damaged)
    }
}

impl MasterKey {
    fn authentication(&self, label: &str, fields: &[Option<&[u8]>]) -> hmac::Context {
        let mut context = hmac::Context::with_key(&self.tags);
        for field in std::iter::once(&Some(label.as_bytes())).chain(fields) {
            let length = field.map_or(ABSENT, |field| field.len() as u64);
            context.update(&length.to_be_bytes());
            context.update(field.unwrap_or_default());
        }
        context
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn ring(first: u8) -> MasterKeys {
        MasterKeys::new(&Secret::new([first; 32]))
    }

    #[test]
    fn a_tag_is_of_its_fields_and_label_only() {
        let ring = ring(1);
        let tag = ring.tag("key", &[Some(b"ab"), None, Some(b"c")]);
        assert_eq!(ring.check_tag("key", &[Some(b"ab"), None, Some(b"c")], &tag), Ok(()));
        let others: [(&str, &[Option<&[u8]>]); 5] = [
            ("other", &[Some(b"ab"), None, Some(b"c")]),
            ("key", &[Some(b"a"), None, Some(b"bc")]),
            ("key", &[Some(b"ab"), Some(b""), Some(b"c")]),
            ("key", &[Some(b"ab"), None]),
            ("key", &[Some(b"ab"), None, Some(b"c"), Some(b"")]),
        ];
        for (label, fields) in others {
            assert_eq!(ring.check_tag(label, fields, &tag), Err(SealError::Damaged), "{label} {fields:?}");
        }
        for length in 0..tag.len() {
            assert!(ring.check_tag("key", &[Some(b"ab"), None, Some(b"c")], &tag[..length]).is_err());
        }
    }

    #[test]
    fn a_previous_key_still_counts_and_an_unknown_one_is_named() {
        let old = ring(1);
        let tag = old.tag("key", &[Some(b"x")]);
        let new = ring(2).with_previous(&[Secret::new([1; 32])]).unwrap();
        assert_eq!(new.check_tag("key", &[Some(b"x")], &tag), Ok(()));
        assert!(!tag.starts_with(&new.active_tag_header()));
        assert_eq!(
            ring(3).check_tag("key", &[Some(b"x")], &tag),
            Err(SealError::UnknownKey(old.active_id()))
        );
    }
}
