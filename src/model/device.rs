//! The description of a device by its client, which is shown in the list of sessions and never trusted.

use aws_lc_rs::digest;
use percent_encoding::percent_decode_str;
use woothee::parser::{Parser, WootheeResult};

use super::visible_text::visible;

/// A device as described by its `User-Agent` and the name that the client gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The name that the client gave.
    pub name: Option<String>,
    /// The browser, or the product that a native app or a script calls itself.
    pub browser: Option<String>,
    /// The operating system without its version, such as `Windows 10` or `iPhone`; absent if unknown.
    pub os: Option<String>,
    /// The size of the device, for the icon in a list of sessions.
    pub kind: DeviceKind,
}

/// The kind of device that a browser calls itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceKind {
    /// A computer.
    Desktop,
    /// A phone.
    Mobile,
    /// Everything else: tablets, apps, scripts, and clients that send no user agent.
    #[default]
    Unknown,
}

impl DeviceKind {
    /// The name in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
            Self::Unknown => "unknown",
        }
    }

    /// A kind of a newer version is unknown.
    pub fn from_stored(text: &str) -> Self {
        [Self::Desktop, Self::Mobile].into_iter().find(|kind| kind.as_str() == text).unwrap_or_default()
    }
}

/// Longest name that is kept, in characters.
const MAX_TEXT: usize = 120;
/// Longest name of a product, in characters.
const MAX_PRODUCT: usize = 40;
/// Longest user agent that is kept, in characters: browsers name themselves at its end.
const MAX_USER_AGENT: usize = 512;

