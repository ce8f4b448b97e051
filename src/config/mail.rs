//! `mail.*`: how mails leave.

use std::path::PathBuf;
use std::time::Duration;

use super::source::PathValue;
use super::{Environment, Reader};
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

/// The relay. TLS is verified always, and there is no way to go without.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    pub username: Option<String>,
    pub password: Option<Secret<String>>,
    /// PEM file with the authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// For a connection, login included, and for a mail on it.
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
        // A relay that is named is meant to be used.
        let is_named = reader.is_given("mail.smtp_host");
        let default = if is_named { MailTransport::Smtp } else { MailTransport::File };
        let transport = reader.value("mail.transport", default);
        if transport == MailTransport::Smtp {
            reader.check("mail.smtp_host", is_named, "is required to send mail by SMTP: the relay's name");
            let is_given = reader.is_given("mail.from");
            reader.check("mail.from", is_given, "is required to send mail by SMTP: the sender's address");
        } else if profile.is_production() {
            reader.warn(format!("mail.transport is {transport}: mails reach nobody"));
        }
        Self { transport, from: reader.value("mail.from", Sender::default()), smtp: Smtp::read(reader) }
    }
}

impl Smtp {
    fn read(reader: &mut Reader) -> Self {
        let security = reader.value("mail.smtp_security", SmtpSecurity::Starttls);
        let port = if security == SmtpSecurity::Tls { 465 } else { 587 };
        let smtp = Self {
            host: reader.value("mail.smtp_host", "localhost".to_owned()),
            port: reader.value("mail.smtp_port", port),
            security,
            username: reader.optional("mail.smtp_username"),
            password: reader.secret::<String>("mail.smtp_password").map(Secret::new),
            ca_file: reader.optional::<PathValue>("mail.smtp_ca_file").map(|path| path.0),
            timeout: reader.duration("mail.smtp_timeout", Duration::from_secs(10)),
        };
        reader.check(
            "mail.smtp_username",
            smtp.username.is_some() == smtp.password.is_some(),
            "and mail.smtp_password must be given together, or neither",
        );
        let sane = Duration::from_millis(100)..=Duration::from_secs(120);
        reader.check("mail.smtp_timeout", sane.contains(&smtp.timeout), "must be between 100ms and 2m");
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
