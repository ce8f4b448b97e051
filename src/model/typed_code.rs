//! Codes and phone numbers as people type, dictate or paste them.
//!
//! Apps show a code in groups, keyboards have digits of their own script, and a copied code brings line ends and
//! invisible characters along. None of that is part of the code.

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory as Category;

use crate::secret::Secret;

/// Digits of a code by SMS or of an app (RFC 4226 §5.3).
const DIGITS: usize = 6;
/// How far the full-width forms of ASCII lie from ASCII (Unicode block FF00).
const FULL_WIDTH: u32 = 0xFEE0;

/// The text without blanks, line ends, dashes and invisible characters; decimal digits of all scripts and full-width
/// letters become ASCII.
pub fn compact(typed: &str) -> String {
    typed.chars().map(ascii_form).filter(|sign| !is_separator(*sign)).collect()
}

/// A code of six digits; `None` if the text cannot be one.
pub fn six_digits(typed: &str) -> Option<Secret<String>> {
    let code = compact(typed);
    let is_one = code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then(|| Secret::new(code))
}

fn ascii_form(sign: char) -> char {
    match sign {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - FULL_WIDTH).unwrap_or(sign),
        _ if sign.is_ascii() => sign,
        _ => decimal(sign).unwrap_or(sign),
    }
}

/// The digits of a script stand next to each other, from 0 to 9 (Unicode 16.0, §4.6, `Numeric_Type=Decimal`).
fn decimal(sign: char) -> Option<char> {
    if category(sign) != Category::DecimalNumber {
        return None;
    }
    let before = (1..u32::from(sign)).map_while(|back| char::from_u32(u32::from(sign) - back));
    let value = before.take_while(|other| category(*other) == Category::DecimalNumber).count() % 10;
    char::from_digit(u32::try_from(value).ok()?, 10)
}

fn is_separator(sign: char) -> bool {
    let is_dash = matches!(sign, '\u{2043}' | '\u{2212}' | '\u{30fc}' | '\u{ff70}');
    sign.is_whitespace()
        || is_dash
        || matches!(category(sign), Category::DashPunctuation | Category::Format | Category::SpaceSeparator)
}

fn category(sign: char) -> Category {
    CodePointMapData::<Category>::new().get(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_of_all_kinds_go() {
        for typed in [
            "123456",
            "123 456",
            "123\u{a0}456",
            "123\u{202f}456\r\n",
            "\u{3000}123\u{2009}456\t",
            "123-456",
            "123\u{2010}456",
            "123\u{2013}456",
            "123\u{2014}456",
            "123\u{2212}456",
            "123\u{ff0d}456",
            "123\u{30fc}456",
            "\u{feff}123\u{200b}456\u{200f}",
            "12\u{ad}34\u{2060}56\u{2028}",
            "\u{2066}123456\u{2069}",
        ] {
            assert_eq!(six_digits(typed).expect(typed).expose(), "123456", "{typed:?}");
        }
    }

    #[test]
    fn digits_of_all_scripts_are_read() {
        for typed in ["０１２９", "٠١٢٩", "۰۱۲۹", "०१२९", "০১২৯", "๐๑๒๙", "𝟎𝟏𝟐𝟗", "𝟶𝟷𝟸𝟿", "𞥐𞥑𞥒𞥙"]
        {
            assert_eq!(compact(typed), "0129", "{typed}");
        }
        assert_eq!(compact("＋４９ Ｏｋ"), "+49Ok");
    }

    #[test]
    fn what_is_no_decimal_digit_stays_what_it_is() {
        for typed in
            ["", "12345", "1234567", "12345a", "12345²", "一二三四五六", "12345①", "123.456", "12345\0"]
        {
            assert!(six_digits(typed).is_none(), "{typed:?}");
        }
    }
}
