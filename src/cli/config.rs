//! `kindred config`: checks and shows the configuration. Loading it has checked everything already.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::failed;
use crate::config::{self, Config};
use crate::text::Texts;

#[derive(Debug, Args)]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check the configuration: exit with 0, or with 2 and every problem with its key.
    Check,
    /// Print the reference of all settings in Markdown, which does not depend on the configuration.
    Reference,
    /// Print every setting, its effective value (secrets masked) and where it comes from.
    Print {
        /// Print JSON, for programs.
        #[arg(long)]
        json: bool,
    },
}

impl ConfigCommand {
    /// Whether this is the command for the reference, which runs without a valid configuration.
    pub const fn is_reference(&self) -> bool {
        matches!(self.action, Action::Reference)
    }

    pub fn run(self, config: &Config) -> ExitCode {
        for warning in &config.warnings {
            eprintln!("warning: {warning}");
        }
        match self.action {
            Action::Reference => return print_reference(),
            Action::Check => return check(config),
            Action::Print { json: false } => print_text(config),
            Action::Print { json: true } => return print_json(config),
        }
        ExitCode::SUCCESS
    }
}

/// Reads the files that the configuration names for people who write them.
fn check(config: &Config) -> ExitCode {
    let texts = Texts::load(config.branding.locales_dir.as_deref());
    if let Err(error) = texts.and_then(|texts| texts.offering(&config.branding.languages)) {
        eprintln!("{error}");
        return ExitCode::from(2);
    }
    println!("the configuration is valid (profile {})", config.profile);
    ExitCode::SUCCESS
}

pub(super) fn print_reference() -> ExitCode {
    print!("{}", config::reference());
    ExitCode::SUCCESS
}

fn print_text(config: &Config) {
    let width = config.settings.iter().map(|setting| setting.key.len()).max().unwrap_or(0);
    for setting in &config.settings {
        println!("{:width$} = {}  # {}", setting.key, setting.value, setting.source);
    }
}

fn print_json(config: &Config) -> ExitCode {
    let settings = config.settings.iter();
    let settings: Vec<_> = settings
        .map(|setting| json!({ "key": setting.key, "value": setting.value, "source": setting.source }))
        .collect();
    match serde_json::to_string_pretty(&settings) {
        Ok(text) => println!("{text}"),
        Err(error) => return failed(error),
    }
    ExitCode::SUCCESS
}
