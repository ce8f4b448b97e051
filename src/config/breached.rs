//! `breached.*`: passwords that became public.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::{Environment, Reader, setting};

#[derive(Clone, Debug)]
pub struct Breached {
    pub mode: BreachedMode,
    pub base_url: Url,
    /// Whether the service may be at an address that is not public.
    pub allow_private: bool,
    /// For one question.
    pub timeout: Duration,
    /// In mode `file` always there.
    pub file: Option<PathBuf>,
}

/// Where breached passwords are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreachedMode {
    Off,
    /// The range API of Have I Been Pwned.
    Range,
    /// A file that was made by `kindred breached build`.
    File,
}

super::text_enum!(BreachedMode { Off => "off", Range => "range", File => "file" });

impl Breached {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        reader.section("Breached passwords");
        let base = "https://api.pwnedpasswords.com/".parse().unwrap_or_else(|_| unreachable!("it is a URL"));
        let breached = Self {
            mode: reader.choice(
                setting(
                    "breached.mode",
                    "Where new passwords are looked up that became public in breaches: nowhere, by \
                    the range API of Have I Been Pwned, which learns five digits of a hash, or in \
                    a file.",
                ),
                BreachedMode::Off,
            ),
            base_url: reader.value(
                setting("breached.base_url", "The range API, for `range`.")
                    .note("https; outside production also http, with `breached.allow_private`"),
                base,
            ),
            allow_private: reader.value(
                setting(
                    "breached.allow_private",
                    "Whether the range API may be at an address that is not public, such as a \
                    mirror in the internal network.",
                ),
                false,
            ),
            timeout: reader.value(
                setting(
                    "breached.timeout",
                    "How long the range API is waited for. After that the password is accepted.",
                )
                .between(Duration::from_millis(100), Duration::from_secs(10)),
                Duration::from_secs(1),
            ),
            file: reader.optional(
                setting("breached.file", "A file that was made by `kindred breached build`.")
                    .note("required for `file`"),
            ),
        };
        let is_found = breached.mode != BreachedMode::File || breached.file.is_some();
        reader.check("breached.file", is_found, "is required where breached.mode is file");
        let is_safe = super::is_safe(&breached.base_url, breached.allow_private, profile);
        reader.check(
            "breached.base_url",
            is_safe,
            "must be an https URL (http is accepted outside production where breached.allow_private is set)",
        );
        breached
    }
}
