//! `cors.*`: pages of other origins that may call the API.

use std::fmt;
use std::str::FromStr;

use url::Url;

use super::declaration::setting_value;
use super::{Environment, Reader, setting};

#[derive(Clone, Debug)]
pub struct Cors {
    pub allowed_origins: Vec<ExactOrigin>,
}

/// An origin exactly as browsers write it in `Origin` (RFC 6454 §6.2), also of schemes such as `capacitor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExactOrigin(String);

impl ExactOrigin {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether others in the network can read and change what such pages load.
    fn is_plain_text(&self) -> bool {
        let host = self.0.strip_prefix("http://").map(|rest| rest.split(':').next().unwrap_or(rest));
        host.is_some_and(|host| !["localhost", "127.0.0.1", "["].iter().any(|local| host.starts_with(local)))
    }
}

setting_value! { ExactOrigin: "an origin such as `https://app.example.com`" }

impl FromStr for ExactOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, host) = text.split_once("://").ok_or("must be scheme://host, as browsers write it")?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b));
        let is_host = !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:[]".contains(&b));
        if !is_scheme || !is_host {
            return Err("must be scheme, host and port only, in lower case and without a wildcard");
        }
        // Of the schemes that the URL standard knows, the one spelling of browsers can be computed.
        let url = Url::parse(text).map_err(|_| "is not an origin")?;
        if url.origin().is_tuple() && url.origin().ascii_serialization() != text {
            return Err("is not written as browsers write it: no default port, no trailing slash");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ExactOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Cors {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        reader.section("Other origins");
        let cors = Self {
            allowed_origins: reader.list(
                setting(
                    "cors.allowed_origins",
                    "The origins whose pages may call the API, with cookies and in cookie transport. That of \
                    `server.public_url` need not be in the list.",
                )
                .note("written as browsers write it; in production no `http` but for this machine"),
                Vec::new(),
            ),
        };
        for origin in cors.allowed_origins.iter().filter(|origin| origin.is_plain_text()) {
            let rule = format!("{origin} must be https: others in its network can change such pages");
            reader.check("cors.allowed_origins", !profile.is_production(), &rule);
        }
        cors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_exact() {
        for fine in [
            "https://app.example.com",
            "http://localhost:3000",
            "capacitor://localhost",
            "https://[::1]:8443",
        ] {
            assert!(fine.parse::<ExactOrigin>().is_ok(), "{fine}");
        }
        for wrong in [
            "*",
            "null",
            "",
            "https://*.example.com",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://app.example.com:443",
            "https://App.example.com",
            "HTTPS://app.example.com",
            "https://user@app.example.com",
            "https://app.example.com?x",
            "https://bücher.example",
            "app.example.com",
            "https://",
            "https://a b",
        ] {
            assert!(wrong.parse::<ExactOrigin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn plain_text_is_for_this_machine() {
        let is_plain_text = |text: &str| text.parse::<ExactOrigin>().unwrap().is_plain_text();
        assert!(is_plain_text("http://app.example.com"));
        assert!(!is_plain_text("http://localhost:3000") && !is_plain_text("http://[::1]:3000"));
        assert!(!is_plain_text("https://app.example.com") && !is_plain_text("capacitor://localhost"));
    }
}
