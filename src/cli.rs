//! The command line: one file per command.

mod admin;
mod application;
mod breached;
mod canary;
mod completions;
mod compliance;
mod config;
mod doctor;
mod health;
mod keys;
mod mail;
mod metrics;
mod migrate;
mod openapi;
mod operation;
mod progress;
mod purge;
mod serve;
mod sessions;
mod user;
mod version;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::Config;

pub use health::AnyCertificate;

/// The process's exit codes.
pub(crate) mod exit {
    /// Something went wrong while running.
    pub const FAILURE: u8 = 1;
    /// The configuration or the arguments are wrong.
    pub const USAGE: u8 = 2;
    /// It is not the time for it yet.
    pub const NOT_YET: u8 = 3;
}

/// An authentication server: registration, login, second factors, passkeys and sessions over a JSON API.
#[derive(Debug, Parser)]
#[command(name = "kindred", version, about)]
struct Arguments {
    /// The configuration file. Without it, `kindred.toml` in the working directory is read if it exists.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (the default).
    Serve,
    /// Change or show the schema of the database.
    Migrate(migrate::Migrate),
    /// Create administrators, and grant or withdraw the role.
    Admin(admin::Admin),
    /// Create, list and remove applications: servers that act for the browsers of their users.
    Application(application::Application),
    /// List and import accounts; disable, enable and unlock them; revoke their sessions.
    User(user::User),
    /// Revoke the sessions of all users.
    Sessions(sessions::Sessions),
    /// Roll a generation of cookies out to a share of the users.
    Canary(canary::Canary),
    /// Delete expired data now. A running server does so every `retention.interval`.
    Purge(purge::Purge),
    /// Report which personal data is stored, for how long, and whether it is deleted in time.
    Compliance(compliance::Compliance),
    /// List and rotate signing keys, and reseal secrets under another master key.
    Keys(keys::Keys),
    /// Make or check the file of breached passwords.
    Breached(breached::Breached),
    /// Show what mails look like.
    Mail(mail::Mail),
    /// Check or show the configuration.
    Config(config::ConfigCommand),
    /// Look at everything that the server needs, and say what to do about what is wrong.
    Doctor(doctor::Doctor),
    /// Ask a running server whether it is ready, for the health check of a container.
    Health(health::Health),
    /// Print the reference of all metrics in Markdown.
    Metrics,
    /// Print the OpenAPI document.
    Openapi,
    /// Print a script that completes this program's arguments in a shell.
    Completions(completions::Completions),
    /// Print the version, the version of the schema, and what this build can use.
    Version(version::Version),
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let file = arguments.config.as_deref();
    match &arguments.command {
        Some(Command::Metrics) => return metrics::run(),
        Some(Command::Openapi) => return openapi::run(),
        Some(Command::Completions(command)) => return command.run(Arguments::command()),
        Some(Command::Version(command)) => return command.run(),
        Some(Command::Breached(command)) => return command.run(),
        Some(Command::Config(command)) if command.is_reference() => return config::print_reference(),
        _ => {}
    }
    if let Some(Command::Doctor(command)) = arguments.command {
        return command.run(Config::load(file));
    }
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(exit::USAGE);
        }
    };
    match arguments.command {
        Some(
            Command::Metrics
            | Command::Openapi
            | Command::Completions(_)
            | Command::Version(_)
            | Command::Breached(_)
            | Command::Doctor(_),
        ) => unreachable!("they have run without a valid configuration"),
        None | Some(Command::Serve) => serve::run(&config),
        Some(Command::Migrate(command)) => command.run(&config),
        Some(Command::Admin(command)) => command.run(&config),
        Some(Command::Application(command)) => command.run(&config),
        Some(Command::User(command)) => command.run(&config),
        Some(Command::Sessions(command)) => command.run(&config),
        Some(Command::Canary(command)) => command.run(&config),
        Some(Command::Purge(command)) => command.run(&config),
        Some(Command::Compliance(command)) => command.run(&config),
        Some(Command::Keys(command)) => command.run(&config),
        Some(Command::Config(command)) => command.run(&config),
        Some(Command::Mail(command)) => command.run(&config),
        Some(Command::Health(command)) => command.run(&config),
    }
}

/// Prints the error and returns the exit code for it.
fn failed(error: impl std::fmt::Display) -> ExitCode {
    eprintln!("kindred: {error}");
    ExitCode::from(exit::FAILURE)
}

/// The runtime that the database and the background jobs live on.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(runtime_threads()).thread_name("kindred").enable_all().build()
}

/// One thread for two cores: the threads mostly wait for the database, and unneeded ones would only wake each other
/// up.
fn runtime_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}
