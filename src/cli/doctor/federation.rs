//! The providers that vouch for people: whether each can be asked, and is what the settings say.

use super::examination::Examination;
use super::finding::{Check, Finding};
use crate::config::{ClientAuth, Provider as Settings};
use crate::federation::{Discovered, DiscoveryError, Provider};
use crate::outgoing::Outgoing;

const CHECK: Check = Check::Federation;

/// A finding for each provider.
pub(super) async fn check(examination: &Examination<'_>) -> Vec<Finding> {
    let config = examination.config;
    let Some(metrics) = &examination.metrics else {
        return vec![CHECK.skipped("needs the metrics")];
    };
    if config.federation.providers.is_empty() {
        return vec![CHECK.skipped("no provider is configured")];
    }
    let outgoing = Outgoing::new(&config.outgoing, metrics);
    let mut findings = Vec::new();
    for settings in &config.federation.providers {
        findings.push(ask(settings, &outgoing, examination).await);
    }
    findings
}

async fn ask(settings: &Settings, outgoing: &Outgoing, examination: &Examination<'_>) -> Finding {
    let name = &settings.name;
    if !settings.kind.has_id_tokens() {
        return CHECK.skipped(format!("{name}: a provider of this kind publishes nothing to compare"));
    }
    let provider = match Provider::new(settings, outgoing) {
        Ok(provider) => provider,
        Err(error) => {
            return CHECK.failed(
                format!("{name}: {error}"),
                format!("Correct `federation.providers.{name}.client_secret`, or `outgoing.*`."),
            );
        }
    };
    let now = examination.world.clock.now();
    match provider.discovered(now).await {
        Ok(discovered) => compared(settings, &discovered),
        Err(error) => unusable(settings, &error),
    }
}

/// The server starts without its providers, so one that cannot be asked is a warning.
fn unusable(settings: &Settings, error: &DiscoveryError) -> Finding {
    let message = format!("{}: {error}", settings.name);
    let key = format!("federation.providers.{}.issuer", settings.name);
    match error {
        DiscoveryError::Call(_) | DiscoveryError::Status { .. } | DiscoveryError::Resting => CHECK.warning(
            message,
            format!(
                "Check `{key}`, and that this machine may call the provider (`outgoing.proxy`). Until then no one can log \
                 in with it."
            ),
        ),
        _ => CHECK.failed(message, format!("Correct `{key}`: it must be written as the provider's metadata write it.")),
    }
}

fn compared(settings: &Settings, discovered: &Discovered) -> Finding {
    let name = &settings.name;
    let metadata = &discovered.metadata;
    if !metadata.admits_client_auth(settings.client_auth.method()) && settings.client_auth != ClientAuth::None
    {
        return CHECK.warning(
            format!("{name}: the provider does not list {} for clients", settings.client_auth.method()),
            format!(
                "Set `federation.providers.{name}.client_auth` to what the provider's documentation says."
            ),
        );
    }
    if metadata.denies_s256() {
        return CHECK.failed(
            format!("{name}: the provider's metadata exclude PKCE with S256"),
            "Enable S256 for this client at the provider: logins always use it.",
        );
    }
    if !settings.scopes.iter().any(|scope| scope == "openid") {
        return CHECK.failed(
            format!("{name}: without the scope openid the provider issues no ID token"),
            format!("Add `openid` to `federation.providers.{name}.scopes`."),
        );
    }
    CHECK.ok(format!("{name}: {} has {} usable keys", metadata.issuer, discovered.keys.len()))
}
