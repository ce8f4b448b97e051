//! A language with all its messages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;
use fluent_syntax::ast::{Entry, Pattern, Resource};
use fluent_syntax::serializer::serialize;
use unic_langid::LanguageIdentifier;

use super::argument::{Value, arguments};
use super::direction::Direction;
use super::error::{Mistake, TextError};
use super::file::{File, id_of};
use super::reported::Reported;

/// A language with all its messages.
pub struct Language {
    id: LanguageIdentifier,
    tag: String,
    bundle: FluentBundle<Arc<FluentResource>>,
    english: Vec<File>,
    /// For attributes that a message of the language lacks; made for the first one.
    complete: OnceLock<FluentBundle<Arc<FluentResource>>>,
    /// What there is of the language itself.
    own: Vec<File>,
    application: OnceLock<String>,
    missing: Vec<String>,
    reported: Reported,
}

/// The files of which a language is made. Each of them replaces messages of those before it.
pub(super) struct Layers<'a> {
    /// What there is of each message.
    pub english: &'a [File],
    pub built_in: &'a [File],
    pub dropped_in: &'a [File],
}

impl Language {
    /// Puts the messages of a language together.
    ///
    /// # Errors
    /// [`TextError`] for a message that two built-in files have.
    pub(super) fn new(id: LanguageIdentifier, layers: &Layers<'_>) -> Result<Self, TextError> {
        let Layers { english, built_in, dropped_in } = *layers;
        refuse_common_messages(built_in)?;
        let own: Vec<&File> = built_in.iter().chain(dropped_in).collect();
        Ok(Self {
            tag: id.to_string(),
            missing: missing(english, &own),
            own: own.into_iter().cloned().collect(),
            application: OnceLock::new(),
            bundle: bundle(&id, [english, built_in, dropped_in].concat()),
            english: english.to_vec(),
            complete: OnceLock::new(),
            reported: Reported::default(),
            id,
        })
    }

    /// The language tag (BCP 47).
    pub fn tag(&self) -> &str {
        &self.tag
    }

    pub(super) const fn id(&self) -> &LanguageIdentifier {
        &self.id
    }

    /// The direction in which the language is written.
    pub fn direction(&self) -> Direction {
        Direction::of(&self.id)
    }

    /// The message with this id, or `id.attribute`, with the values that it mentions. A message that does not exist
    /// in English either is a mistake of the program: its id is given instead, and the log tells it
    /// once.
    pub fn text(&self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        let Some(pattern) = pattern(&self.bundle, id).or_else(|| pattern(self.complete(), id)) else {
            if self.reported.is_first(id) {
                tracing::error!(id, language = self.tag, "there is no text with this id");
            }
            return id.to_owned();
        };
        let (values, mut errors) = (arguments(values), Vec::new());
        let text = self.bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned();
        if !errors.is_empty() && self.reported.is_first(id) {
            for error in errors {
                tracing::error!(id, language = self.tag, %error, "a text cannot be completed");
            }
        }
        text
    }

    fn complete(&self) -> &FluentBundle<Arc<FluentResource>> {
        self.complete.get_or_init(|| bundle(&self.id, self.english.clone()))
    }

    /// Whether there is a message with this id.
    pub fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// The messages of the application in the browser, as a file. It is complete: what the language lacks is there in
    /// English.
    pub fn application(&self) -> &str {
        self.application.get_or_init(|| application(&self.english, &self.own))
    }

    /// The messages that the language lacks.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }
}

fn bundle(id: &LanguageIdentifier, files: Vec<File>) -> FluentBundle<Arc<FluentResource>> {
    let mut bundle = FluentBundle::new_concurrent(vec![id.clone()]);
    // The marks around values keep them in one piece between words of the other direction; elsewhere they would only
    // end up in what people copy.
    bundle.set_use_isolating(Direction::of(id) == Direction::RightToLeft);
    for file in files {
        bundle.add_resource_overriding(file.resource);
    }
    bundle
}

/// What a message, or an attribute of one, is made of.
fn pattern<'a>(bundle: &'a FluentBundle<Arc<FluentResource>>, id: &str) -> Option<&'a Pattern<&'a str>> {
    match id.split_once('.') {
        Some((message, attribute)) => {
            bundle.get_message(message)?.get_attribute(attribute).map(|attribute| attribute.value())
        }
        None => bundle.get_message(id)?.value(),
    }
}

/// A message of two files would depend on their order.
fn refuse_common_messages(files: &[File]) -> Result<(), TextError> {
    let (mut first, mut mistakes) = (BTreeMap::new(), Vec::new());
    for file in files {
        for id in file.resource.entries().filter_map(id_of) {
            let other: &File = first.entry(id).or_insert(file);
            if !std::ptr::eq(other, file) {
                let reason = format!("{id} is already there in {}:{}", other.path, other.line(id));
                mistakes.push(Mistake { file: file.path.clone(), line: file.line(id), reason });
            }
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(TextError::Mistakes(mistakes)) }
}

fn missing(english: &[File], own: &[&File]) -> Vec<String> {
    let has: BTreeSet<&str> = own.iter().flat_map(|file| file.messages()).collect();
    english.iter().flat_map(File::messages).filter(|id| !has.contains(id)).map(str::to_owned).collect()
}

/// The messages of the English file `app.ftl`, each in the last of the language's files that has it, and all terms, which
/// they may mention.
fn application(english: &[File], own: &[File]) -> String {
    let mut body = Vec::new();
    let mut terms = BTreeSet::new();
    for entry in own.iter().chain(english).flat_map(|file| file.resource.entries()) {
        if let Entry::Term(term) = entry
            && terms.insert(term.id.name)
        {
            body.push(entry.clone());
        }
    }
    let translated: BTreeMap<&str, &Entry<&str>> = own.iter().flat_map(messages).collect();
    for (id, entry) in english.iter().filter(|file| file.is_named("app")).flat_map(messages) {
        body.push(translated.get(id).copied().unwrap_or(entry).clone());
    }
    serialize(&Resource { body })
}

/// The messages of a file by their ids.
fn messages(file: &File) -> impl Iterator<Item = (&str, &Entry<&str>)> {
    file.resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some((message.id.name, entry)),
        _ => None,
    })
}

impl std::fmt::Debug for Language {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Language").field(&self.tag).finish()
    }
}
