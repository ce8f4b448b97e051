//! Letters become mails and SMS.

use std::path::Path;
use std::sync::Arc;

use super::layout::{LayoutError, Layouts};
use super::message::{Facts, Message, Words, kind};
use super::sample;
use super::service::Service;
use super::transport::MailContent;
use crate::model::notice::{Letter, Notice};
use crate::text::{Language, Mistake, TextError, Texts, unknown_variables};

/// Puts letters into the words of their readers.
#[derive(Clone, Debug)]
pub struct Renderer {
    texts: Arc<Texts>,
    layouts: Arc<Layouts>,
    service: Service,
}

/// A template is wrong, or the letter is for another channel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotRender {
    /// The template of an operator mentions what no mail has.
    #[error("the template cannot be filled in: {0}")]
    Template(Mistake),
    /// The letter is for another channel.
    #[error("the message is for another channel")]
    Channel,
}

impl Renderer {
    /// With the templates of a folder, which are filled in with made-up letters first.
    ///
    /// # Errors
    /// [`LayoutError`] with all mistakes of the templates.
    pub fn load(texts: Arc<Texts>, service: Service, templates: Option<&Path>) -> Result<Self, LayoutError> {
        let kinds: Vec<_> = sample::mails().iter().map(Notice::template).collect();
        let layouts = Arc::new(Layouts::load(templates, &kinds)?);
        let renderer = Self { texts, layouts, service };
        let mistakes = renderer.layout_mistakes();
        if mistakes.is_empty() { Ok(renderer) } else { Err(LayoutError::Mistakes(mistakes)) }
    }

    /// The mail in the language of its reader.
    ///
    /// # Errors
    /// [`CannotRender`], also for an SMS.
    pub fn mail(&self, letter: &Letter) -> Result<MailContent, CannotRender> {
        if matches!(letter.notice, Notice::SmsCode { .. }) {
            return Err(CannotRender::Channel);
        }
        let template = letter.notice.template();
        let message = Message::of(letter, &self.service, self.words(letter));
        let text = self.layouts.text(template, &message).map_err(CannotRender::Template)?;
        let html = self.layouts.html(template, &message).map_err(CannotRender::Template)?;
        Ok(MailContent { subject: message.subject, text, html })
    }

    /// The SMS in the language of its reader. Its last line binds the code to our pages: browsers offer it nowhere else.
    ///
    /// # Errors
    /// [`CannotRender`], also for a mail.
    pub fn sms(&self, letter: &Letter) -> Result<String, CannotRender> {
        let Notice::SmsCode { code, .. } = &letter.notice else {
            return Err(CannotRender::Channel);
        };
        let words = self.words(letter);
        let facts = Facts::of(&letter.notice, &self.service.brand.product, words);
        let text = words.language.text("sms-code", &facts.values());
        Ok(format!("{text}\n\n@{} #{code}", self.service.code_host))
    }

    /// The languages that mails are written in.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.texts.languages().iter().map(Language::tag)
    }

    /// The mistakes in texts of the operator: placeholders that a message does not have.
    ///
    /// # Errors
    /// [`TextError`] for files that cannot be read.
    pub fn text_mistakes(&self, folder: &Path) -> Result<Vec<Mistake>, TextError> {
        let notices: Vec<(String, Vec<&str>)> =
            sample::all().iter().map(|notice| (kind(notice), self.names(notice))).collect();
        let of_notice = |id: &str| {
            let own = notices.iter().find(|(kind, _)| id.strip_prefix(kind.as_str()).is_some_and(is_part));
            own.map(|(_, names)| names.clone())
        };
        unknown_variables(folder, of_notice)
    }

    fn names(&self, notice: &Notice) -> Vec<&'static str> {
        Facts::of(notice, "", Words { language: self.texts.first(), zone: None }).names()
    }

    fn layout_mistakes(&self) -> Vec<Mistake> {
        if !self.layouts.has_files() {
            return Vec::new();
        }
        let letters = sample::letters(self.languages());
        let messages: Vec<Message> =
            letters.iter().map(|letter| Message::of(letter, &self.service, self.words(letter))).collect();
        let mut mistakes = self.layouts.unknown_placeholders(&sample::fields(&messages));
        if mistakes.is_empty() {
            let filled = letters.iter().filter_map(|letter| match self.mail(letter) {
                Err(CannotRender::Template(mistake)) => Some(mistake),
                _ => None,
            });
            mistakes.extend(filled);
            mistakes.dedup();
        }
        mistakes
    }

    fn words<'a>(&'a self, letter: &'a Letter) -> Words<'a> {
        let asked = letter.locale.as_deref().and_then(|tag| self.texts.language(tag));
        Words { language: asked.unwrap_or_else(|| self.texts.first()), zone: letter.time_zone.as_ref() }
    }
}

/// What follows the kind of a message in the id of one of its texts.
fn is_part(rest: &str) -> bool {
    let parts = ["-subject", "-preheader", "-headline", "-body", "-action", "-help", "-help-action"];
    parts.contains(&rest)
}

#[cfg(test)]
mod tests;
