//! A mail in the format of the Internet (RFC 5322, RFC 2045).

use std::time::{Duration, SystemTime};

use lettre::address::AddressError;
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::{Mail, SendError};
use crate::config::Sender;
use crate::model::visible_text::visible;

/// Longest line without its end (RFC 5322 §2.1.1).
const MAX_LINE: usize = 998;

/// The name of the template, for tests and for filters.
#[derive(Clone)]
struct Template(&'static str);

impl Header for Template {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("X-Kindred-Template")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("this header is only written".into())
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.to_owned())
    }
}

/// Keeps automatic responders from answering (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("this header is only written".into())
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The sender, as the mail library represents it.
///
/// # Errors
/// An address that the mail library does not accept.
pub fn mailbox(sender: &Sender) -> Result<Mailbox, AddressError> {
    let name = sender.name.as_deref().map(|name| visible(name, None));
    Ok(Mailbox::new(name, sender.address.parse()?))
}

/// Assembles a mail.
///
/// # Errors
/// [`SendError::Refused`] for a recipient that is not an address.
pub fn compose(mail: &Mail, from: &Mailbox) -> Result<Message, SendError> {
    let to: Address = mail.to.parse().map_err(|_| refused("the recipient is not a mail address"))?;
    let at = u64::try_from(mail.at.as_micros()).unwrap_or(0);
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(mail.content.subject.clone())
        .date(SystemTime::UNIX_EPOCH + Duration::from_micros(at))
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .header(AutoSubmitted)
        .header(Template(mail.template));
    let body = MultiPart::alternative()
        .singlepart(plain(&mail.content.text))
        .singlepart(SinglePart::html(mail.content.html.clone()));
    message.multipart(body).map_err(|_| refused("the mail cannot be assembled"))
}

/// The text without an encoding where that is allowed, so that a link is in one piece in the source of the mail.
/// Quoted-printable, which lettre chooses as soon as a line has more than 76 characters, would break it.
fn plain(text: &str) -> SinglePart {
    let part = SinglePart::builder().header(ContentType::TEXT_PLAIN);
    let is_seven_bit = text.bytes().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~'));
    if is_seven_bit && text.lines().all(|line| line.len() <= MAX_LINE) {
        let lines = text.replace('\n', "\r\n").into_bytes();
        part.body(Body::dangerous_pre_encoded(lines, ContentTransferEncoding::SevenBit))
    } else {
        part.body(text.to_owned())
    }
}

fn refused(reason: &str) -> SendError {
    SendError::Refused(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> String {
        String::from_utf8(plain(text).formatted()).unwrap()
    }

    #[test]
    fn a_long_link_stays_in_one_piece() {
        let link = format!("https://id.example/account/reset-password?token={}", "x".repeat(43));
        let mail = source(&format!("Hello,\n\n{link}\n"));
        assert!(mail.contains("Content-Transfer-Encoding: 7bit\r\n"), "{mail}");
        assert!(mail.contains(&format!("\r\n\r\n{link}\r\n")), "{mail}");
    }

    #[test]
    fn a_sender_keeps_the_joiners_of_its_script() {
        let sender = |name: &str| Sender { name: Some(name.to_owned()), address: "a@id.example".to_owned() };
        let name = |text: &str| mailbox(&sender(text)).unwrap().name.unwrap();
        assert_eq!(name("می\u{200c}رزایی"), "می\u{200c}رزایی");
        assert_eq!(name("Kin\u{202e}d\u{200b}red"), "Kindred");
    }

    #[test]
    fn what_is_not_plain_is_encoded() {
        for text in ["Grüße", &"x".repeat(MAX_LINE + 1)] {
            assert!(!source(text).contains("7bit"), "{text:.20}");
        }
    }
}
