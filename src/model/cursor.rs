//! The position at which a page of a list ends: the moment and the id of its last entry.
//!
//! It is opaque to clients, but not a secret: a client that makes one up reads the same list from another position.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::clock::Timestamp;

/// The last entry of a page. The next page begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub at: Timestamp,
    pub id: Uuid,
}

/// The text was not made by a [`Cursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not the next_cursor of a page")]
pub struct InvalidCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.at.as_micros().to_be_bytes());
        bytes[8..].copy_from_slice(self.id.as_bytes());
        formatter.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let (at, id) = bytes.split_first_chunk::<8>().ok_or(InvalidCursor)?;
        let id = Uuid::from_slice(id).map_err(|_| InvalidCursor)?;
        let at = i64::from_be_bytes(*at);
        if at < 0 {
            return Err(InvalidCursor);
        }
        Ok(Self { at: Timestamp::from_micros(at), id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back() {
        let cursor = Cursor { at: Timestamp::from_micros(1_795_000_000_123_456), id: Uuid::from_u128(7) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert_eq!(cursor.to_string().len(), 32);
    }

    #[test]
    fn the_first_moment_has_a_cursor() {
        let first = Cursor { at: Timestamp::from_micros(0), id: Uuid::nil() };
        assert_eq!(first.to_string(), "A".repeat(32));
        assert_eq!("A".repeat(32).parse(), Ok(first));
    }

    #[test]
    fn what_was_made_up_is_refused() {
        let negative = URL_SAFE_NO_PAD.encode([0xff; 24]);
        let long = "A".repeat(100_000);
        for text in
            ["", "A", "nonsense", "' OR 1=1 --", "AAAA", &"A".repeat(31), &"A".repeat(36), &negative, &long]
        {
            assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor), "{text:.40}");
        }
    }
}
