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
        if text == "null" {
            return Err("must not be null, which is the origin of sandboxed pages of anyone");
        }
        if text.contains('*') {
            return Err("must be one origin without a wildcard");
        }
        let (scheme, host) = text.split_once("://").ok_or("must begin with a scheme, such as https://")?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        if !is_scheme {
            return Err("does not begin with a valid scheme");
        }
        check_host(host)?;
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err("must be in lower case, as browsers write it");
        }
        // Of the schemes that the URL standard knows, the one spelling of browsers can be computed.
        let url = Url::parse(text).map_err(|_| "has an invalid host or port")?;
        if url.port_or_known_default().is_some() && url.port().is_none() && has_port(host) {
            return Err("must not name the default port, as browsers leave it out");
        }
        if url.origin().is_tuple() && url.origin().ascii_serialization() != text {
            return Err("is not written as browsers write it");
        }
        Ok(Self(text.to_owned()))
    }
}

fn check_host(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        return Err("has no host");
    }
    if host.contains(['/', '?', '#']) {
        return Err("must end with the host or the port: no path, not even a slash");
    }
    if host.contains('@') {
        return Err("must not contain a user");
    }
    if !host.is_ascii() {
        return Err("must have its host in ASCII, as browsers write it (xn--…)");
    }
    let is_of_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    if host.bytes().all(is_of_host) { Ok(()) } else { Err("has a character that no host has") }
}

fn has_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'))
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
        for (wrong, reason) in [
            ("*", "wildcard"),
            ("null", "null"),
            ("", "scheme"),
            ("https://*.example.com", "wildcard"),
            ("https://app.example.com/", "slash"),
            ("https://app.example.com/path", "path"),
            ("https://app.example.com?x", "path"),
            ("https://app.example.com#x", "path"),
            ("https://app.example.com:443", "default port"),
            ("http://app.example.com:80", "default port"),
            ("https://app.example.com:x", "port"),
            ("https://app.example.com:99999", "port"),
            ("https://App.example.com", "lower case"),
            ("HTTPS://app.example.com", "lower case"),
            ("https://user@app.example.com", "user"),
            ("https://bücher.example", "ASCII"),
            ("app.example.com", "scheme"),
            ("//app.example.com", "scheme"),
            ("1://app.example.com", "valid scheme"),
            ("https://", "no host"),
            ("https://a b", "character"),
            ("https://[::1", "invalid host"),
            ("https://127.1", "as browsers write it"),
        ] {
            let error = wrong.parse::<ExactOrigin>().unwrap_err();
            assert!(error.contains(reason), "{wrong}: {error}");
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
