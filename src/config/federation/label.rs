//! How pages show a provider.

use url::Url;

use super::super::{Environment, Reader, setting};
use crate::model::federation::ProviderKind;

const DISPLAY_NAME: &str = "federation.providers.<name>.display_name";
const LOGO: &str = "federation.providers.<name>.logo";
/// The longest name, in characters: it stands on a button.
const LONGEST: usize = 40;

/// What people know a provider by; `name` is that of the provider in the settings.
pub(super) fn display_name(reader: &mut Reader, name: &str, kind: ProviderKind) -> String {
    let shown = reader.value(
        setting(DISPLAY_NAME, "What people know the provider by, as in `Continue with Google`.")
            .default_note("that of the kind; for `oidc`, the name of the provider in the settings")
            .note("1 to 40 characters"),
        kind.brand().unwrap_or(name).to_owned(),
    );
    let is_name = (1..=LONGEST).contains(&shown.chars().count()) && !shown.chars().any(char::is_control);
    reader.check(DISPLAY_NAME, is_name && !shown.trim().is_empty(), "must be 1 to 40 characters");
    shown
}

/// The picture beside the name.
pub(super) fn logo(reader: &mut Reader, profile: Environment) -> Option<Url> {
    let logo: Option<Url> = reader.optional(
        setting(
            LOGO,
            "The picture beside the name, 20 px high. Without it, a simple sign is drawn: the logos of providers are \
            trademarks, whose owners say how they may be used.",
        )
        .note("https (http is accepted outside production)"),
    );
    let is_fine = logo.as_ref().is_none_or(|url| {
        url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && !profile.is_production()))
    });
    reader.check(LOGO, is_fine, "must be an https URL (http is accepted outside production)");
    logo
}
