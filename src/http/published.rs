//! The documents below `/.well-known` that follow from the configuration. They are written once, at the start.

use serde_json::json;
use url::Url;

use crate::config::{AndroidApp, Config, PageName, Webauthn, WellKnown};

/// What an Android app is allowed to do: to use the site's passkeys and passwords, and to open its links.
const RELATIONS: [&str; 2] =
    ["delegate_permission/common.get_login_creds", "delegate_permission/common.handle_all_urls"];

/// Where the application changes the password.
const CHANGE_PASSWORD: &str = "/account/password";

/// Each is absent unless the configuration says something about it.
#[derive(Debug)]
pub struct PublishedDocuments {
    pub related_origins: Option<String>,
    pub passkey_endpoints: Option<String>,
    pub change_password: Option<Url>,
    pub asset_links: Option<String>,
    pub apple_app_site_association: Option<String>,
}

impl PublishedDocuments {
    pub fn of(config: &Config) -> Self {
        Self {
            related_origins: related_origins(&config.webauthn),
            passkey_endpoints: passkey_endpoints(&config.well_known),
            change_password: change_password(config),
            asset_links: asset_links(&config.webauthn.android_apps),
            apple_app_site_association: apple_app_site_association(&config.webauthn),
        }
    }
}

/// The page of the configuration, or else our own.
fn change_password(config: &Config) -> Option<Url> {
    let own = || {
        Url::parse(&format!("{}{CHANGE_PASSWORD}", config.server.public_url.as_str().trim_end_matches('/')))
    };
    let has_page = config.pages.has(PageName::Account);
    config.well_known.change_password_url.clone().or_else(|| own().ok().filter(|_| has_page))
}

/// WebAuthn §5.11
fn related_origins(webauthn: &Webauthn) -> Option<String> {
    let origins: Vec<_> = webauthn.related_origins.iter().map(ToString::to_string).collect();
    (!origins.is_empty()).then(|| json!({ "origins": origins }).to_string())
}

fn passkey_endpoints(well_known: &WellKnown) -> Option<String> {
    let pages = [("enroll", &well_known.passkey_enroll_url), ("manage", &well_known.passkey_manage_url)];
    let pages: serde_json::Map<_, _> =
        pages.into_iter().filter_map(|(name, page)| Some((name.to_owned(), json!(page.as_ref()?)))).collect();
    (!pages.is_empty()).then(|| json!(pages).to_string())
}

/// A statement for each app (Digital Asset Links).
fn asset_links(apps: &[AndroidApp]) -> Option<String> {
    let statement = |app: &AndroidApp| {
        json!({
            "relation": RELATIONS,
            "target": {
                "namespace": "android_app",
                "package_name": app.package,
                "sha256_cert_fingerprints": [app.fingerprint()],
            },
        })
    };
    (!apps.is_empty()).then(|| apps.iter().map(statement).collect::<serde_json::Value>().to_string())
}

fn apple_app_site_association(webauthn: &Webauthn) -> Option<String> {
    let apps: Vec<_> = webauthn.apple_apps.iter().map(ToString::to_string).collect();
    (!apps.is_empty()).then(|| json!({ "webcredentials": { "apps": apps } }).to_string())
}
