//! `branding.*`: how the pages and the mails look, and what they say of the operator.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

use super::declaration::setting_value;
use super::{Environment, Reader, setting};
use crate::model::color::{Color, Scheme};
use crate::model::email::Email;

#[derive(Clone, Debug)]
pub struct Branding {
    /// The name of the product, as pages and messages call it.
    pub product_name: String,
    /// A picture at an address of its own.
    pub logo: Option<Url>,
    /// The color of what can be done.
    pub accent: Option<Color>,
    pub support: Option<Support>,
    pub terms_url: Option<Url>,
    pub privacy_url: Option<Url>,
    /// The languages that are offered, the one for everyone else first. Empty: all that have texts.
    pub languages: Vec<String>,
    /// A folder with texts of the operator.
    pub locales_dir: Option<PathBuf>,
}

/// Where people get help: a mail address or a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support(String);

impl Support {
    /// As it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The target of a link.
    pub fn href(&self) -> String {
        if self.0.starts_with("https://") { self.0.clone() } else { format!("mailto:{}", self.0) }
    }
}

impl FromStr for Support {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_page = Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.has_host());
        if is_page || Email::parse(text).is_ok() {
            return Ok(Self(text.to_owned()));
        }
        Err("must be a mail address or an https URL")
    }
}

impl fmt::Display for Support {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

setting_value! {
    Support: "a mail address or an https URL",
    Color: "a color such as `#2f4bc4`",
}

impl Branding {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        reader.section("Branding");
        let product_name = product_name(reader);
        let mut page = |key, meaning| page(reader, profile, key, meaning);
        let logo =
            page("branding.logo", "The picture that pages and mails show in place of the name, 32 px high.");
        let terms_url = page("branding.terms_url", "The page with the terms of use.");
        let privacy_url = page("branding.privacy_url", "The page that says how personal data is used.");
        Self {
            product_name,
            logo,
            accent: accent(reader),
            support: reader.optional(setting("branding.support", "Where people get help.")),
            terms_url,
            privacy_url,
            languages: reader.list(
                setting(
                    "branding.languages",
                    "The languages in which pages and mails are offered. The first one is for people who ask for none \
                    of them. Without it, these are all languages that have texts, and English is the first.",
                )
                .note("language tags, such as `de` or `pt-BR`"),
                Vec::new(),
            ),
            locales_dir: reader.optional(
                setting(
                    "branding.locales_dir",
                    "A folder with texts: `fr.ftl` or `fr/….ftl` adds a language, `de.ftl` replaces some of the \
                    German ones.",
                )
                .note("files of Project Fluent"),
            ),
        }
    }
}

fn product_name(reader: &mut Reader) -> String {
    let key = "branding.product_name";
    let name = reader.value(
        setting(key, "The name of the product, as pages, mails and SMS call it.")
            .note("1 to 64 characters")
            .formerly("server.name"),
        "Kindred".to_owned(),
    );
    let is_name = (1..=64).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    reader.check(key, is_name && !name.trim().is_empty(), "must be 1 to 64 characters");
    name
}

fn accent(reader: &mut Reader) -> Option<Color> {
    let accent: Option<Color> = reader.optional(setting(
        "branding.accent",
        "The color of links and of the primary button. Where it cannot be read, it is made darker for the light scheme \
        and lighter for the dark one, with a warning.",
    ));
    if let Some(accent) = accent {
        for (scheme, name) in [(Scheme::Light, "light"), (Scheme::Dark, "dark")] {
            let readable = accent.accent(scheme).accent;
            if readable != accent {
                reader.warn(format!(
                    "branding.accent {accent} has a contrast below 4.5:1 in the {name} scheme; {readable} is used there"
                ));
            }
        }
    }
    accent
}

fn page(reader: &mut Reader, profile: Environment, key: &'static str, meaning: &'static str) -> Option<Url> {
    let url: Option<Url> =
        reader.optional(setting(key, meaning).note("https (http is accepted outside production)"));
    let is_fine = url.as_ref().is_none_or(|url| {
        url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && !profile.is_production()))
    });
    reader.check(key, is_fine, "must be an https URL (http is accepted outside production)");
    url
}
