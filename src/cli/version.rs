//! `kindred version`: what this program is, for reports of errors and for deployments.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::config::{AvatarStore, MailTransport, SettingValue, SmsTransport};
use crate::telemetry::metrics::REVISION;

#[derive(Debug, Args)]
pub(super) struct Version {
    /// Print JSON, for programs.
    #[arg(long)]
    json: bool,
}

impl Version {
    pub fn run(&self) -> ExitCode {
        let (version, schema) = (env!("CARGO_PKG_VERSION"), migration::schema_version());
        // An image that is built without its argument calls the revision so.
        let revision = REVISION.filter(|revision| *revision != "unknown");
        let features = features();
        if self.json {
            println!(
                "{}",
                json!({ "version": version, "revision": revision, "schema_version": schema, "features": features })
            );
        } else {
            println!("kindred {version}");
            println!("revision: {}", revision.unwrap_or("not known"));
            println!("schema version: {schema}");
            println!("features: {}", features.join(", "));
        }
        ExitCode::SUCCESS
    }
}

/// The services that the settings accept, such as `avatars.store=s3`.
fn features() -> Vec<String> {
    let kinds = [
        ("avatars.store", AvatarStore::kind()),
        ("mail.transport", MailTransport::kind()),
        ("sms.transport", SmsTransport::kind()),
    ];
    let named = |(key, kind): (&str, String)| {
        kind.split(", ").map(|word| format!("{key}={}", word.trim_matches('`'))).collect::<Vec<_>>()
    };
    kinds.into_iter().flat_map(named).collect()
}
