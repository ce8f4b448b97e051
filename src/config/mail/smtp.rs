//! `mail.smtp_*`: the relay.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::{Host, Url};

use crate::config::declaration::setting_value;
use crate::config::{Reader, setting};
use crate::secret::Secret;

/// The relay. TLS is always required and verified.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    /// The name that this client calls itself.
    pub ehlo_name: EhloName,
    pub login: Option<SmtpLogin>,
    /// A PEM file with the authorities to trust instead of those of the system.
    pub ca_file: Option<PathBuf>,
    /// For a connection with its login, and for each mail.
    pub timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// STARTTLS, required (RFC 3207).
    Starttls,
    /// TLS from the first byte (RFC 8314 §3).
    Tls,
}

crate::config::text_enum!(SmtpSecurity { Starttls => "starttls", Tls => "tls" });

/// The login at the relay.
#[derive(Clone, Debug)]
pub struct SmtpLogin {
    pub username: String,
    pub secret: SmtpSecret,
}

#[derive(Clone, Debug)]
pub enum SmtpSecret {
    Password(Secret<String>),
    /// An OAuth access token, for the mechanism XOAUTH2.
    AccessToken(Secret<String>),
    /// A file with the access token of the moment.
    AccessTokenFile(PathBuf),
}

impl Smtp {
    pub(super) fn read(reader: &mut Reader, public_url: &Url) -> Self {
        let security = reader.choice(
            setting(
                "mail.smtp_security",
                "TLS after STARTTLS, or from the first byte. It is always verified.",
            ),
            SmtpSecurity::Starttls,
        );
        let port = if security == SmtpSecurity::Tls { 465 } else { 587 };
        Self {
            host: reader.value(
                setting("mail.smtp_host", "The host name of the relay. All of its addresses are tried.")
                    .note("required for `smtp`"),
                "localhost".to_owned(),
            ),
            port: reader.value(
                setting(
                    "mail.smtp_port",
                    "The port of the relay. By default `465` where `mail.smtp_security` is `tls`.",
                ),
                port,
            ),
            security,
            ehlo_name: ehlo_name(reader, public_url),
            login: login(reader),
            ca_file: reader.optional(
                setting(
                    "mail.smtp_ca_file",
                    "The certificate authorities to trust instead of those of the system.",
                )
                .note("a PEM file"),
            ),
            timeout: reader.value(
                setting(
                    "mail.smtp_timeout",
                    "The time limit of a connection with its login, and of each mail. The addresses of the \
                    relay share it.",
                )
                .between(Duration::from_millis(100), Duration::from_secs(120)),
                Duration::from_secs(10),
            ),
        }
    }
}

/// The machine's own name would be a poor default: in a container it is `localhost` or an id, which relays refuse.
fn ehlo_name(reader: &mut Reader, public_url: &Url) -> EhloName {
    let given = reader.optional(setting(
        "mail.smtp_ehlo_name",
        "The name that the server calls itself in EHLO. By default the host of `server.public_url`.",
    ));
    given.or_else(|| EhloName::of(public_url)).unwrap_or_else(|| EhloName::Domain("localhost".to_owned()))
}

fn login(reader: &mut Reader) -> Option<SmtpLogin> {
    let username: Option<String> = reader.optional(
        setting("mail.smtp_username", "The user name at the relay.")
            .note("together with a password or an access token"),
    );
    let password = reader.secret::<String>(
        setting("mail.smtp_password", "The password at the relay.")
            .note("together with `mail.smtp_username`"),
    );
    let token = reader.secret::<String>(
        setting(
            "mail.smtp_access_token",
            "An OAuth access token for the relay, which must offer XOAUTH2. Access tokens expire; where \
            another program renews it, use `mail.smtp_access_token_file`.",
        )
        .note("instead of `mail.smtp_password`"),
    );
    let file: Option<PathBuf> = reader.optional(
        setting(
            "mail.smtp_access_token_file",
            "A file that contains the access token. It is read at each login, so another program may renew \
            the token.",
        )
        .note("instead of `mail.smtp_password`"),
    );
    let secrets: Vec<SmtpSecret> = [
        password.map(Secret::new).map(SmtpSecret::Password),
        token.map(Secret::new).map(SmtpSecret::AccessToken),
        file.map(SmtpSecret::AccessTokenFile),
    ]
    .into_iter()
    .flatten()
    .collect();
    reader.check(
        "mail.smtp_username",
        secrets.len() == usize::from(username.is_some()),
        "needs one of mail.smtp_password, mail.smtp_access_token and mail.smtp_access_token_file, and they \
        need it",
    );
    let secret = secrets.into_iter().next()?;
    username.map(|username| SmtpLogin { username, secret })
}

/// A name for EHLO (RFC 5321 §4.1.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EhloName {
    Domain(String),
    Address(IpAddr),
}

impl EhloName {
    fn of(url: &Url) -> Option<Self> {
        Some(match url.host()? {
            Host::Domain(domain) => Self::Domain(domain.to_owned()),
            Host::Ipv4(address) => Self::Address(address.into()),
            Host::Ipv6(address) => Self::Address(address.into()),
        })
    }
}

setting_value! { EhloName: "a host name, or an address in brackets" }

impl std::str::FromStr for EhloName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rule = "must be a host name such as auth.example.com, or an address such as [192.0.2.1]";
        if let Some(literal) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            let address = literal.strip_prefix("IPv6:").unwrap_or(literal);
            return address.parse().map(Self::Address).map_err(|_| rule);
        }
        // With the length and the letters that names of hosts have (RFC 1123 §2.1).
        match idna::domain_to_ascii_strict(text) {
            Ok(name) if !name.is_empty() && name.parse::<IpAddr>().is_err() => Ok(Self::Domain(name)),
            _ => Err(rule),
        }
    }
}

impl std::fmt::Display for EhloName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Domain(domain) => formatter.write_str(domain),
            Self::Address(IpAddr::V4(address)) => write!(formatter, "[{address}]"),
            Self::Address(IpAddr::V6(address)) => write!(formatter, "[IPv6:{address}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_ehlo() {
        for (text, shown) in [
            ("auth.example.com", "auth.example.com"),
            ("Bücher.example", "xn--bcher-kva.example"),
            ("localhost", "localhost"),
            ("[192.0.2.1]", "[192.0.2.1]"),
            ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
            ("[2001:db8::1]", "[IPv6:2001:db8::1]"),
        ] {
            assert_eq!(text.parse::<EhloName>().unwrap().to_string(), shown);
        }
        for text in ["", "a b", "auth_web_1", "192.0.2.1", "[x]", "a..b", "-a.example", "a\r\nQUIT"] {
            assert!(text.parse::<EhloName>().is_err(), "{text:?}");
        }
        for (url, shown) in [
            ("https://id.example/auth", "id.example"),
            ("http://127.0.0.1:8080/", "[127.0.0.1]"),
            ("http://[::1]:8080/", "[IPv6:::1]"),
        ] {
            assert_eq!(EhloName::of(&Url::parse(url).unwrap()).unwrap().to_string(), shown);
        }
    }
}
