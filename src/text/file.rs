//! One file of messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use fluent_bundle::FluentResource;
use fluent_syntax::ast::Entry;
use fluent_syntax::parser::ParserError;
use unic_langid::LanguageIdentifier;

use super::error::{Mistake, TextError};

/// A file that was read without a mistake.
#[derive(Clone)]
pub(super) struct File {
    /// For errors.
    pub path: String,
    pub tag: LanguageIdentifier,
    pub resource: Arc<FluentResource>,
}

impl File {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`TextError`], with all mistakes of the file.
    pub fn parse(path: &str, tag: &str, content: &[u8]) -> Result<Self, TextError> {
        let tag: LanguageIdentifier =
            tag.parse().map_err(|_| TextError::NoLanguage { path: path.to_owned() })?;
        let mistake = |line, reason| Mistake { file: path.to_owned(), line, reason };
        let text = match str::from_utf8(content) {
            // The library takes a carriage return for a part of the text.
            Ok(text) => text.trim_start_matches('\u{feff}').replace("\r\n", "\n"),
            Err(error) => {
                let line = line_of(content, error.valid_up_to());
                return Err(TextError::Mistakes(vec![mistake(line, "this is not UTF-8".to_owned())]));
            }
        };
        let resource = match FluentResource::try_new(text) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                let source = resource.source().as_bytes();
                let told =
                    |error: &ParserError| mistake(line_of(source, error.pos.start), error.kind.to_string());
                return Err(TextError::Mistakes(errors.iter().map(told).collect()));
            }
        };
        let file = Self { path: path.to_owned(), tag, resource: Arc::new(resource) };
        file.refuse_repetitions()?;
        Ok(file)
    }

    /// A message that is there twice would hide one of its texts.
    fn refuse_repetitions(&self) -> Result<(), TextError> {
        let mut seen = BTreeMap::new();
        let mut mistakes = Vec::new();
        for id in self.resource.entries().filter_map(id_of) {
            if let Some(first) = seen.insert(id, id) {
                let reason = format!("{id} is already there in line {}", self.line_of(first));
                mistakes.push(Mistake { file: self.path.clone(), line: self.line_of(id), reason });
            }
        }
        if mistakes.is_empty() { Ok(()) } else { Err(TextError::Mistakes(mistakes)) }
    }

    /// The ids of messages, without those of terms.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.resource.entries().filter_map(|entry| match entry {
            Entry::Message(message) => Some(message.id.name),
            _ => None,
        })
    }

    /// The line of a message.
    pub fn line(&self, id: &str) -> usize {
        let entry = self.resource.entries().filter_map(id_of).find(|other| *other == id);
        let source = self.resource.source();
        entry.map_or(1, |entry| line_of(source.as_bytes(), offset(source, entry)))
    }

    /// The line that a part of the text is in.
    pub fn line_of(&self, part: &str) -> usize {
        let source = self.resource.source();
        line_of(source.as_bytes(), offset(source, part))
    }

    /// Whether the file has this name, such as `app`.
    pub fn is_named(&self, name: &str) -> bool {
        self.path.ends_with(&format!("/{name}.ftl"))
    }
}

/// The name of a message or a term.
pub(super) fn id_of<'a>(entry: &Entry<&'a str>) -> Option<&'a str> {
    match entry {
        Entry::Message(message) => Some(message.id.name),
        Entry::Term(term) => Some(term.id.name),
        _ => None,
    }
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

fn line_of(text: &[u8], position: usize) -> usize {
    1 + text.iter().take(position).filter(|byte| **byte == b'\n').count()
}

impl std::fmt::Debug for File {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("File").field(&self.path).finish()
    }
}
