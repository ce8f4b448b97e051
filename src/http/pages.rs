//! The pages for people: those that mails lead to, which work without script, and the shell of the application in the
//! browser. They use the same services as the API.

mod assets;
mod brand;
mod card;
mod comments;
mod file;
mod form;
mod frame;
mod language;
mod link;
mod modules;
mod moment;
mod onward;
mod reply;
mod request_link;
mod sheets;
mod shell;
mod visit;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use actix_web::http::header::{HeaderValue, InvalidHeaderValue};
use actix_web::web::ServiceConfig;
use url::Url;

use self::assets::Assets;
use self::shell::Facts;
use crate::config::{self, Config};
use crate::text::Texts;

/// What all pages share. It is made once, at the start.
pub struct Pages {
    texts: Arc<Texts>,
    /// Made when the first page is asked for: no one waits for them at the start of a server that shows none.
    files: OnceLock<Files>,
    settings: config::Pages,
    branding: config::Branding,
    /// What the application in the browser is told.
    facts: Facts,
    /// The terms that a registration must accept.
    terms_version: Option<String>,
    /// The least length of a new password.
    min_password: usize,
    /// The path under which a proxy publishes the server: empty, or like `/auth`.
    base: String,
    /// `Content-Security-Policy`
    policy: HeaderValue,
}

/// What browsers get for the pages.
struct Files {
    assets: Assets,
    /// The modules that each page of the application needs at once, by its name.
    modules: BTreeMap<&'static str, Vec<String>>,
}

impl Pages {
    /// # Errors
    /// If the origin of a picture cannot be written into a header.
    pub fn new(config: &Config, texts: Arc<Texts>) -> Result<Self, InvalidHeaderValue> {
        Ok(Self {
            files: OnceLock::new(),
            settings: config.pages.clone(),
            branding: config.branding.clone(),
            facts: Facts::of(config),
            terms_version: config.accounts.terms_version.clone(),
            min_password: config.password.min_length,
            base: config.server.base_path().to_owned(),
            policy: HeaderValue::from_str(&policy(config))?,
            texts,
        })
    }

    fn files(&self) -> &Files {
        self.files.get_or_init(|| {
            let assets = Assets::new(self.branding.accent, &self.texts);
            Files { modules: shell::modules(&assets), assets }
        })
    }

    /// The prefix of the assets' addresses.
    fn assets(&self) -> String {
        format!("{}/assets/{}/", self.base, self.files().assets.hash())
    }

    /// Registers the routes, which are no part of the API.
    pub fn routes(&self, app: &mut ServiceConfig) {
        assets::routes(app);
        onward::routes(app);
        link::routes(app, &self.settings);
        request_link::routes(app, &self.settings);
        // The shell comes last: its paths include those of the other pages.
        shell::routes(app, &self.settings);
    }
}

/// Scripts, styles and requests of our own only; pictures also from where the logos are. Script addresses pass the one
/// policy of Trusted Types that the application has. `form-action` binds the redirects of a form as well, so that a page
/// links to another origin instead of being sent there.
fn policy(config: &Config) -> String {
    let logos = logo_origins(config);
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{logos}; \
         connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types kindred"
    )
}

/// The origins of the product's logo and of those of the providers, each once, with a blank before it.
fn logo_origins(config: &Config) -> String {
    let providers = config.federation.providers.iter().filter_map(|provider| provider.logo.as_ref());
    let origins: BTreeSet<String> = config.branding.logo.iter().chain(providers).map(origin).collect();
    let mut listed = String::new();
    for origin in origins {
        listed.push(' ');
        listed.push_str(&origin);
    }
    listed
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Pages")
    }
}
