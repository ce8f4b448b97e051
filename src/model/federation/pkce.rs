//! Proof Key for Code Exchange (RFC 7636): a code that is stolen on its way is worth nothing without the verifier.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::secret::Secret;

/// The one transformation that is used.
pub const METHOD: &str = "S256";
/// The length of a challenge: SHA-256 as base64url.
const CHALLENGE_LENGTH: usize = 43;
/// The lengths of a verifier (§4.1).
const VERIFIER_LENGTHS: std::ops::RangeInclusive<usize> = 43..=128;

/// What the provider is told of the verifier when a login begins (§4.2).
pub fn code_challenge(verifier: &Secret<String>) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.expose().as_bytes()).as_ref())
}

/// Whether the text can be a challenge of an application.
pub fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE_LENGTH && URL_SAFE_NO_PAD.decode(text).is_ok()
}

/// Whether this is the verifier of the challenge (§4.6). A verifier that is shorter than the standard asks for could be
/// guessed.
pub fn is_answered(challenge: &str, verifier: &Secret<String>) -> bool {
    let text = verifier.expose();
    let is_unreserved = |sign: u8| sign.is_ascii_alphanumeric() || b"-._~".contains(&sign);
    let is_verifier = VERIFIER_LENGTHS.contains(&text.len()) && text.bytes().all(is_unreserved);
    is_verifier && code_challenge(verifier) == challenge
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn a_challenge_is_the_hash_of_the_verifier() {
        assert_eq!(code_challenge(&Secret::new(VERIFIER.to_owned())), CHALLENGE);
    }

    #[test]
    fn a_challenge_is_answered_by_its_verifier_alone() {
        assert!(is_answered(CHALLENGE, &Secret::new(VERIFIER.to_owned())));
        for wrong in ["", "x", CHALLENGE, &VERIFIER.to_lowercase(), &format!("{VERIFIER}A")] {
            assert!(!is_answered(CHALLENGE, &Secret::new(wrong.to_owned())), "{wrong}");
        }
    }

    #[test]
    fn a_verifier_that_the_standard_does_not_allow_answers_nothing() {
        let with = |sign: &str| format!("{}{sign}", "x".repeat(50));
        for wrong in ["x".repeat(42), "x".repeat(129), with(" "), with("+"), with("/"), with("="), with("ä")]
        {
            let verifier = Secret::new(wrong);
            assert!(!is_answered(&code_challenge(&verifier), &verifier), "{}", verifier.expose());
        }
        for right in ["x".repeat(43), "~".repeat(128), "aZ09-._~".repeat(6)] {
            let verifier = Secret::new(right);
            assert!(is_answered(&code_challenge(&verifier), &verifier), "{}", verifier.expose());
        }
    }

    #[test]
    fn challenges_have_one_form() {
        assert!(is_challenge(CHALLENGE));
        for wrong in ["", "plain", &CHALLENGE[1..], &format!("{CHALLENGE}="), &CHALLENGE.replace('-', "+")] {
            assert!(!is_challenge(wrong), "{wrong}");
        }
    }
}
