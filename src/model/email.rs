//! E-mail addresses: one canonical spelling per account.

use std::fmt;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup, Script};
use unicode_normalization::UnicodeNormalization;

/// A canonical address: compatibility-normalised (NFKC), lower case, the domain in IDNA's ASCII form.
/// `John@EXAMPLE.com`, ` john@example.com` and `ｊohn@example.com` are one account.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an e-mail address")]
pub struct InvalidEmail;

impl Email {
    /// # Errors
    /// [`InvalidEmail`] unless the text is `local@domain` with a dot-atom as local part (RFC 5321 §4.1.2), at most 64
    /// octets of it, a domain with at least two labels that IDNA accepts, and at most 254 octets in all. The local
    /// part may have letters of other scripts (RFC 6531 §3.3), but of one script: a mixture would allow look-alike
    /// twins (UTS #39 §5.1).
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        if text.len() > 1024 {
            return Err(InvalidEmail);
        }
        let normalised: String = text.trim().nfkc().collect::<String>().to_lowercase().nfkc().collect();
        let (local, domain) = normalised.rsplit_once('@').ok_or(InvalidEmail)?;
        if !is_dot_atom(local) || !is_of_one_script(local) || local.len() > 64 {
            return Err(InvalidEmail);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| InvalidEmail)?;
        let address = format!("{local}@{domain}");
        if !domain.contains('.') || domain.starts_with('.') || domain.ends_with('.') || address.len() > 254 {
            return Err(InvalidEmail);
        }
        Ok(Self(address))
    }

    /// An address from the database, which was parsed before it was stored.
    pub fn from_stored(address: String) -> Self {
        Self(address)
    }

    /// The whole address, at most 254 bytes of which the domain is ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`, at most 64 bytes.
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

fn is_dot_atom(local: &str) -> bool {
    let atom = |atom: &str| !atom.is_empty() && atom.chars().all(is_atext);
    local.split('.').all(atom)
}

/// RFC 6531 §3.3 allows every character beyond ASCII; here they are letters, marks and digits.
fn is_atext(sign: char) -> bool {
    if sign.is_ascii() {
        return sign.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(sign);
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(sign);
    let is_digit = category == GeneralCategory::DecimalNumber;
    is_digit
        || GeneralCategoryGroup::Letter.contains(category)
        || GeneralCategoryGroup::Mark.contains(category)
}

fn is_of_one_script(local: &str) -> bool {
    let scripts = CodePointMapData::<Script>::new();
    let mut letters = local
        .chars()
        .map(|sign| scripts.get(sign))
        .filter(|script| !matches!(*script, Script::Common | Script::Inherited))
        .map(|script| if is_written_with_han(script) { Script::Han } else { script });
    let Some(first) = letters.next() else { return true };
    letters.all(|script| script == first)
}

/// Japanese and Korean are written in several scripts at once.
fn is_written_with_han(script: Script) -> bool {
    matches!(script, Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo)
}

impl fmt::Debug for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&super::mask::email(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_has_one_spelling() {
        let canonical = Email::parse("john@example.com").unwrap();
        for spelling in
            ["John@EXAMPLE.com", "  john@example.com ", "ｊｏｈｎ@example.com", "john@ｅxample.com"]
        {
            assert_eq!(Email::parse(spelling), Ok(canonical.clone()), "{spelling}");
        }
        assert_eq!(Email::parse("a@bücher.example").unwrap().as_str(), "a@xn--bcher-kva.example");
        let composed = Email::parse("J\u{f6}rg@example.com").unwrap();
        assert_eq!(Email::parse("jo\u{308}rg@example.com"), Ok(composed));
    }

    #[test]
    fn the_local_part_may_be_of_another_script() {
        for address in [
            "用户@example.com",
            "андрей.1@example.com",
            "संपर्क@example.com",
            "संपर्क१@example.com",
            "δοκιμή@example.com",
            "やま田@example.com",
        ] {
            assert_eq!(Email::parse(address).unwrap().as_str(), address);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for wrong in [
            "",
            "@",
            "john",
            "john@",
            "@example.com",
            "john@example",
            "john@.com",
            "john@example.",
            "jo hn@a.com",
            "john@a..com",
            ".john@a.com",
            "jo..hn@a.com",
            "\"john\"@a.com",
            "john@a.com\r\nBcc: x@a.com",
            "аdmin@a.com",
            "john@a_b.com",
            "john@[127.0.0.1]",
            "a@b@",
            "jo\u{200b}hn@a.com",
            "jo\u{200d}hn@a.com",
            "用户\u{2028}@a.com",
            "\u{1f600}@a.com",
            "ωmega@a.com",
            "\u{202e}john@a.com",
            &long,
        ] {
            assert_eq!(Email::parse(wrong), Err(InvalidEmail), "{wrong:?}");
        }
    }

    #[test]
    fn the_limits_of_length_are_exact() {
        let domain = |last: usize| format!("{0}.{0}.{1}", "d".repeat(63), "e".repeat(last));
        let local = "a".repeat(64);
        let longest = format!("{local}@{}", domain(61));
        assert_eq!(longest.len(), 254);
        for (text, parsed) in [
            (format!("{local}@example.com"), Ok(format!("{local}@example.com"))),
            (longest.clone(), Ok(longest.clone())),
            (format!("{local}@{}", domain(62)), Err(InvalidEmail)),
            (format!("{local}@{}", domain(63)), Err(InvalidEmail)),
            (format!("{:1024}", "john@example.com"), Ok("john@example.com".to_owned())),
            (format!("{:1025}", "john@example.com"), Err(InvalidEmail)),
            (format!("{:1026}", "john@example.com"), Err(InvalidEmail)),
        ] {
            assert_eq!(Email::parse(&text).map(|email| email.as_str().to_owned()), parsed, "{text:?}");
        }
    }

    #[test]
    fn the_local_part_ends_before_the_at_sign() {
        assert_eq!(Email::parse("John.Doe@example.com").unwrap().local_part(), "john.doe");
        assert_eq!(Email::from_stored("用户@example.com".to_owned()).local_part(), "用户");
    }

    #[test]
    fn debug_masks() {
        assert_eq!(format!("{:?}", Email::parse("john@example.com").unwrap()), "j•••@e•••.com");
    }
}
