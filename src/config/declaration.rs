//! The declaration of a setting: its key, type, bounds and meaning, in one place.
//!
//! A section of the configuration declares each setting where it reads it. What the bounds refuse, what
//! `kindred config print` shows and what `docs/configuration.md` says follow from that one declaration.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::span::Span;

/// What stands for the name of an entry in the keys of a table's settings, as in `federation.providers.<name>.kind`.
pub(super) const ENTRY_NAME: &str = "<name>";

/// A type that settings have.
pub trait SettingValue: Sized {
    /// What the reference says about the type, such as `a number`.
    fn kind() -> String;

    /// # Errors
    /// What is wrong with the text, without repeating it: it may be a secret in the wrong place.
    fn parse(text: &str) -> Result<Self, String>;

    fn show(&self) -> String;
}

/// Implements [`SettingValue`] for types that are read and shown as text already.
macro_rules! setting_value {
    ($($name:ty: $kind:literal),+ $(,)?) => {$(
        impl $crate::config::SettingValue for $name {
            fn kind() -> String {
                $kind.to_owned()
            }

            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|error: <Self as std::str::FromStr>::Err| error.to_string())
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )+};
}
pub(super) use setting_value;

setting_value! {
    bool: "`true` or `false`",
    u16: "a number",
    u32: "a number",
    u64: "a number",
    usize: "a number",
    f64: "a number",
    String: "text",
    Url: "a URL",
    IpNet: "a network such as `10.0.0.0/8`",
    std::net::SocketAddr: "an address and a port",
}

impl SettingValue for Duration {
    fn kind() -> String {
        "a duration".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse::<Span>().map(|span| span.0).map_err(|error| error.to_string())
    }

    fn show(&self) -> String {
        Span(*self).to_string()
    }
}

impl SettingValue for PathBuf {
    fn kind() -> String {
        "a path".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

/// The key, bounds and meaning of a setting whose values are of type `T`.
#[derive(Clone, Debug)]
pub struct Declaration<T> {
    pub(super) key: &'static str,
    pub(super) meaning: &'static str,
    pub(super) note: Option<&'static str>,
    pub(super) default_note: Option<&'static str>,
    pub(super) former: Option<&'static str>,
    min: Option<T>,
    max: Option<T>,
}

/// Declares the setting with this key. The meaning is a sentence in Markdown.
pub fn setting<T>(key: &'static str, meaning: &'static str) -> Declaration<T> {
    Declaration { key, meaning, note: None, default_note: None, former: None, min: None, max: None }
}

impl<T> Declaration<T> {
    /// A condition for the reference that is checked where the setting is read: it depends on the profile or on
    /// another setting.
    pub const fn note(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }

    /// What the reference says instead of a default that depends on the machine.
    pub const fn default_note(mut self, note: &'static str) -> Self {
        self.default_note = Some(note);
        self
    }

    /// The key that the setting had before. It still works, with a warning.
    pub const fn formerly(mut self, key: &'static str) -> Self {
        self.former = Some(key);
        self
    }

    pub fn between(self, min: T, max: T) -> Self {
        self.at_least(min).at_most(max)
    }

    pub fn at_least(mut self, min: T) -> Self {
        self.min = Some(min);
        self
    }

    pub fn at_most(mut self, max: T) -> Self {
        self.max = Some(max);
        self
    }
}

impl<T: SettingValue> Declaration<T> {
    /// The bounds in words, such as `between 1 and 100`.
    fn bounds(&self) -> Option<String> {
        match (&self.min, &self.max) {
            (Some(min), Some(max)) => Some(format!("between {} and {}", min.show(), max.show())),
            (Some(min), None) => Some(format!("at least {}", min.show())),
            (None, Some(max)) => Some(format!("at most {}", max.show())),
            (None, None) => None,
        }
    }

    /// The values that are accepted, for the reference.
    pub(super) fn values(&self) -> String {
        let kind = T::kind();
        let bounds = self.bounds().map(|bounds| format!(", {bounds}")).unwrap_or_default();
        let note = self.note.map(|note| format!("; {note}")).unwrap_or_default();
        let former = self.former.map(|key| format!("; formerly `{key}`")).unwrap_or_default();
        format!("{kind}{bounds}{note}{former}")
    }

    /// The rule that the value breaks.
    pub(super) fn broken_rule(&self, value: &T) -> Option<String>
    where
        T: PartialOrd,
    {
        let is_within = self.min.as_ref().is_none_or(|min| value >= min)
            && self.max.as_ref().is_none_or(|max| value <= max);
        if is_within { None } else { self.bounds().map(|bounds| format!("must be {bounds}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_part_of_them() {
        let between = setting::<u32>("a.b", "").between(2, 5);
        assert_eq!(
            [1, 2, 5, 6].map(|value| between.broken_rule(&value).is_some()),
            [true, false, false, true]
        );
        assert_eq!(between.broken_rule(&1).as_deref(), Some("must be between 2 and 5"));
        let at_most = setting("a.b", "").at_most(Duration::from_secs(60));
        assert_eq!(at_most.broken_rule(&Duration::from_secs(61)).as_deref(), Some("must be at most 1m"));
        assert_eq!(at_most.broken_rule(&Duration::ZERO), None);
    }

    #[test]
    fn values_are_described() {
        let path = setting::<PathBuf>("a.b", "").note("a PEM file");
        assert_eq!(path.values(), "a path; a PEM file");
        let duration = setting("a.b", "").at_least(Duration::from_millis(50));
        assert_eq!(duration.values(), "a duration, at least 50ms");
    }
}
