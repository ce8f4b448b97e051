//! `gateway.*`: proxies that check the access tokens of browsers.

use url::Url;

use super::{Environment, Reader, setting};

#[derive(Clone, Debug)]
pub struct Gateway {
    /// Where `/continue` leads a browser whose session has ended.
    pub login_url: Option<Url>,
}

impl Gateway {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        reader.section("Gateways");
        let key = "gateway.login_url";
        let login_url: Option<Url> = reader.optional(
            setting(
                key,
                "The page of your application on which people log in. `/continue` leads there when the session has \
                ended, with the page to go on to in the parameter `returnTo`. Without it, \
                that is the login page of this server; if that is switched off, `/continue` only tells so.",
            )
            .note("https (http is accepted outside production)"),
        );
        if let Some(url) = &login_url {
            let is_fine = url.scheme() == "https" || (url.scheme() == "http" && !profile.is_production());
            reader.check(key, is_fine, "must be an https URL (http is accepted outside production)");
        }
        Self { login_url }
    }
}
