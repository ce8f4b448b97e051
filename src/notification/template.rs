//! The words of a message, from `templates/`.
//!
//! One file for each template and language holds a mail: the subject and the headline, a blank line, and the
//! paragraphs. Both forms of the mail, text and HTML, are made of these, so that they cannot say different things. Text
//! that comes from people is flattened to one line before it gets there, and escaped where it becomes HTML.

mod facts;
mod language;
mod templates;

use askama::Template;

use super::transport::MailContent;
use crate::model::locale::Locale;
use crate::model::notice::Letter;
use facts::Facts;
use language::Language;

/// The service as messages name it and link to it.
#[derive(Clone, Debug)]
pub struct Service {
    /// The name of the product: `branding.product_name`.
    pub name: String,
    /// The page where a password is reset. Warnings link to it: the reset revokes all sessions.
    pub recovery_link: String,
}

/// A template was written wrongly, or the message is for another channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template cannot be filled in")]
pub struct CannotRender;

/// A paragraph of a mail.
enum Paragraph<'a> {
    Text(Vec<&'a str>),
    /// A paragraph of two lines, `LABEL:` and the link.
    Button {
        label: &'a str,
        link: &'a str,
    },
}

impl<'a> Paragraph<'a> {
    fn of(text: &'a str, link: &str) -> Self {
        let lines: Vec<_> = text.trim().lines().collect();
        match lines[..] {
            [label, second] if second == link => {
                Self::Button { label: label.trim_end_matches(':'), link: second }
            }
            _ => Self::Text(lines),
        }
    }
}

#[derive(Template)]
#[template(path = "mail/layout.html")]
struct Layout<'a> {
    language: &'a str,
    subject: &'a str,
    headline: &'a str,
    paragraphs: &'a [Paragraph<'a>],
    footer: &'a str,
}

/// The mail in the language of its recipient.
///
/// # Errors
/// [`CannotRender`], also for an SMS.
pub fn mail(letter: &Letter, service: &Service) -> Result<MailContent, CannotRender> {
    let language = language(letter);
    let facts = Facts::of(letter, service, language);
    let filled = templates::mail(&letter.notice, &facts, language)?;
    let (head, body) = filled.split_once("\n\n").ok_or(CannotRender)?;
    let (subject, headline) = head.split_once('\n').ok_or(CannotRender)?;
    let texts: Vec<_> = body.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).collect();
    let (footer, rest) = texts.split_last().ok_or(CannotRender)?;
    let paragraphs: Vec<_> = rest.iter().map(|text| Paragraph::of(text, &facts.link)).collect();
    let layout = Layout { language: language.tag(), subject, headline, paragraphs: &paragraphs, footer };
    let html = layout.render().map_err(|_| CannotRender)?;
    Ok(MailContent { subject: subject.to_owned(), text: texts.join("\n\n") + "\n", html })
}

/// The SMS in the language of its recipient.
///
/// # Errors
/// [`CannotRender`], also for a mail.
pub fn sms(letter: &Letter, service: &Service) -> Result<String, CannotRender> {
    let language = language(letter);
    let facts = Facts::of(letter, service, language);
    Ok(templates::sms(&letter.notice, &facts, language)?.trim().to_owned())
}

fn language(letter: &Letter) -> Language {
    let locale = letter.locale.as_deref().and_then(|tag| tag.parse::<Locale>().ok());
    locale.map_or(Language::English, |locale| Language::of(locale.language()))
}

#[cfg(test)]
mod tests;
