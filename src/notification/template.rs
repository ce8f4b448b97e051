//! The words of a message, from `templates/`.
//!
//! One file for each template and language holds a mail's subject, a blank line, and its paragraphs. Both
//! forms of the mail are made of these, so that they cannot say different things. What comes from people is
//! flattened before it gets there, and escaped where it becomes HTML.

mod facts;
mod templates;
mod words;

use askama::Template;

use crate::model::locale::Locale;
use crate::model::notice::Letter;
use facts::Facts;

pub use words::Language;

/// A mail's words.
#[derive(Clone, PartialEq, Eq)]
pub struct MailWords {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// A template fails only where it was written wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template cannot be filled in")]
pub struct CannotRender;

#[derive(Template)]
#[template(path = "mail/layout.html")]
struct Layout<'a> {
    language: &'a str,
    subject: &'a str,
    paragraphs: &'a [Vec<&'a str>],
    link: &'a str,
    footer: &'a str,
}

/// A mail in the language of whom it is for. `service` is what the sender calls itself.
///
/// # Errors
/// [`CannotRender`], also for a notice that is no mail.
pub fn mail(letter: &Letter, service: &str) -> Result<MailWords, CannotRender> {
    let language = language(letter);
    let facts = Facts::of(letter, service, language);
    let filled = templates::mail(&letter.notice, &facts, language)?;
    let mut paragraphs = filled.split("\n\n").map(|text| text.trim().lines().collect::<Vec<_>>());
    let subject = paragraphs.next().and_then(|lines| lines.first().copied()).unwrap_or_default();
    let mut paragraphs: Vec<_> = paragraphs.filter(|lines| !lines.is_empty()).collect();
    let text = paragraphs.iter().map(|lines| lines.join("\n")).collect::<Vec<_>>().join("\n\n") + "\n";
    let footer = paragraphs.pop().unwrap_or_default().join(" ");
    let layout = Layout {
        language: language.tag(),
        subject,
        paragraphs: &paragraphs,
        link: &facts.link,
        footer: &footer,
    };
    let html = layout.render().map_err(|_| CannotRender)?;
    Ok(MailWords { subject: subject.to_owned(), text, html })
}

/// An SMS in the language of whom it is for.
///
/// # Errors
/// [`CannotRender`], also for a notice that is no SMS.
pub fn sms(letter: &Letter, service: &str) -> Result<String, CannotRender> {
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
