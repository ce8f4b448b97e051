//! Phone numbers in strict E.164. Only a message shows whether a number exists.

use std::fmt;
use std::str::FromStr;

use super::mask;
use super::typed_code::compact;

/// The digits of a number with its country code (ITU-T E.164 §6; nothing shorter than 8 receives SMS from abroad).
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=15;
/// The longest prefix in `mfa.sms_prefixes`.
const LONGEST_PREFIX: usize = 7;
/// Separators of phone numbers, besides those of [codes](compact).
const SEPARATORS: [char; 4] = ['(', ')', '.', '/'];

/// A number in E.164, such as `+491701234567`. It is personal data and is shown masked.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

/// The text is not a number in E.164.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a phone number in international form")]
pub struct InvalidPhone;

impl PhoneNumber {
    /// Reads a number as people write it: `+49 (170) 123-4567`. It must begin with `+`, because the meaning of `0170…`
    /// and `0049…` depends on the country.
    ///
    /// # Errors
    /// [`InvalidPhone`].
    pub fn parse(text: &str) -> Result<Self, InvalidPhone> {
        let number = compact(text).replace(SEPARATORS, "");
        let digits = number.strip_prefix('+').ok_or(InvalidPhone)?;
        if !LENGTHS.contains(&digits.len()) || !is_international(digits) {
            return Err(InvalidPhone);
        }
        Ok(Self(number))
    }

    /// The number itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `•••• 42`: enough for the owner to recognize the number.
    pub fn masked(&self) -> String {
        format!("•••• {}", &self.0[self.0.len() - 2..])
    }

    /// Whether messages may be sent to the number. Without prefixes, all numbers are allowed.
    pub fn is_among(&self, prefixes: &[CallingPrefix]) -> bool {
        prefixes.is_empty() || prefixes.iter().any(|prefix| self.0.starts_with(&prefix.0))
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PhoneNumber({})", mask::phone(&self.0))
    }
}

/// The prefix of the numbers of a country, or of a network in it: `+49`, `+4917`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallingPrefix(String);

impl FromStr for CallingPrefix {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        if !(1..=LONGEST_PREFIX).contains(&digits.len()) || !is_international(digits) {
            return Err("must be the beginning of a number in international form, such as +49");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for CallingPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// No country code begins with 0.
fn is_international(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_form() {
        for text in [
            "+491701234567",
            "+49 (170) 123-4567",
            " +49 170/123.45.67 ",
            "\u{202a}+49\u{a0}170\u{2011}1234567\u{202c}\r\n",
            "＋４９　１７０ー１２３４５６７",
            "+٤٩١٧٠١٢٣٤٥٦٧",
        ] {
            assert_eq!(PhoneNumber::parse(text).unwrap().expose(), "+491701234567");
        }
    }

    #[test]
    fn a_number_has_8_to_15_digits_and_a_prefix_1_to_7() {
        for number in ["+12345678", "+123456789012345"] {
            assert_eq!(PhoneNumber::parse(number).unwrap().expose(), number);
        }
        for prefix in ["+1", "+1234567"] {
            assert_eq!(prefix.parse::<CallingPrefix>().unwrap().to_string(), prefix);
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "+",
            "01701234567",
            "00491701234567",
            "491701234567",
            "+0491701234567",
            "+1234567",
            "+1234567890123456",
            "+49170123456a",
            "+49+1701234567",
            "+49170123456²",
            "+491701234567;phone-context=x",
            "+491701234567\r\nx",
        ] {
            assert_eq!(PhoneNumber::parse(text), Err(InvalidPhone), "{text:?}");
        }
    }

    #[test]
    fn it_never_shows_more_than_its_ends() {
        let number = PhoneNumber::parse("+491701234542").unwrap();
        assert_eq!(
            (number.masked().as_str(), format!("{number:?}").as_str()),
            ("•••• 42", "PhoneNumber(+49•••42)")
        );
    }

    #[test]
    fn prefixes_say_where_messages_go() {
        let number = PhoneNumber::parse("+491701234542").unwrap();
        let among = |prefixes: &[&str]| {
            let prefixes: Vec<CallingPrefix> =
                prefixes.iter().map(|prefix| prefix.parse().unwrap()).collect();
            number.is_among(&prefixes)
        };
        assert!(among(&[]) && among(&["+43", "+49"]) && among(&["+4917"]));
        assert!(!among(&["+43"]) && !among(&["+4916"]));
        for text in ["", "+", "49", "+0", "+4a", "+12345678", " +49"] {
            assert!(text.parse::<CallingPrefix>().is_err(), "{text:?}");
        }
    }
}
