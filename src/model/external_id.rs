//! The id of a user in another system: where they were imported from, or an application's own.

use std::str::FromStr;

/// Characters of the longest id.
pub const MAX_LENGTH: usize = 255;

/// An id of another system. At most one account has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExternalId(String);

/// The text is not an external id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {MAX_LENGTH} characters, no blank at either end and no control character")]
pub struct InvalidExternalId;

impl ExternalId {
    /// The id as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// [`Self::as_str`], owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for ExternalId {
    type Err = InvalidExternalId;

    fn from_str(text: &str) -> Result<Self, InvalidExternalId> {
        let is_short = (1..=MAX_LENGTH).contains(&text.chars().count());
        if is_short && text.trim() == text && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidExternalId)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_texts() {
        for right in ["4711", "auth0|5f7c8ec7", "Zoë 2", &"ü".repeat(MAX_LENGTH)] {
            let id: ExternalId = right.parse().unwrap();
            assert_eq!(id.as_str(), right);
            assert_eq!(id.into_string(), right);
        }
        for wrong in ["", " 1", "1 ", "a\nb", "\0", "\u{a0}1", &"a".repeat(MAX_LENGTH + 1)] {
            assert_eq!(wrong.parse::<ExternalId>(), Err(InvalidExternalId), "{wrong:?}");
        }
    }
}
