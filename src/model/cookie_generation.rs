//! Generations of the server's cookies.
//!
//! A browser tells cookies apart by name, domain and path (RFC 6265bis §5.7): once one of these changes, it keeps the old
//! cookie beside the new one and sends both. The generation is a part of the name, and changes along with the others.

use std::fmt;

/// The prefix of the names and the domain of the access cookie. The path of all cookies is `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieScope {
    /// Whether the names have a prefix, which needs https (RFC 6265bis §4.1.3).
    pub secure: bool,
    /// The parent domain of the access cookie; the other cookies are of one host only.
    pub domain: Option<String>,
}

/// A generation, with the scope that it was or is used with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieGeneration {
    pub name: String,
    pub scope: CookieScope,
}

impl CookieGeneration {
    /// The scope with which browsers may have cookies of this generation, besides its own.
    pub fn conflict<'a>(&self, used: &'a [Self]) -> Option<&'a CookieScope> {
        used.iter()
            .find(|other| other.name == self.name && other.scope != self.scope)
            .map(|other| &other.scope)
    }

    /// The next name that was never used: that of this generation with a higher number.
    pub fn next_name(&self, used: &[Self]) -> String {
        let stem = self.name.trim_end_matches(|last: char| last.is_ascii_digit());
        let number: u64 = self.name[stem.len()..].parse().unwrap_or(1);
        let mut names = (number..).skip(1).map(|number| format!("{stem}{number}"));
        names.find(|name| used.iter().all(|other| other.name != *name)).unwrap_or_default()
    }
}

impl fmt::Display for CookieScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.secure { "https" } else { "http" })?;
        match &self.domain {
            Some(domain) => write!(formatter, ", domain {domain}"),
            None => formatter.write_str(", no domain"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generation(name: &str, domain: Option<&str>) -> CookieGeneration {
        let scope = CookieScope { secure: true, domain: domain.map(str::to_owned) };
        CookieGeneration { name: name.to_owned(), scope }
    }

    #[test]
    fn another_scope_under_one_name_is_a_conflict() {
        let used = [generation("v1", None), generation("v2", Some("example.com"))];
        assert_eq!(used[0].conflict(&used), None);
        assert_eq!(generation("v3", Some("example.com")).conflict(&used), None);
        assert_eq!(generation("v1", Some("example.com")).conflict(&used), Some(&used[0].scope));
        assert_eq!(used[0].scope.to_string(), "https, no domain");
    }

    #[test]
    fn the_next_name_is_a_new_one() {
        let used = [generation("v1", None), generation("v2", None)];
        assert_eq!(used[0].next_name(&used), "v3");
        assert_eq!(generation("blue", None).next_name(&used), "blue2");
        assert_eq!(generation("v09", None).next_name(&[]), "v10");
    }
}
