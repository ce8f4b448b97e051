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
        for wrong in [
            "",
            "d",
            "d1",
            "abcd",
            "german",
            "de_DE",
            "de-",
            "de--DE",
            "de-\u{202e}x",
            "x-a",
            "de-a",
            "de-abcdefghi",
        ] {
            assert_eq!(wrong.parse::<Locale>(), Err(InvalidLocale), "{wrong}");
        }
    }

    #[test]
    fn the_language_is_lowered_and_the_rest_is_kept() {
        let locale: Locale = "PT-BR".parse().unwrap();
        assert_eq!(locale.as_str(), "pt-BR");
        assert_eq!(locale.to_string(), "pt-BR");
    }

    #[test]
    fn a_tag_has_35_characters_at_most() {
        let longest = "de-abcdefgh-abcdefgh-abcdefgh-abcde";
        assert_eq!(longest.len(), 35);
        assert_eq!(longest.parse::<Locale>().unwrap().as_str(), longest);
        for too_long in [format!("{longest}f"), format!("{longest}fg")] {
            assert_eq!(too_long.parse::<Locale>(), Err(InvalidLocale), "{too_long}");
        }
    }
}
