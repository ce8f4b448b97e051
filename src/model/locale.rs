//! The language of a user (a BCP 47 tag, RFC 5646 §2.1).

use std::fmt;
use std::str::FromStr;

/// A well-formed tag of a language, with a script, region or variants: `de`, `pt-BR`, `zh-Hant-TW`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale(String);

/// The text is not a language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a language tag such as `de` or `pt-BR`")]
pub struct InvalidLocale;

/// Longest tag that is kept, in characters.
const MAX: usize = 35;

impl Locale {
    /// The primary language, which selects the templates.
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Locale {
    type Err = InvalidLocale;

    fn from_str(text: &str) -> Result<Self, InvalidLocale> {
        let mut subtags = text.split('-');
        let language = subtags.next().unwrap_or_default();
        let is_language =
            (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic());
        let is_subtag =
            |tag: &str| (2..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
        if text.len() > MAX || !is_language || !subtags.all(is_subtag) {
            return Err(InvalidLocale);
        }
        let (language, rest) = text.split_at(language.len());
        Ok(Self(format!("{}{rest}", language.to_ascii_lowercase())))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read() {
        for (text, language) in [("de", "de"), ("PT-BR", "pt"), ("zh-Hant-TW", "zh"), ("gsw", "gsw")] {
            assert_eq!(text.parse::<Locale>().unwrap().language(), language);
        }
        for wrong in ["", "d", "german", "de_DE", "de-", "de-\u{202e}x", "x-a", &"de-abcdefgh".repeat(5)] {
            assert_eq!(wrong.parse::<Locale>(), Err(InvalidLocale), "{wrong}");
        }
    }
}
