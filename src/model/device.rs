//! The description of a device by its client, which is shown in the list of sessions and never trusted.

use aws_lc_rs::digest;
use woothee::parser::Parser;

/// A device as described by its `User-Agent` and the name that the client gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The name that the client gave.
    pub name: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub kind: DeviceKind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceKind {
    Desktop,
    Mobile,
    #[default]
    Unknown,
}

impl DeviceKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
            Self::Unknown => "unknown",
        }
    }
}

/// Longest name that is kept, in characters.
const MAX_TEXT: usize = 120;
/// Longest user agent that is kept, in characters: browsers name themselves at its end.
const MAX_USER_AGENT: usize = 512;

impl Device {
    pub fn describe(name: Option<&str>, user_agent: Option<&str>) -> Self {
        let agent = user_agent.and_then(|text| Parser::new().parse(text));
        let known = |text: &str| (text != "UNKNOWN").then(|| text.to_owned());
        Self {
            name: name.and_then(plain_name),
            browser: agent.as_ref().and_then(|agent| known(agent.name)),
            os: agent.as_ref().and_then(|agent| known(agent.os)),
            kind: match agent.as_ref().map(|agent| agent.category) {
                Some("pc") => DeviceKind::Desktop,
                Some("smartphone" | "mobilephone") => DeviceKind::Mobile,
                _ => DeviceKind::Unknown,
            },
        }
    }

    /// Such as `Firefox on Linux`; `None` if nothing is known.
    pub fn summary(&self) -> Option<String> {
        match (&self.browser, &self.os) {
            (Some(browser), Some(os)) => Some(format!("{browser} on {os}")),
            (one, other) => one.clone().or_else(|| other.clone()),
        }
    }

    /// Distinguishes devices coarsely, so that an update of the browser does not make a new device.
    pub fn fingerprint(&self) -> [u8; 8] {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [self.browser.as_deref(), self.os.as_deref(), Some(self.kind.as_str())] {
            context.update(part.unwrap_or_default().as_bytes());
            context.update(&[0]);
        }
        let mut cut = [0; 8];
        cut.copy_from_slice(&context.finish().as_ref()[..8]);
        cut
    }
}

/// Text from a client without control and direction-changing characters, at most 120 characters.
pub fn plain_text(text: &str) -> String {
    plain(text, MAX_TEXT)
}

/// A name as [`plain_text`]; `None` if nothing is left of it.
pub fn plain_name(text: &str) -> Option<String> {
    Some(plain_text(text)).filter(|name| !name.is_empty())
}

/// A `User-Agent` as [`plain_text`], but at most 512 characters.
pub fn plain_user_agent(text: &str) -> String {
    plain(text, MAX_USER_AGENT)
}

fn plain(text: &str, max: usize) -> String {
    let hidden = |character: char| {
        character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.trim().chars().filter(|character| !hidden(*character)).take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                          (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

    #[test]
    fn browsers_are_recognised() {
        let desktop = Device::describe(Some("Work"), Some(FIREFOX));
        assert_eq!(desktop.browser.as_deref(), Some("Firefox"));
        assert_eq!(desktop.os.as_deref(), Some("Linux"));
        assert_eq!(desktop.kind, DeviceKind::Desktop);
        let mobile = Device::describe(None, Some(&plain_user_agent(IPHONE)));
        assert_eq!((mobile.kind, mobile.browser.as_deref()), (DeviceKind::Mobile, Some("Safari")));
    }

    #[test]
    fn an_update_is_the_same_device() {
        let updated = FIREFOX.replace("140.0", "141.0");
        let fingerprint = |agent| Device::describe(None, Some(agent)).fingerprint();
        assert_eq!(fingerprint(FIREFOX), fingerprint(&updated));
        assert_ne!(fingerprint(FIREFOX), fingerprint(IPHONE));
    }

    #[test]
    fn hostile_names_become_plain_text() {
        let device = Device::describe(Some("a\u{1b}[31m\r\nb\u{202e}c"), Some("\0\0"));
        assert_eq!(device.name.as_deref(), Some("a[31mbc"));
        assert_eq!(device.kind, DeviceKind::Unknown);
        assert_eq!(plain_text(&"x".repeat(5000)).len(), MAX_TEXT);
        assert_eq!(plain_user_agent(&"x".repeat(5000)).len(), MAX_USER_AGENT);
        assert_eq!(Device::describe(Some("  "), None).name, None);
    }
}
