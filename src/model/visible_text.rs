//! Which invisible characters belong to a text.
//!
//! Joiners change the meaning of words in some scripts, and compose emoji. Elsewhere they make two texts look alike that
//! are not, as do characters that change the direction of writing: those go.

use icu_properties::props::{EmojiModifier, ExtendedPictographic, JoiningType};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::char::canonical_combining_class;

/// The longest name of a stranger that is shown, in characters.
const MAX_NAME: usize = 40;
const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
/// The combining class of the signs that take a vowel away (Unicode 16.0, table 4-3).
const VIRAMA: u8 = 9;

/// The text without control characters, line separators, controls of the direction of writing, and invisible
/// characters outside their contexts; each becomes what `replaced` makes of it.
pub fn visible(text: &str, replaced: Option<char>) -> String {
    let signs: Vec<char> = text.chars().collect();
    let keep = |(at, sign): (usize, &char)| match *sign {
        NON_JOINER if may_not_join(&signs[..at], &signs[at + 1..]) => Some(NON_JOINER),
        JOINER if may_join(&signs[..at], &signs[at + 1..]) => Some(JOINER),
        sign if is_hidden(sign) => replaced,
        sign => Some(sign),
    };
    signs.iter().enumerate().filter_map(keep).collect()
}

/// A name that a stranger may have typed, for a page or a mail in which it must not look like a message of ours: one short
/// line of visible text. `None` if it is empty, or could be taken for an address.
pub fn plain_name_of_stranger(name: &str) -> Option<String> {
    let line = visible(name, Some(' '));
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_address = line.contains(['/', '@', ':']) || line.to_lowercase().contains("www.");
    let has_domain = line.split(' ').any(|word| word.trim_end_matches('.').contains('.'));
    (!line.is_empty() && line.chars().count() <= MAX_NAME && !is_address && !has_domain).then_some(line)
}

fn is_hidden(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(sign, '\u{2060}' | '\u{2066}'..='\u{206f}' | '\u{feff}')
}

/// RFC 5892 §A.1: after a virama, or between letters that would join.
fn may_not_join(before: &[char], after: &[char]) -> bool {
    let left = before.iter().rev().map(|sign| joining(*sign)).find(|kind| *kind != JoiningType::Transparent);
    let right = after.iter().map(|sign| joining(*sign)).find(|kind| *kind != JoiningType::Transparent);
    let joins_left = matches!(left, Some(JoiningType::LeftJoining | JoiningType::DualJoining));
    let joins_right = matches!(right, Some(JoiningType::RightJoining | JoiningType::DualJoining));
    follows_virama(before) || (joins_left && joins_right)
}

/// RFC 5892 §A.2: after a virama. And in a sequence of emoji (UTS #51, ED-16), where a variation selector or the color
/// of the skin may follow the first one.
fn may_join(before: &[char], after: &[char]) -> bool {
    let is_emoji = |sign: &char| CodePointSetData::new::<ExtendedPictographic>().contains(*sign);
    let belongs =
        |sign: &char| *sign == '\u{fe0f}' || CodePointSetData::new::<EmojiModifier>().contains(*sign);
    let base = before.iter().rev().find(|sign| !belongs(sign));
    follows_virama(before) || (base.is_some_and(is_emoji) && after.first().is_some_and(is_emoji))
}

fn follows_virama(before: &[char]) -> bool {
    before.last().is_some_and(|sign| canonical_combining_class(*sign) == VIRAMA)
}

fn joining(sign: char) -> JoiningType {
    CodePointMapData::<JoiningType>::new().get(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joiners_stay_where_a_script_needs_them() {
        for name in [
            "علی\u{200c}رضا",
            "می\u{200c}رزایی",
            "بِ\u{200c}بَ",
            "അനിവര\u{d4d}\u{200d}",
            "ශ\u{dca}\u{200d}රී",
            "क\u{94d}\u{200c}ष",
        ] {
            assert_eq!(visible(name, None), name);
        }
    }

    #[test]
    fn emoji_stay_in_one_piece() {
        for name in [
            "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308} Max",
            "\u{1f469}\u{1f3fd}\u{200d}\u{1f4bb}",
            "\u{1f9d1}\u{200d}\u{2695}\u{fe0f}",
        ] {
            assert_eq!(visible(name, None), name);
        }
    }

    #[test]
    fn what_only_hides_goes() {
        for (text, left) in [
            ("ad\u{200d}min", "admin"),
            ("ad\u{200c}min", "admin"),
            ("\u{200d}\u{1f308}", "\u{1f308}"),
            ("\u{1f308}\u{200d}", "\u{1f308}"),
            ("ا\u{200c}ب", "اب"),
            ("ب\u{200c}x", "بx"),
            ("\u{200c}ب", "ب"),
            ("a\u{202e}b\u{200b}c\u{2067}d\u{61c}\u{200f}", "abcd"),
            ("a\u{2028}b\u{feff}\u{2060}\r\n", "ab"),
        ] {
            assert_eq!(visible(text, None), left, "{text:?}");
        }
        assert_eq!(visible("a\r\nb", Some(' ')), "a  b");
    }

    #[test]
    fn the_name_of_a_stranger_is_one_short_line_without_an_address() {
        let longest = "ß".repeat(40);
        for (name, shown) in [
            ("Ada", "Ada"),
            ("  Ada\r\nLovelace\u{202e} ", "Ada Lovelace"),
            ("Max M. J.", "Max M. J."),
            (longest.as_str(), longest.as_str()),
        ] {
            assert_eq!(plain_name_of_stranger(name).as_deref(), Some(shown));
        }
        let long = format!("{longest}ß");
        for name in
            ["", " \u{200b}\n", &long, "a/b", "a@b", "a:b", "WWW. example", "example.com", "see example.com."]
        {
            assert_eq!(plain_name_of_stranger(name), None, "{name:?}");
        }
    }
}