impl Device {
    /// Describes a device by the name that its client gave and by the `User-Agent` of the request. Both are shortened
    /// and stripped of what is not visible text.
    pub fn describe(name: Option<&str>, user_agent: Option<&str>) -> Self {
        let agent = user_agent.and_then(|text| Parser::new().parse(text));
        let known = |text: &str| (text != "UNKNOWN").then(|| text.to_owned());
        let browser = agent.as_ref().filter(|agent| is_browser(agent)).and_then(|agent| known(agent.name));
        Self {
            name: name.and_then(plain_name),
            browser: browser.or_else(|| user_agent.and_then(product)),
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

    /// Distinguishes devices coarsely, so that an update of the browser or of the app does not make a new device.
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

/// Whether the agent is a program that people browse with. Libraries share one name there, and are told apart by their
/// product instead.
fn is_browser(agent: &WootheeResult<'_>) -> bool {
    agent.name != "UNKNOWN" && agent.name != "HTTP Library"
}

/// The first product of a `User-Agent` (RFC 9110 §10.1.5), without its version: `AcmeApp` of
/// `AcmeApp/412 CFNetwork/1410.0.3 Darwin/22.6.0`. `None` for `Mozilla`, which every browser calls itself.
fn product(user_agent: &str) -> Option<String> {
    let first = user_agent.split(['/', ' ', '(', ';', ',']).next().unwrap_or_default();
    // Apple's library encodes what is not a token, such as the blanks in an app's name.
    let name = plain_name(&percent_decode_str(first).decode_utf8_lossy())?;
    let is_one = name.starts_with(char::is_alphanumeric) && name != "Mozilla";
    is_one.then(|| name.chars().take(MAX_PRODUCT).collect())
}

/// Text from a client without what is [not visible](visible), at most 120 characters.
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
    visible(text, None).trim().chars().take(max).collect()
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
    fn kinds_are_stored_by_their_names_and_others_are_unknown() {
        for (kind, name) in [
            (DeviceKind::Desktop, "desktop"),
            (DeviceKind::Mobile, "mobile"),
            (DeviceKind::Unknown, "unknown"),
        ] {
            assert_eq!(kind.as_str(), name);
            assert_eq!(DeviceKind::from_stored(name), kind);
        }
        assert_eq!(DeviceKind::from_stored("tablet"), DeviceKind::Unknown);
        assert_eq!(DeviceKind::from_stored("Mobile"), DeviceKind::Unknown);
    }

    #[test]
    fn the_summary_says_what_is_known() {
        for (browser, os, summary) in [
            (Some("Firefox"), Some("Linux"), Some("Firefox on Linux")),
            (Some("curl"), None, Some("curl")),
            (None, Some("iPhone"), Some("iPhone")),
            (None, None, None),
        ] {
            let [browser, os] = [browser, os].map(|text| text.map(str::to_owned));
            let device = Device { browser, os, ..Device::default() };
            assert_eq!(device.summary().as_deref(), summary);
        }
    }

    #[test]
    fn a_product_begins_with_a_letter_or_digit_and_is_cut() {
        let long = "x".repeat(41);
        for (agent, name) in [
            ("Mozilla/5.0", None),
            ("*/1.0", None),
            ("-app/1.0", None),
            ("7zip/1.0", Some("7zip")),
            (&long[..40], Some(&long[..40])),
            (&long, Some(&long[..40])),
        ] {
            assert_eq!(product(agent).as_deref(), name, "{agent}");
        }
    }

    #[test]
    fn an_update_is_the_same_device() {
        let updated = FIREFOX.replace("140.0", "141.0");
        let fingerprint = |agent| Device::describe(None, Some(agent)).fingerprint();
        assert_eq!(fingerprint(FIREFOX), fingerprint(&updated));
        assert_ne!(fingerprint(FIREFOX), fingerprint(IPHONE));
    }

    #[test]
    fn native_apps_are_told_apart_by_their_product() {
        let device = |agent| Device::describe(None, Some(agent));
        let agents = [
            ("okhttp/4.12.0", "okhttp", None),
            ("AcmeApp/412 CFNetwork/1410.0.3 Darwin/22.6.0", "AcmeApp", Some("iOS")),
            ("Acme%20App/412 CFNetwork/1410.0.3 Darwin/22.6.0", "Acme App", Some("iOS")),
            ("AcmeApp/4.1 (com.acme.app; build:7; iOS 17.0.0) Alamofire/5.8.0", "AcmeApp", None),
            ("Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7)", "Dalvik", Some("Android")),
            ("Dart/3.2 (dart:io)", "Dart", None),
            ("python-requests/2.31.0", "python-requests", None),
            ("Python-urllib/3.12", "Python-urllib", None),
            ("curl/8.5.0", "curl", None),
            ("Go-http-client/1.1", "Go-http-client", None),
            ("ReactNative/0.74 okhttp/4.12.0", "ReactNative", None),
            ("node", "node", None),
        ];
        let mut seen = std::collections::BTreeSet::new();
        for (agent, product, os) in agents {
            let device = device(agent);
            assert_eq!((device.browser.as_deref(), device.os.as_deref()), (Some(product), os), "{agent}");
            assert!(seen.insert(device.fingerprint()), "{agent}");
        }
        assert_eq!(device("okhttp/4.12.0").fingerprint(), device("okhttp/5.0.0").fingerprint());
        assert_eq!(device("curl/8.5.0").summary().as_deref(), Some("curl"));
    }

    /// Stored ones are compared with these: another value would be a new device for everyone.
    #[test]
    fn fingerprints_of_browsers_stay() {
        let fingerprint = |agent: Option<&str>| hex::encode(Device::describe(None, agent).fingerprint());
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Chrome/140.0.0.0 Safari/537.36";
        for (agent, stored) in [
            (Some(FIREFOX), "fe33e2f1e006916f"),
            (Some(IPHONE), "87aa0c44e30234b5"),
            (Some(windows), "133b047dbd160ed6"),
            (Some("Mozilla/5.0 (X11; Linux x86_64) Something/1.0"), "85c493f1e6863c0e"),
            (None, "7321b70b31133f8b"),
        ] {
            assert_eq!(fingerprint(agent), stored, "{agent:?}");
        }
    }

    #[test]
    fn hostile_names_become_plain_text() {
        let device = Device::describe(Some("a\u{1b}[31m\r\nb\u{202e}c"), Some("\0\0"));
        assert_eq!(device.name.as_deref(), Some("a[31mbc"));
        assert_eq!(device.kind, DeviceKind::Unknown);
        assert_eq!(plain_text(&"x".repeat(5000)).len(), 120);
        assert_eq!(plain_user_agent(&"x".repeat(5000)).len(), 512);
        assert_eq!(Device::describe(Some("  "), None).name, None);
    }
}
