//! The rules for new passwords (NIST SP 800-63B-4 §3.1.1, ASVS 5.0 §6.2).
//!
//! They check the length, a blocklist for the whole password, the data of the user, and guessability by zxcvbn. There
//! are no composition rules and no expiry.

mod guessability;

use unicode_normalization::UnicodeNormalization;

use super::common_password::is_common;
use super::email::Email;
use crate::secret::Secret;

/// Longest password, in code points.
pub const MAX_LENGTH: usize = 256;
/// The smallest minimum length that a policy may set, in code points.
pub const MIN_LENGTH: usize = 8;
/// The rest of a password without the words of the user must have this length.
const MIN_REST: usize = 8;
const PRODUCT: &str = "kindred";

/// A password after PRECIS `OpaqueString` preparation (RFC 8265 §4.2): spaces of other scripts become U+0020, then
/// NFC; case and width stay. This form is hashed and compared, alike at registration, login, change and reset. Code
/// points that were assigned after Unicode 6.3, where the tables of the RFC end, are allowed because people use
/// recent emoji.
pub struct PreparedPassword(Secret<String>);

impl PreparedPassword {
    /// # Errors
    /// [`Weakness::Forbidden`] for an empty password or one with control characters,
    /// [`Weakness::TooLong`] past 256 code points.
    pub fn prepare(password: &str) -> Result<Self, Weakness> {
        if password.chars().count() > MAX_LENGTH {
            return Err(Weakness::TooLong);
        }
        if password.is_empty() || password.chars().any(char::is_control) {
            return Err(Weakness::Forbidden);
        }
        Ok(Self(Secret::new(password.chars().map(plain_space).nfc().collect())))
    }

    /// The password in the form that is hashed.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// RFC 8265 §4.2.1, rule 2: any space separator (Unicode category Zs) is an ASCII space.
fn plain_space(character: char) -> char {
    match character {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// It has too few code points.
    TooShort {
        /// The number of code points that are required.
        min: usize,
    },
    /// More than 256 code points.
    TooLong,
    /// Empty, or with control characters.
    Forbidden,
    /// In the list of common passwords (NIST SP 800-63B-4 §3.1.1.2).
    Common,
    /// Little more than the user's address or name, or the name of the service.
    OwnData,
    /// Estimated to be found in too few attempts.
    Guessable,
    /// It became public in a breach of another service.
    Breached,
}

impl Weakness {
    /// The stable code of the field error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong => "too_long",
            Self::Forbidden => "forbidden_characters",
            Self::Common => "common_password",
            Self::OwnData => "own_data",
            Self::Guessable => "too_guessable",
            Self::Breached => "breached",
        }
    }

    /// A sentence for the user.
    pub fn detail(self) -> String {
        match self {
            Self::TooShort { min } => format!("The password must have at least {min} characters."),
            Self::TooLong => format!("The password must have at most {MAX_LENGTH} characters."),
            Self::Forbidden => "The password is empty or contains control characters.".to_owned(),
            Self::Common => "This password is among the most common ones.".to_owned(),
            Self::OwnData => "The password is made of your own data or this service's name.".to_owned(),
            Self::Guessable => {
                "This password is too easy to guess; a few unrelated words are better.".to_owned()
            }
            Self::Breached => {
                "This password became public in a breach of another service; choose one that is used nowhere else."
                    .to_owned()
            }
        }
    }
}

/// The cheap checks of a new password: its length, and whether it is common or contains the data of its owner. They
/// come before [`check_guessability`].
///
/// # Errors
/// The first [`Weakness`] found.
pub fn check_form(
    password: &PreparedPassword,
    min_length: usize,
    email: &Email,
    display_name: Option<&str>,
) -> Result<(), Weakness> {
    let text = password.expose();
    let min = min_length.max(MIN_LENGTH);
    if text.chars().count() < min {
        return Err(Weakness::TooShort { min });
    }
    let lower = text.to_lowercase();
    if is_common(&lower) {
        return Err(Weakness::Common);
    }
    let own_words = own_words(email, display_name);
    if is_own_data(&lower, &own_words) {
        return Err(Weakness::OwnData);
    }
    Ok(())
}

/// Checks that a new password is hard to guess. This takes milliseconds of a core, so it is admitted like a hash.
///
/// # Errors
/// [`Weakness::Guessable`].
pub fn check_guessability(
    password: &PreparedPassword,
    email: &Email,
    display_name: Option<&str>,
) -> Result<(), Weakness> {
    let own_words = own_words(email, display_name);
    let own_words: Vec<&str> = own_words.iter().map(String::as_str).collect();
    if guessability::is_guessable(password.expose(), &own_words) {
        return Err(Weakness::Guessable);
    }
    Ok(())
}

