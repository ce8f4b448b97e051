//! A mail as the Internet knows it (RFC 5322, RFC 2045).

use std::time::{Duration, SystemTime};

use lettre::address::AddressError;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

use super::{Mail, SendError};
use crate::config::Sender;

/// The template's name, for tests and for who sorts.
#[derive(Clone)]
struct Template(&'static str);

impl Header for Template {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("X-Kindred-Template")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("it is only written".into())
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.to_owned())
    }
}

/// Nobody should answer a machine with a machine (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("it is only written".into())
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The sender as mails name it.
///
/// # Errors
/// [`AddressError`], for an address that the settings' rules should have refused.
pub fn mailbox(sender: &Sender) -> Result<Mailbox, AddressError> {
    Ok(Mailbox::new(sender.name.clone(), sender.address.parse()?))
}

/// Puts a mail together.
///
/// # Errors
/// [`SendError::Refused`] for a recipient that is no address.
pub fn compose(mail: &Mail, from: &Mailbox) -> Result<Message, SendError> {
    let to: Address = mail.to.parse().map_err(|_| refused("the recipient is no mail address"))?;
    let at = u64::try_from(mail.at.as_micros()).unwrap_or(0);
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(mail.subject.clone())
        .date(SystemTime::UNIX_EPOCH + Duration::from_micros(at))
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .header(AutoSubmitted)
        .header(Template(mail.template));
    let body = MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone());
    message.multipart(body).map_err(|_| refused("the mail cannot be put together"))
}

fn refused(reason: &str) -> SendError {
    SendError::Refused(reason.to_owned())
}
