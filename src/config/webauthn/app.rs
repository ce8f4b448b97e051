//! Apps that share passkeys with the website.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use crate::config::declaration::setting_value;

/// What comes before the hash in the origin of a native Android app.
const APK_KEY_HASH: &str = "android:apk-key-hash:";

/// The origin that Android writes for a native app: the SHA-256 hash of the certificate that its package is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AndroidOrigin(Url);

impl AndroidOrigin {
    /// Whether the text means to be such an origin.
    pub(super) fn is_meant(text: &str) -> bool {
        text.starts_with("android:")
    }

    pub const fn url(&self) -> &Url {
        &self.0
    }

    fn of(certificate: &[u8; 32]) -> Result<Self, url::ParseError> {
        Url::parse(&format!("{APK_KEY_HASH}{}", URL_SAFE_NO_PAD.encode(certificate))).map(Self)
    }
}

impl FromStr for AndroidOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const RULE: &str =
            "must be android:apk-key-hash: and the SHA-256 hash of the certificate in base64url";
        let hash = text.strip_prefix(APK_KEY_HASH).ok_or(RULE)?;
        let hash = URL_SAFE_NO_PAD.decode(hash).map_err(|_| RULE)?;
        Self::of(&hash.try_into().map_err(|_| RULE)?).map_err(|_| RULE)
    }
}

impl fmt::Display for AndroidOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_str())
    }
}

/// An Android app: the name of its package, and the SHA-256 hash of the certificate that it is signed with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd)]
pub struct AndroidApp {
    pub package: String,
    certificate: [u8; 32],
}

setting_value! { AndroidApp: "an Android app", AppleApp: "an Apple app" }

impl AndroidApp {
    /// As `keytool` and Android Studio write it.
    pub fn fingerprint(&self) -> String {
        self.certificate.map(|byte| format!("{byte:02X}")).join(":")
    }

    pub fn origin(&self) -> Option<AndroidOrigin> {
        AndroidOrigin::of(&self.certificate).ok()
    }
}

impl FromStr for AndroidApp {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (package, fingerprint) =
            text.split_once('=').ok_or("must be package=fingerprint, such as com.example.app=14:6D:…")?;
        if !package.contains('.') || !package.split('.').all(is_java_name) {
            return Err("the name of the package must be written like com.example.app");
        }
        let certificate = parse_fingerprint(fingerprint).ok_or(
            "the fingerprint must be SHA-256: 32 pairs of hexadecimal digits with colons between them",
        )?;
        Ok(Self { package: package.to_owned(), certificate })
    }
}

impl fmt::Display for AndroidApp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.package, self.fingerprint())
    }
}

/// An app of Apple's platforms: the team's identifier, a dot, and the bundle's identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd)]
pub struct AppleApp(String);

impl FromStr for AppleApp {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_team = |team: &str| {
            team.len() == 10 && team.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        };
        let is_label = |label: &str| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let is_app = text
            .split_once('.')
            .is_some_and(|(team, bundle)| is_team(team) && bundle.split('.').all(is_label));
        if !is_app {
            return Err("must be the team's and the bundle's identifier, such as A1B2C3D4E5.com.example.app");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for AppleApp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_java_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn parse_fingerprint(text: &str) -> Option<[u8; 32]> {
    let byte = |pair: &str| {
        let is_pair = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_pair.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
    };
    text.split(':').map(byte).collect::<Option<Vec<u8>>>()?.try_into().ok()
}
