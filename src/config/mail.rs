//! `mail.*`: how mails are sent.

use std::path::PathBuf;
use std::time::Duration;

use super::declaration::setting_value;
use super::{Environment, Reader, setting};
use crate::model::email::Email;
use crate::secret::Secret;

#[derive(Clone, Debug)]
pub struct Mail {
    pub transport: MailTransport,
    /// The sender's name and address: `Kindred <no-reply@example.com>`.
    pub from: Sender,
    pub smtp: Smtp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTransport {
    /// One `.eml` file each in `outbox/` of the data directory.
    File,
    Smtp,
    /// A line in the log, without the secrets: nothing is delivered.
    Log,
}

super::text_enum!(MailTransport { File => "file", Smtp => "smtp", Log => "log" });

/// The relay. TLS is always required and verified.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    pub username: Option<String>,
    pub password: Option<Secret<String>>,
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

super::text_enum!(SmtpSecurity { Starttls => "starttls", Tls => "tls" });

impl Mail {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        // A relay that is given is meant to be used.
        let is_named = reader.is_given("mail.smtp_host");
        let default = if is_named { MailTransport::Smtp } else { MailTransport::File };
        reader.section("Mail");
        let transport = reader.choice(
            setting(
                "mail.transport",
                "How mails are sent: as `.eml` files in `outbox/` of `data_dir`, by SMTP, or not \
                at all (`log`). By default `smtp` where `mail.smtp_host` is given.",
            ),
            default,
        );
        if transport == MailTransport::Smtp {
            reader.check("mail.smtp_host", is_named, "is required to send mail by SMTP: the relay's name");
            let is_given = reader.is_given("mail.from");
            reader.check("mail.from", is_given, "is required to send mail by SMTP: the sender's address");
        } else if profile.is_production() {
            reader.warn(format!("mail.transport is {transport}: no mail is delivered"));
        }
        let from = setting("mail.from", "The sender.").note("required for `smtp`");
        Self { transport, from: reader.choice(from, Sender::default()), smtp: Smtp::read(reader) }
    }
}

impl Smtp {
    fn read(reader: &mut Reader) -> Self {
        let security = reader.choice(
            setting(
                "mail.smtp_security",
                "TLS after STARTTLS, or from the first byte. It is always verified.",
            ),
            SmtpSecurity::Starttls,
        );
        let port = if security == SmtpSecurity::Tls { 465 } else { 587 };
        let smtp = Self {
            host: reader.value(
                setting("mail.smtp_host", "The host name of the relay.").note("required for `smtp`"),
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
            username: reader.optional(
                setting("mail.smtp_username", "The user name at the relay.")
                    .note("together with `mail.smtp_password`"),
            ),
            password: reader
                .secret::<String>(
                    setting("mail.smtp_password", "The password at the relay.")
                        .note("together with `mail.smtp_username`"),
                )
                .map(Secret::new),
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
                    "The time limit of a connection with its login, and of each mail.",
                )
                .between(Duration::from_millis(100), Duration::from_secs(120)),
                Duration::from_secs(10),
            ),
        };
        reader.check(
            "mail.smtp_username",
            smtp.username.is_some() == smtp.password.is_some(),
            "and mail.smtp_password must be given together, or neither",
        );
        smtp
    }
}

/// `NAME <ADDRESS>` or `ADDRESS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    pub name: Option<String>,
    pub address: String,
}

impl Default for Sender {
    fn default() -> Self {
        Self { name: Some("Kindred".to_owned()), address: "no-reply@kindred.invalid".to_owned() }
    }
}

setting_value! { Sender: "`NAME <ADDRESS>`, or an address" }

impl std::str::FromStr for Sender {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rule = "must be an address, or a name and an address: Kindred <no-reply@example.com>";
        let (name, address) = match text.strip_suffix('>').map(|text| text.split_once('<')) {
            Some(Some((name, address))) => (Some(name.trim().to_owned()), address),
            _ => (None, text),
        };
        let address = Email::parse(address).map_err(|_| rule)?.as_str().to_owned();
        if name.as_deref().is_some_and(|name| name.chars().any(char::is_control)) {
            return Err(rule);
        }
        Ok(Self { name: name.filter(|name| !name.is_empty()), address })
    }
}

impl std::fmt::Display for Sender {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => write!(formatter, "{name} <{}>", self.address),
            None => formatter.write_str(&self.address),
        }
    }
}
