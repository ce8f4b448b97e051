//! A mail in the words of its reader, before it has a form: the text and the HTML are made of the same message.

mod facts;
mod moment;
mod person;
mod place_name;
mod shape;

use serde::Serialize;

use super::service::{Brand, Service};
use crate::model::notice::{Letter, Notice};
use crate::model::time_zone::TimeZone;
use crate::text::{Language, Value};
pub(super) use facts::Facts;
use shape::{Help, Shape};

/// A mail in the words of its reader. Its fields are what the layouts mention.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// A language tag.
    pub language: String,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
    pub brand: Brand,
    pub subject: String,
    /// What lists of mails show beside the subject.
    pub preheader: String,
    pub headline: String,
    pub greeting: String,
    pub paragraphs: Vec<String>,
    pub facts: Vec<Fact>,
    /// The button.
    pub action: Option<Link>,
    /// How long the link of the button works.
    pub note: Option<String>,
    pub help: Option<HelpOffer>,
    /// Who sent the mail, and why.
    pub why: String,
    pub support: Option<SupportLine>,
    /// The terms of use and the privacy policy.
    pub pages: Vec<Link>,
}

/// A label and a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

/// A link with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    pub label: String,
    pub url: String,
}

/// What someone can do who knows nothing of the matter.
#[derive(Clone, Debug, Serialize)]
pub struct HelpOffer {
    pub question: Option<String>,
    pub text: String,
    pub action: Option<Link>,
}

/// Where people get help, as a sentence around a link.
#[derive(Clone, Debug, Serialize)]
pub struct SupportLine {
    pub before: String,
    pub label: String,
    pub url: String,
    pub after: String,
}

/// The words of one reader.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub language: &'a Language,
    pub zone: Option<&'a TimeZone>,
}

impl Message {
    /// The mail for a letter, in these words.
    pub(super) fn of(letter: &Letter, service: &Service, words: Words<'_>) -> Self {
        let language = words.language;
        let facts = Facts::of(&letter.notice, &service.brand.product, words);
        let values = facts.values();
        let kind = kind(&letter.notice);
        let text = |id: &str| language.text(id, &values);
        let part = |part: &str| language.text(&format!("{kind}-{part}"), &values);
        let shape = Shape::of(letter, service);
        let body = part("body");
        Self {
            language: language.tag().to_owned(),
            direction: language.direction().as_str(),
            brand: service.brand.clone(),
            subject: person::line(&part("subject")),
            preheader: part("preheader"),
            headline: part("headline"),
            greeting: greeting(letter, language),
            paragraphs: body.split("\n\n").map(person::line).filter(|text| !text.is_empty()).collect(),
            facts: facts.rows(language),
            action: shape.action.map(|url| Link { label: part("action"), url: url.to_owned() }),
            note: shape.expires.then(|| text("mail-link-note")),
            help: shape.help.map(|help| help_offer(&help, &kind, language, &values)),
            why: text(shape.why),
            support: support(service, language),
            pages: pages(service, language),
        }
    }
}

/// The beginning of the ids of a notice's texts.
pub(super) fn kind(notice: &Notice) -> String {
    format!("mail-{}", notice.template().replace('_', "-"))
}

fn greeting(letter: &Letter, language: &Language) -> String {
    let name = letter.display_name.as_deref().filter(|_| shape::is_known(&letter.notice));
    match name.map(person::defused).filter(|name| !name.is_empty()) {
        Some(name) => language.text("mail-greeting", &[("name", name.into())]),
        None => language.text("mail-greeting-anonymous", &[]),
    }
}

/// A mail's own words go before those that several mails share.
fn help_offer(help: &Help, kind: &str, language: &Language, values: &[(&str, Value<'_>)]) -> HelpOffer {
    let text = |id: &str| language.text(id, values);
    let (own, own_action) = (format!("{kind}-help"), format!("{kind}-help-action"));
    let shared = help.target.id();
    let has_own = language.has(&own) && !help.is_makeshift;
    let has_own_action = language.has(&own_action) && !help.is_makeshift;
    let label = || text(&if has_own_action { own_action } else { format!("{shared}-action") });
    HelpOffer {
        question: help.asks.then(|| text("mail-not-you")),
        text: text(if has_own { &own } else { shared }),
        action: help.target.url().map(|url| Link { label: label(), url: url.to_owned() }),
    }
}

/// The mark that tells where the link is in the words of a language. No text of people contains it.
const HERE: &str = "\u{fffc}";

fn support(service: &Service, language: &Language) -> Option<SupportLine> {
    let support = service.support.as_ref()?;
    let line = language.text("mail-support", &[("support", HERE.into())]);
    let (before, after) = line.split_once(HERE).unwrap_or((&line, ""));
    Some(SupportLine {
        before: before.to_owned(),
        label: support.as_str().to_owned(),
        url: support.href(),
        after: after.to_owned(),
    })
}

fn pages(service: &Service, language: &Language) -> Vec<Link> {
    let pages = [("mail-terms", &service.terms), ("mail-privacy", &service.privacy)];
    let link =
        |(id, url): (&str, &Option<String>)| Some(Link { label: language.text(id, &[]), url: url.clone()? });
    pages.into_iter().filter_map(link).collect()
}
