//! `kindred doctor`: looks at everything that the server needs, and says what to do about what it finds. It changes
//! nothing.

mod certificate;
mod clock;
mod configuration;
mod database;
mod descriptors;
mod disk;
mod examination;
mod federation;
mod finding;
mod keys;
mod public_url;
mod redis;
mod sms;
mod smtp;

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use self::examination::Examination;
use self::finding::{Finding, Status};
use super::{exit, failed, operation, runtime};
use crate::config::{Config, ConfigError};

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Print JSON, for programs.
    #[arg(long)]
    json: bool,
    /// Leave out the checks that call other machines, except the database: the mail relay, the SMS provider, Redis,
    /// providers of identities and the public URL.
    #[arg(long)]
    offline: bool,
    /// How much free disk space there should be, in MiB. A tenth of it is the least to work with.
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    min_free: u64,
}

impl Doctor {
    /// Exits with 0 unless something fails; warnings do not count.
    pub fn run(self, config: Result<Config, ConfigError>) -> ExitCode {
        let findings = match config {
            Ok(config) => match runtime() {
                Ok(runtime) => runtime.block_on(self.examine(&config)),
                Err(error) => return failed(error),
            },
            Err(error) => vec![configuration::invalid(&error)],
        };
        let is_failing = findings.iter().any(|finding| finding.status == Status::Failed);
        if self.json {
            let status = if is_failing { "failed" } else { "ok" };
            if let Err(error) = operation::print_json(&json!({ "status": status, "findings": findings })) {
                return failed(error);
            }
        } else {
            findings.iter().for_each(|finding| println!("{finding}"));
        }
        if is_failing { ExitCode::from(exit::FAILURE) } else { ExitCode::SUCCESS }
    }

    async fn examine(&self, config: &Config) -> Vec<Finding> {
        let mut findings = configuration::check(config);
        let (examination, found) = Examination::open(config).await;
        findings.push(found);
        let (keys, signer) = keys::check(&examination).await;
        findings.push(clock::check(&examination, signer.as_ref()));
        findings.push(keys);
        findings.push(certificate::check(&examination).await);
        findings.extend(disk::check(config, self.min_free));
        findings.push(descriptors::check(config));
        if !self.offline {
            findings.push(smtp::check(config).await);
            findings.push(sms::check(&examination).await);
            findings.push(self::redis::check(&examination).await);
            findings.extend(federation::check(&examination).await);
            findings.push(public_url::check(&examination, signer.as_ref()).await);
        }
        examination.close().await;
        findings
    }
}
