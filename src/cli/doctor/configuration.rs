//! The settings, which loading them has checked.

use super::finding::{Check, Finding};
use crate::config::{Config, ConfigError};

/// Without settings nothing else can be looked at.
pub(super) fn invalid(error: &ConfigError) -> Finding {
    Check::Configuration.failed(
        error.to_string(),
        "Correct these settings; docs/configuration.md says what each of them accepts.",
    )
}

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let valid = Check::Configuration.ok(format!("valid, profile {}", config.profile));
    let warning = |text: &String| {
        Check::Configuration.warning(
            text,
            "Change the setting, or accept what the warning says; docs/configuration.md explains it.",
        )
    };
    std::iter::once(valid).chain(config.warnings.iter().map(warning)).collect()
}
