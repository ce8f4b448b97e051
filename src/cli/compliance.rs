//! `kindred compliance`: the report of `GET /api/v1/admin/compliance`, for people who answer an auditor.

use std::process::ExitCode;

use clap::Args;

use super::operation::{self, print_json};
use crate::config::Config;
use crate::http::admin::compliance::{ComplianceResponse, KeptCategory};

#[derive(Debug, Args)]
pub(super) struct Compliance {
    /// Print JSON, for programs.
    #[arg(long)]
    json: bool,
}

impl Compliance {
    /// Fails only if the report cannot be made: whether it is good enough, people decide.
    pub fn run(self, config: &Config) -> ExitCode {
        operation::run(config, async |core, _| {
            let report = core.privacy.compliance().await.map_err(|error| error.to_string())?;
            let report = ComplianceResponse::from(report);
            if self.json {
                print_json(&report)?;
            } else {
                print_text(&report);
            }
            Ok(())
        })
    }
}

fn print_text(report: &ComplianceResponse) {
    println!("Personal data at {}\n", report.generated_at);
    println!("{:32} {:>10}  {:10} {:25} until", "category", "rows", "retention", "oldest");
    report.categories.iter().for_each(print_category);
    let erasure = &report.erasure;
    println!("\nErasures: {} pending, {} of them due; grace {}", erasure.pending, erasure.due, erasure.grace);
    println!("\n{:32} {:>10} {:>12}  last success", "job", "rows", "in total");
    for job in &report.jobs {
        println!("{:32} {:>10} {:>12}  {}", job.job, job.rows, job.rows_total, job.finished_at);
    }
    let required = report.terms.required_version.as_deref().unwrap_or("none");
    println!("\nTerms: required version {required}");
    for accepted in &report.terms.accepted {
        println!("  {} {}: accepted by {}", accepted.document, accepted.version, accepted.users);
    }
}

fn print_category(category: &KeptCategory) {
    let retention = category.retention.as_deref().unwrap_or("account");
    let oldest = category.oldest.as_deref().unwrap_or("-");
    println!(
        "{:32} {:>10}  {retention:10} {oldest:25} {}",
        category.category, category.rows, category.kept_until
    );
}
