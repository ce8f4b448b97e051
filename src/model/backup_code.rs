//! Backup codes: look-up secrets (NIST SP 800-63B-4 §3.1.2) for users who have lost their other factors.

use super::typed_code::compact;
use crate::entropy::{Entropy, bytes};
use crate::secret::Secret;

/// The number of codes in a set.
pub const SET: usize = 10;
/// With so many codes left, the owner gets a mail.
pub const FEW: u32 = 3;

/// The base 32 of Crockford, without letters that look like another one or like a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 50 bits.
const LEN: usize = 10;

/// A code in the form that is shown: `7k3mq-x9t2p`.
pub fn generate(entropy: &dyn Entropy) -> Secret<String> {
    let random: [u8; LEN] = bytes(entropy);
    let signs = random.map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    let (head, tail): (String, String) =
        (signs[..LEN / 2].iter().collect(), signs[LEN / 2..].iter().collect());
    Secret::new(format!("{head}-{tail}"))
}

/// The canonical form, which is hashed: without separators, and with confusable letters replaced. `None` if the text
/// cannot be a code.
pub fn canonical(typed: &str) -> Option<Secret<String>> {
    let mut code = String::with_capacity(LEN);
    for sign in compact(typed).chars() {
        let sign = match sign.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            sign => sign,
        };
        if code.len() == LEN || !sign.is_ascii() || !ALPHABET.contains(&(sign as u8)) {
            return None;
        }
        code.push(sign);
    }
    (code.len() == LEN).then(|| Secret::new(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn codes_are_read_as_they_are_written_down() {
        let code = generate(&OsEntropy);
        assert_eq!((code.expose().len(), code.expose().find('-')), (LEN + 1, Some(LEN / 2)));
        let plain = canonical(code.expose()).unwrap();
        assert_eq!(canonical(&code.expose().to_uppercase()).unwrap().expose(), plain.expose());
        assert_eq!(canonical("OIL00\u{a0}–１1１11\r\n").unwrap().expose(), "0110011111");
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for typed in ["", "12345", "7k3mq-x9t2", "7k3mq-x9t2pp", "7k3mq-x9t2u", "7k3mq-x9t2é", "7k3mq_x9t2p"]
        {
            assert!(canonical(typed).is_none(), "{typed}");
        }
        // The last byte of this letter's number is that of the digit 1, and it takes the place of two bytes.
        assert!(canonical("7k3mq-x9t\u{131}").is_none());
    }

    #[test]
    fn codes_use_the_whole_alphabet_evenly() {
        let mut counts = [0_u32; 32];
        for _ in 0..2_000 {
            for sign in canonical(generate(&OsEntropy).expose()).unwrap().expose().bytes() {
                counts[ALPHABET.iter().position(|letter| *letter == sign).unwrap()] += 1;
            }
        }
        // 20 000 draws, 625 expected of each: ten standard deviations are 246.
        assert!(counts.iter().all(|count| (379..=871).contains(count)), "{counts:?}");
    }
}
