//! `kindred config`: checks and shows the configuration. Loading it has checked everything already.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{exit, failed};
use crate::boot::{renderer, texts};
use crate::config::{self, Config};
use crate::text::TextError;

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

/// Also reads what the configuration names: the texts and templates of the operator.
fn check(config: &Config) -> ExitCode {
    if let Err(error) = check_messages(config) {
        eprintln!("{error}");
        return ExitCode::from(exit::USAGE);
    }
    println!("the configuration is valid (profile {})", config.profile);
    ExitCode::SUCCESS
}

fn check_messages(config: &Config) -> Result<(), Box<dyn Error>> {
    let renderer = renderer(config, Arc::new(texts(config)?))?;
    let Some(folder) = &config.branding.locales_dir else {
        return Ok(());
    };
    let mistakes = renderer.text_mistakes(folder)?;
    if mistakes.is_empty() { Ok(()) } else { Err(TextError::Mistakes(mistakes).into()) }
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
