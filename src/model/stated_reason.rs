//! The reason that an administrator states for an action.

use super::visible_text::visible;

/// One line of visible text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedReason(String);

/// The text is too long for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have at most 300 characters")]
pub struct ReasonTooLong;

/// The longest reason, in characters.
const MAX: usize = 300;

impl StatedReason {
    /// The reason that a text states, without line breaks and invisible characters. `None` if nothing is left.
    ///
    /// # Errors
    /// [`ReasonTooLong`] for a text of more than 300 characters.
    pub fn find(text: &str) -> Result<Option<Self>, ReasonTooLong> {
        if text.chars().count() > MAX {
            return Err(ReasonTooLong);
        }
        let line = visible(text, Some(' ')).split_whitespace().collect::<Vec<_>>().join(" ");
        Ok((!line.is_empty()).then_some(Self(line)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_visible_line() {
        for (text, line) in [
            ("stolen laptop", "stolen laptop"),
            ("  Ticket 4711:\n„gestohlen“ ", "Ticket 4711: „gestohlen“"),
            ("turned\u{202e}round\0", "turned round"),
        ] {
            assert_eq!(StatedReason::find(text).unwrap().unwrap().as_str(), line);
        }
        for nothing in ["", "   ", "\u{200b}\n"] {
            assert_eq!(StatedReason::find(nothing), Ok(None), "{nothing:?}");
        }
        let longest = "ß".repeat(MAX);
        assert_eq!(StatedReason::find(&longest).unwrap().unwrap().as_str(), longest);
        assert_eq!(StatedReason::find(&format!("{longest}ß")), Err(ReasonTooLong));
    }
}
