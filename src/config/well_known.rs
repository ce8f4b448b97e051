//! `well_known.*`: the pages that password managers and browsers ask this server for.

use url::Url;

use super::{Reader, setting};

#[derive(Clone, Debug)]
pub struct WellKnown {
    /// The page on which a user changes the password.
    pub change_password_url: Option<Url>,
    /// The page on which a user enrolls a passkey.
    pub passkey_enroll_url: Option<Url>,
    /// The page on which a user sees and removes passkeys.
    pub passkey_manage_url: Option<Url>,
}

impl WellKnown {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Pages for password managers");
        Self {
            change_password_url: page(
                reader,
                "well_known.change_password_url",
                "The page on which a user changes the password. `/.well-known/change-password` redirects to it. Without \
                it, that is the page of this server, unless it is switched off.",
            ),
            passkey_enroll_url: page(
                reader,
                "well_known.passkey_enroll_url",
                "The page on which a user enrolls a passkey. `/.well-known/passkey-endpoints` names it.",
            ),
            passkey_manage_url: page(
                reader,
                "well_known.passkey_manage_url",
                "The page on which a user sees and removes passkeys. `/.well-known/passkey-endpoints` names it.",
            ),
        }
    }
}

fn page(reader: &mut Reader, key: &'static str, meaning: &'static str) -> Option<Url> {
    let url: Option<Url> = reader.optional(setting(key, meaning).note("https, or http for localhost only"));
    let is_secure = url.as_ref().is_none_or(|url| {
        let is_local = url.scheme() == "http" && url.domain() == Some("localhost");
        (url.scheme() == "https" || is_local) && url.username().is_empty() && url.password().is_none()
    });
    reader.check(key, is_secure, "must be an https URL without a user (http: localhost only)");
    url
}