fn own_words(email: &Email, display_name: Option<&str>) -> Vec<String> {
    let mut words = vec![email.as_str().to_owned(), PRODUCT.to_owned()];
    let texts = [email.as_str(), display_name.unwrap_or_default()];
    for text in texts {
        let lower = text.to_lowercase();
        let parts = lower.split(|character: char| !character.is_alphanumeric());
        words.extend(parts.filter(|part| part.chars().count() >= 3).map(str::to_owned));
    }
    // Longest first, so that the whole address goes before its parts.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

fn is_own_data(lower: &str, own_words: &[String]) -> bool {
    let mut rest = lower.to_owned();
    for word in own_words {
        rest = rest.replace(word, "");
    }
    rest.len() < lower.len()
        && rest.chars().filter(|character| character.is_alphanumeric()).count() < MIN_REST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(password: &str) -> Result<(), Weakness> {
        let email = Email::parse("marigold.finch@harbour.example").unwrap();
        let (password, name) = (PreparedPassword::prepare(password)?, Some("Marigold Finch"));
        check_form(&password, 8, &email, name)?;
        check_guessability(&password, &email, name)
    }

    #[test]
    fn length_is_counted_in_code_points() {
        assert_eq!(judge("w7$Kq2!"), Err(Weakness::TooShort { min: 8 }));
        assert_eq!(judge("🦊🐻🐼🐨🐯🦁🐮"), Err(Weakness::TooShort { min: 8 }));
        assert!(judge(&"correct horse battery staple ".repeat(9)[..MAX_LENGTH]).is_ok());
        assert_eq!(judge(&"x".repeat(MAX_LENGTH + 1)), Err(Weakness::TooLong));
    }

    #[test]
    fn no_composition_rules() {
        for fine in ["lantern orbit velvet drizzle", "тихая река у старого моста", "83019274650918273"]
        {
            assert_eq!(judge(fine), Ok(()), "{fine}");
        }
    }

    #[test]
    fn common_passwords_are_refused_whatever_their_case() {
        for common in ["password1", "PassWord1", "1QAZ2wsx", "iloveyou"] {
            assert_eq!(judge(common), Err(Weakness::Common), "{common}");
        }
    }

    #[test]
    fn the_blocklist_compares_the_whole_password() {
        assert_eq!(judge("my password is a velvet heron"), Ok(()));
    }

    #[test]
    fn own_data_is_refused() {
        for own in [
            "marigold.finch@harbour.example",
            "MarigoldFinch1",
            "kindred2026",
            "Kindred2026!!",
            "harbour-finch-99",
        ] {
            assert_eq!(judge(own), Err(Weakness::OwnData), "{own}");
        }
        assert_eq!(judge("kindred spirits wander nightly"), Ok(()));
    }

    #[test]
    fn guessable_passwords_are_refused() {
        for weak in ["abcdefghij", "qwertyuiop12", "aaaaaaaaaaaa"] {
            assert!(judge(weak).is_err(), "{weak}");
        }
    }

    #[test]
    fn preparation_follows_opaque_string() {
        let prepared =
            |text: &str| PreparedPassword::prepare(text).map(|password| password.expose().to_owned());
        assert_eq!(prepared("cafe\u{301}\u{a0}x"), prepared("café x"));
        assert_ne!(prepared("ｆｕｌｌ"), prepared("full"), "width is kept");
        assert_ne!(prepared("Abc "), prepared("abc "));
        assert_ne!(prepared("abc "), prepared("abc"), "nothing is trimmed");
        assert_eq!(prepared(""), Err(Weakness::Forbidden));
        assert_eq!(prepared("a\0b"), Err(Weakness::Forbidden));
    }

    #[test]
    fn the_form_is_checked_at_its_limits() {
        let email = Email::parse("marigold.finch@harbour.example").unwrap();
        let check =
            |text: &str, min| check_form(&PreparedPassword::prepare(text).unwrap(), min, &email, None);
        assert_eq!(check("w7$Kq2!z", 8), Ok(()), "as long as it must be");
        assert_eq!(check("w7$Kq2!", 0), Err(Weakness::TooShort { min: 8 }), "no policy asks for less");
        assert_eq!(check("w7$Kq2!zV", 10), Err(Weakness::TooShort { min: 10 }));
        assert_eq!(check("kindred-qvxz7wm", 8), Err(Weakness::OwnData));
        assert_eq!(check("kindred-qvxz7wmp", 8), Ok(()), "eight letters and digits are left");
    }

    #[test]
    fn the_guessability_of_a_password_counts_where_no_list_has_it() {
        assert_eq!(judge(&"ab".repeat(20)), Err(Weakness::Guessable));
    }

    #[test]
    fn every_weakness_has_its_code_and_tells_the_user_what_is_wrong() {
        for (weakness, code, told) in [
            (Weakness::TooShort { min: 9 }, "too_short", "at least 9 characters"),
            (Weakness::TooLong, "too_long", "at most 256 characters"),
            (Weakness::Forbidden, "forbidden_characters", "control characters"),
            (Weakness::Common, "common_password", "most common"),
            (Weakness::OwnData, "own_data", "your own data"),
            (Weakness::Guessable, "too_guessable", "too easy to guess"),
            (Weakness::Breached, "breached", "breach of another service"),
        ] {
            assert_eq!(weakness.code(), code);
            assert!(weakness.detail().contains(told), "{}", weakness.detail());
        }
    }
}
