//! Where a ceremony may come from.

use std::fmt;
use std::str::FromStr;

use url::Url;

use super::app::AndroidOrigin;
use super::{LOCALHOST, is_within};
use crate::config::declaration::setting_value;

/// Scheme, host and port (RFC 6454 §6.2), as browsers write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(Url);

/// The origin of a page, or of a native app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasskeyOrigin {
    Web(WebOrigin),
    Android(AndroidOrigin),
}

setting_value! { WebOrigin: "an origin", PasskeyOrigin: "an origin" }

impl WebOrigin {
    pub const fn url(&self) -> &Url {
        &self.0
    }

    pub(super) fn domain(&self) -> Option<&str> {
        self.0.domain()
    }

    pub(super) fn is_secure(&self) -> bool {
        let is_local = self.domain().is_some_and(|domain| is_within(domain, LOCALHOST));
        self.0.scheme() == "https" || (self.0.scheme() == "http" && is_local)
    }
}

impl FromStr for WebOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| "is no URL")?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !url.origin().is_tuple() || !bare || !url.username().is_empty() || url.password().is_some() {
            return Err("must be scheme, host and port only, such as https://id.example.com");
        }
        Ok(Self(url))
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.origin().ascii_serialization())
    }
}

impl PasskeyOrigin {
    pub const fn url(&self) -> &Url {
        match self {
            Self::Web(origin) => origin.url(),
            Self::Android(origin) => origin.url(),
        }
    }
}

impl FromStr for PasskeyOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if AndroidOrigin::is_meant(text) {
            return text.parse().map(Self::Android);
        }
        text.parse().map(Self::Web)
    }
}

impl fmt::Display for PasskeyOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(origin) => origin.fmt(formatter),
            Self::Android(origin) => origin.fmt(formatter),
        }
    }
}
