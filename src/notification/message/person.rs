//! Text that comes from people, as mails may contain it.

use crate::model::visible_text::visible;

/// Longest text that is taken over from people, in characters.
const MAX: usize = 120;
/// A character that mail programs do not take for a part of an address, and that readers do not see.
const GAP: char = '\u{200c}';

/// One line.
pub fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One line of [visible text](visible) that no mail program turns into a link: a gap follows each sign that addresses
/// are made of.
pub fn defused(text: &str) -> String {
    let plain: String = visible(text, Some(' ')).chars().take(MAX).collect();
    plain.split_whitespace().map(unlinked).collect::<Vec<_>>().join(" ")
}

fn unlinked(word: &str) -> String {
    if !is_like_a_link(word) {
        return word.to_owned();
    }
    let with_gap = |sign: char| [Some(sign), is_joint(sign).then_some(GAP)];
    word.chars().flat_map(with_gap).flatten().collect()
}

/// Signs between the parts of an address.
const fn is_joint(sign: char) -> bool {
    is_dot(sign) || matches!(sign, ':' | '/' | '@')
}

/// Browsers read the dots of other scripts as dots (UTS #46).
const fn is_dot(sign: char) -> bool {
    matches!(sign, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
}

/// Whether a mail program may take the word for an address. Initials (`J.R.R.`) and networks (`192.0.2.0/24`) are none.
fn is_like_a_link(word: &str) -> bool {
    let is_label = |part: &str| part.chars().take(2).filter(|sign| sign.is_alphabetic()).count() == 2;
    let is_domain = word.split(is_dot).skip(1).any(is_label);
    is_domain || word.contains('@') || word.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_on_their_line() {
        assert_eq!(defused("Ada\r\nBcc: all of you"), "Ada Bcc: all of you");
        assert_eq!(defused("a\u{202e}b\u{2029}\u{200b} c\u{0}"), "a b c");
        let names = "علی\u{200c}رضا \u{1f469}\u{200d}\u{1f467}";
        assert_eq!(defused(names), names);
        assert_eq!(defused(&"x".repeat(1000)).len(), MAX);
        assert_eq!(defused(" \n"), "");
    }

    #[test]
    fn what_looks_like_an_address_is_no_link() {
        assert_eq!(defused("see evil.example"), "see evil.\u{200c}example");
        assert_eq!(
            defused("https://evil.example/a"),
            "https:\u{200c}/\u{200c}/\u{200c}evil.\u{200c}example/\u{200c}a"
        );
        assert_eq!(defused("ada@example.com"), "ada@\u{200c}example.\u{200c}com");
        assert_eq!(defused("evil。example"), "evil。\u{200c}example");
        assert_eq!(defused("WWW.evil.example"), "WWW.\u{200c}evil.\u{200c}example");
    }

    #[test]
    fn other_names_stay_as_they_are() {
        for name in
            ["Ada Lovelace", "J.R.R. Tolkien", "192.0.2.0/24", "2001:db8:1::/48", "Firefox 140.0", "O'Neil"]
        {
            assert_eq!(defused(name), name);
        }
    }
}
