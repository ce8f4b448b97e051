//! The guessability of a password by zxcvbn, at a bounded cost.
//!
//! zxcvbn examines every part of a text, once for each way in which its symbols can be read as letters. Both
//! multiply: 100 characters with all of those symbols cost 500 ms, twenty-five times an Argon2id hash. It therefore
//! gets only the first [`CHARACTERS`], and a text whose symbols can be read in at most [`READINGS`] ways, which costs
//! 10 ms at most, half a hash. The rest of a long password can only make it harder to guess, and an omitted symbol
//! only hides one of many ways to read it. Length, blocklists and the data of the owner are compared with the whole
//! password before.

use zxcvbn::{Score, zxcvbn};

/// The length that every verifier must accept (NIST SP 800-63B-4 §3.1.1.2).
const CHARACTERS: usize = 64;
const READINGS: usize = 16;
/// Replaces an omitted symbol; zxcvbn gives it no meaning.
const BLANK: char = '¤';

/// The symbols that zxcvbn reads as letters, for each letter.
const SYMBOLS: [&str; 12] = ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];

/// Whether a password is too easy to guess for one that is verified online. Costs milliseconds of a core.
pub fn is_guessable(password: &str, own_words: &[&str]) -> bool {
    zxcvbn(&bounded(password), own_words).score() < Score::Three
}

/// The part of a password that zxcvbn can examine at a bounded cost. All digits are kept, because dates and sequences
/// consist of them, and all ten can be read in four ways only.
fn bounded(password: &str) -> String {
    let text: Vec<char> = password.chars().take(CHARACTERS).collect();
    let mut kept: Vec<char> = text.iter().copied().filter(char::is_ascii_digit).collect();
    let keep = |character: char| {
        if kept.contains(&character) || !SYMBOLS.iter().any(|symbols| symbols.contains(character)) {
            return character;
        }
        kept.push(character);
        if readings(&kept) <= READINGS {
            return character;
        }
        kept.pop();
        BLANK
    };
    text.into_iter().map(keep).collect()
}

/// The number of ways to read the symbols: the product of the numbers for each letter.
fn readings(symbols: &[char]) -> usize {
    let of_letter = |letter: &&str| letter.chars().filter(|symbol| symbols.contains(symbol)).count().max(1);
    SYMBOLS.iter().map(of_letter).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_zxcvbn_gets_is_bounded() {
        let worst = "4a@a8b(c{c[c<c3e6g9g1i!i|i7l0o$s5s+t7t%x2z".repeat(6);
        let part = bounded(&worst);
        assert_eq!(part.chars().count(), CHARACTERS);
        assert!(readings(&part.chars().collect::<Vec<_>>()) <= READINGS);
        assert!(readings(&worst.chars().collect::<Vec<_>>()) > 500, "it would have been many more");
    }

    #[test]
    fn what_people_choose_is_judged_as_it_is() {
        for usual in
            ["correct horse battery staple", "P@ssw0rd!", "19780324", "83019274650918273", "тихая река"]
        {
            assert_eq!(bounded(usual), usual);
        }
    }

    #[test]
    fn a_long_password_is_as_good_as_its_beginning() {
        assert!(is_guessable(&"a".repeat(200), &[]));
        assert!(!is_guessable(&"velvet orbit lantern drizzle ".repeat(8), &[]));
        assert!(is_guessable("P@ssw0rd!", &[]));
    }

    #[test]
    fn nine_characters_by_chance_are_enough_and_eight_are_not() {
        assert!(is_guessable("w7$Kq2!z", &[]));
        assert!(!is_guessable("w7$Kq2!zV", &[]));
    }
}
