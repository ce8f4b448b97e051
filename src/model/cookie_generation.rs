//! Generations of the server's cookies.
//!
//! A browser tells cookies apart by name, domain and path (RFC 6265bis §5.7): once one of these changes, it keeps the old
//! cookie beside the new one and sends both. The generation is a part of the name, and changes along with the others.

use std::fmt;
use std::str::FromStr;

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

/// Whose cookies of which generation a browser has, or is to get, while a change of it is rolled out: the label
/// `generation` of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cohort {
    /// The tokens are not in cookies, or there are no cookies yet.
    NoCookies,
    /// The generation of `cookie.generation`.
    Current,
    /// One of `cookie.accept_generations`.
    Previous,
}

impl Cohort {
    pub const ALL: [Self; 3] = [Self::NoCookies, Self::Current, Self::Previous];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCookies => "none",
            Self::Current => "current",
            Self::Previous => "previous",
        }
    }
}

/// How many of a hundred users get the cookies of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryShare(u8);

impl CanaryShare {
    pub const EVERYONE: Self = Self(100);

    /// `None` beyond a hundred.
    pub fn new(percent: u8) -> Option<Self> {
        (percent <= 100).then_some(Self(percent))
    }

    pub const fn percent(self) -> u8 {
        self.0
    }

    /// Whether a user with this place, from 0 to 99, is one of them. A larger share includes those of a smaller one.
    pub const fn includes(self, place: u8) -> bool {
        place < self.0
    }
}

impl FromStr for CanaryShare {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().ok().and_then(Self::new).ok_or("must be a whole number from 0 to 100")
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
    }

    #[test]
    fn a_scope_is_told_in_words() {
        let told = |secure, domain: Option<&str>| {
            CookieScope { secure, domain: domain.map(str::to_owned) }.to_string()
        };
        assert_eq!(told(true, None), "https, no domain");
        assert_eq!(told(false, Some("example.com")), "http, domain example.com");
    }

    #[test]
    fn cohorts_have_names() {
        assert_eq!(Cohort::ALL.map(Cohort::as_str), ["none", "current", "previous"]);
    }

    #[test]
    fn a_larger_share_includes_a_smaller_one() {
        let share = |text: &str| text.parse::<CanaryShare>();
        for (text, included) in [("0", 0), ("5", 5), ("100", 100)] {
            let share = share(text).unwrap();
            assert_eq!(share.percent().to_string(), text);
            assert_eq!((0..100).filter(|place| share.includes(*place)).count(), included);
        }
        for wrong in ["", "-1", "101", "256", "5%", "0.5"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
        assert!(CanaryShare::EVERYONE.includes(99));
    }

    #[test]
    fn the_next_name_is_a_new_one() {
        assert_eq!(generation("v1", None).next_name(&[generation("v2", None)]), "v3");
        let used = [generation("v1", None), generation("v2", None)];
        assert_eq!(used[0].next_name(&used), "v3");
        assert_eq!(generation("blue", None).next_name(&used), "blue2");
        assert_eq!(generation("v09", None).next_name(&[]), "v10");
    }
}
