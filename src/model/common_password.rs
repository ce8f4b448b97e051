//! The most common passwords, which attackers try first (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 §6.2.4).
//!
//! `scripts/common-passwords` compiles the list and names its sources and their licenses. The list has the first
//! bytes of the SHA-256 of each password in lower case, sorted. That is a fifth of the size of the words, needs no
//! parsing at start, and only the pages that a search touches are in memory.

use aws_lc_rs::digest;

const PREFIX: usize = 5;

static LIST: &[u8] = include_bytes!("common_passwords.bin");

/// Whether a password, in lower case, is on the list.
pub fn is_common(lower: &str) -> bool {
    let digest = digest::digest(&digest::SHA256, lower.as_bytes());
    let Some(wanted) = digest.as_ref().first_chunk::<PREFIX>() else { return false };
    LIST.as_chunks::<PREFIX>().0.binary_search(wanted).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_in_order() {
        let (entries, rest) = LIST.as_chunks::<PREFIX>();
        assert!(rest.is_empty() && entries.len() > 250_000, "{}", entries.len());
        assert!(entries.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn words_are_found_and_others_are_not() {
        for common in ["password", "iloveyou", "12345678", "кристина"] {
            assert!(is_common(common), "{common}");
        }
        for rare in ["lantern orbit velvet drizzle", "Password", "marigold-heron-7", ""] {
            assert!(!is_common(rare), "{rare}");
        }
    }
}
