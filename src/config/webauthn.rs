//! `webauthn.*`: passkeys.

mod app;
mod origin;

#[cfg(test)]
mod tests;

use std::time::Duration;

use url::{Host, Url};

pub use app::{AndroidApp, AppleApp};
pub use origin::{PasskeyOrigin, WebOrigin};

use super::{Environment, Reader, Server, setting};

/// The domain of servers without one. Browsers accept it without TLS, but accept no IP address in its place.
const LOCALHOST: &str = "localhost";

#[derive(Clone, Debug)]
pub struct Webauthn {
    /// The domain that passkeys are bound to. Changing it invalidates all of them.
    pub rp_id: String,
    /// The name of the service in authenticators.
    pub rp_name: String,
    /// The pages and native apps that may use them: each page on `rp_id` or on a domain below it.
    pub origins: Vec<PasskeyOrigin>,
    /// Pages on other domains that may use them (WebAuthn §5.11).
    pub related_origins: Vec<WebOrigin>,
    pub android_apps: Vec<AndroidApp>,
    pub apple_apps: Vec<AppleApp>,
    /// How long a ceremony that was begun can be finished.
    pub ceremony_ttl: Duration,
}

impl Webauthn {
    pub(super) fn read(reader: &mut Reader, profile: Environment, server: &Server, product: &str) -> Self {
        let (rp_id, origins) = defaults(&server.public_url);
        reader.section("Passkeys");
        let webauthn = Self {
            rp_id: reader.value(
                setting(
                    "webauthn.rp_id",
                    "The domain that passkeys are bound to. Changing it invalidates all of them. \
                    The default is the host of `server.public_url`, or `localhost` if that is an \
                    address.",
                )
                .note("a domain in lower case"),
                rp_id,
            ),
            rp_name: reader.value(
                setting("webauthn.rp_name", "The name of the service in authenticators.")
                    .note("1 to 64 characters")
                    .default_note("`branding.product_name`"),
                product.to_owned(),
            ),
            origins: reader.list(
                setting(
                    "webauthn.origins",
                    "The pages and native Android apps that may use passkeys. The default follows \
                    `server.public_url`.",
                )
                .note(
                    "a page within `webauthn.rp_id`: https, or http for localhost only; or an app: \
                    `android:apk-key-hash:…`",
                ),
                origins,
            ),
            related_origins: reader.list(
                setting(
                    "webauthn.related_origins",
                    "Pages on other domains that may use the passkeys. `/.well-known/webauthn` lists \
                    them. Browsers accept at least five domains.",
                )
                .note("outside `webauthn.rp_id`; https"),
                Vec::new(),
            ),
            android_apps: reader.list(
                setting(
                    "webauthn.android_apps",
                    "The Android apps that may use the passkeys and passwords. \
                    `/.well-known/assetlinks.json` lists them, and their origins are accepted.",
                )
                .note("the package, `=`, and the SHA-256 fingerprint of its certificate"),
                Vec::new(),
            ),
            apple_apps: reader.list(
                setting(
                    "webauthn.apple_apps",
                    "The apps of Apple's platforms that may use the passkeys and passwords. \
                    `/.well-known/apple-app-site-association` lists them.",
                )
                .note("`TEAM.bundle`, such as `A1B2C3D4E5.com.example.app`"),
                Vec::new(),
            ),
            ceremony_ttl: reader.value(
                setting("webauthn.ceremony_ttl", "How long the registration or use of a passkey may take.")
                    .between(Duration::from_secs(1), Duration::from_secs(900)),
                Duration::from_secs(300),
            ),
        };
        webauthn.check(reader);
        if profile.is_production() && webauthn.rp_id == LOCALHOST {
            reader.warn("webauthn.rp_id is localhost: passkeys will work on this machine only");
        }
        webauthn
    }

    fn check(&self, reader: &mut Reader) {
        let is_domain = matches!(Host::parse(&self.rp_id), Ok(Host::Domain(name)) if name == self.rp_id)
            && (self.rp_id.trim_matches('.').contains('.') || self.rp_id == LOCALHOST)
            && !self.rp_id.ends_with('.');
        reader.check("webauthn.rp_id", is_domain, "must be a domain in lower case, such as example.com");
        let sane = (1..=64).contains(&self.rp_name.chars().count()) && !self.rp_name.trim().is_empty();
        // A name that follows a refused one is refused with it.
        let is_told = reader.is_refused("branding.product_name") && !reader.is_given("webauthn.rp_name");
        reader.check("webauthn.rp_name", sane || is_told, "must be 1 to 64 characters");
        reader.check("webauthn.origins", !self.origins.is_empty(), "must name at least one origin");
        for origin in &self.origins {
            if let PasskeyOrigin::Web(origin) = origin {
                self.check_page(reader, "webauthn.origins", origin, true);
            }
        }
        for origin in &self.related_origins {
            self.check_page(reader, "webauthn.related_origins", origin, false);
        }
    }

    fn check_page(&self, reader: &mut Reader, key: &str, origin: &WebOrigin, is_below: bool) {
        if origin.domain().is_some_and(|domain| is_within(domain, &self.rp_id)) != is_below {
            let place = if is_below { "not within" } else { "within" };
            reader.problem(key, format!("{origin} is {place} webauthn.rp_id"));
        }
        if !origin.is_secure() {
            reader.problem(key, format!("{origin} must be https (http: localhost only)"));
        }
    }

    /// All origins that are accepted.
    pub fn accepted_origins(&self) -> impl Iterator<Item = PasskeyOrigin> {
        let related = self.related_origins.iter().cloned().map(PasskeyOrigin::Web);
        let apps = self.android_apps.iter().filter_map(AndroidApp::origin).map(PasskeyOrigin::Android);
        self.origins.iter().cloned().chain(related).chain(apps)
    }
}

/// The host and the origin of the public URL. Passkeys do not work with IP addresses, for which `localhost` is used.
fn defaults(public_url: &Url) -> (String, Vec<PasskeyOrigin>) {
    if let Some(domain) = public_url.domain() {
        let origin = public_url.origin().ascii_serialization().parse().ok();
        return (domain.to_owned(), origin.into_iter().collect());
    }
    let port = public_url.port_or_known_default().unwrap_or(80);
    let origin = format!("http://{LOCALHOST}:{port}").parse().ok();
    (LOCALHOST.to_owned(), origin.into_iter().collect())
}

fn is_within(domain: &str, rp_id: &str) -> bool {
    domain == rp_id || domain.strip_suffix(rp_id).is_some_and(|rest| rest.ends_with('.'))
}
