//! `kindred purge`: deletes expired data now.

use std::process::ExitCode;

use clap::Args;

use super::operation::{self, print_json};
use crate::account::retention::JobReport;
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Purge {
    /// Print JSON, for programs.
    #[arg(long)]
    json: bool,
}

impl Purge {
    pub fn run(self, config: &Config) -> ExitCode {
        operation::run(config, async |core, _| {
            let reports = core.privacy.purge_all().await;
            if self.json {
                print_json(&reports)?;
            } else {
                reports.iter().for_each(print_line);
            }
            let failed = reports.iter().filter(|report| report.error.is_some()).count();
            if failed == 0 { Ok(()) } else { Err(format!("{failed} job(s) failed")) }
        })
    }
}

fn print_line(report: &JobReport) {
    println!("{:22} {:>10}", report.job, report.rows);
    if let Some(error) = &report.error {
        eprintln!("{}: {error}", report.job);
    }
}
