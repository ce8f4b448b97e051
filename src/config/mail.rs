//! `mail.*`: how mails are sent.

mod smtp;

use std::path::PathBuf;

use url::Url;

pub use self::smtp::{EhloName, Smtp, SmtpLogin, SmtpSecret, SmtpSecurity};
use super::declaration::setting_value;
use super::{Environment, Reader, setting};
use crate::model::email::Email;

#[derive(Clone, Debug)]
pub struct Mail {
    pub transport: MailTransport,
    /// The sender's name and address: `Kindred <no-reply@example.com>`.
    pub from: Sender,
    pub smtp: Smtp,
    /// A folder with templates of the operator.
    pub templates_dir: Option<PathBuf>,
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

impl Mail {
    pub(super) fn read(reader: &mut Reader, profile: Environment, public_url: &Url) -> Self {
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
        Self {
            transport,
            from: reader.choice(from, Sender::default()),
            smtp: Smtp::read(reader, public_url),
            templates_dir: reader.optional(
                setting(
                    "mail.templates_dir",
                    "A folder with templates that stand for the built-in ones: `layout.html` and `layout.txt` for all \
                    mails, `KIND.html` and `KIND.txt` for those of one kind.",
                )
                .note("files of Jinja"),
            ),
        }
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
