//! Every message with made-up data, to be looked at.

use super::render::{CannotRender, Renderer};
use super::sample;
use super::transport::mail::{compose, mailbox};
use super::transport::{Mail, SendError};
use crate::clock::Timestamp;
use crate::config::Sender;
use crate::model::notice::{Letter, Notice};

/// The id of a mail that is never sent.
const NEVER_SENT: uuid::Uuid = uuid::Uuid::nil();

/// One message in one language.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The name of its template.
    pub kind: &'static str,
    pub language: String,
    /// The extensions and contents of its files.
    pub files: Vec<(&'static str, Vec<u8>)>,
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    #[error(transparent)]
    Render(#[from] CannotRender),
    #[error(transparent)]
    Compose(#[from] SendError),
    #[error("mail.from is not an address that mail can be sent from")]
    Sender,
}

/// All messages in all languages.
///
/// # Errors
/// [`PreviewError`].
pub fn previews(renderer: &Renderer, from: &Sender) -> Result<Vec<Preview>, PreviewError> {
    let letters = sample::letters(renderer.languages());
    letters.iter().map(|letter| preview(renderer, letter, from)).collect()
}

fn preview(renderer: &Renderer, letter: &Letter, from: &Sender) -> Result<Preview, PreviewError> {
    let (kind, language) = (letter.notice.template(), letter.locale.clone().unwrap_or_default());
    if matches!(letter.notice, Notice::SmsCode { .. }) {
        let files = vec![("txt", renderer.sms(letter)?.into_bytes())];
        return Ok(Preview { kind, language, files });
    }
    let content = renderer.mail(letter)?;
    let files = vec![
        ("html", content.html.clone().into_bytes()),
        ("txt", format!("Subject: {}\n\n{}", content.subject, content.text).into_bytes()),
    ];
    let mail = Mail {
        id: NEVER_SENT,
        template: kind,
        at: Timestamp::from_unix_seconds(sample::AT),
        to: letter.to.clone(),
        content,
    };
    let from = mailbox(from).map_err(|_| PreviewError::Sender)?;
    let source = compose(&mail, &from)?.formatted();
    Ok(Preview { kind, language, files: [files, vec![("eml", source)]].concat() })
}
