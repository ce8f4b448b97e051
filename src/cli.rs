//! The command line: one file per command.

mod admin;
mod config;
mod health;
mod keys;
mod migrate;
mod openapi;
mod operation;
mod progress;
mod purge;
mod serve;
mod sessions;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;

/// The process's exit codes.
pub mod exit {
    /// Something went wrong while running.
    pub const FAILURE: u8 = 1;
    /// The configuration or the arguments are wrong.
    pub const USAGE: u8 = 2;
}

/// Kindred: sessions whose refresh tokens rotate.
#[derive(Debug, Parser)]
#[command(name = "kindred", version, about)]
struct Arguments {
    /// Configuration file; without it `kindred.toml` in the working directory is read if it exists.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (the default).
    Serve,
    /// Change or show the database's schema.
    Migrate(migrate::Migrate),
    /// Make and unmake administrators.
    Admin(admin::Admin),
    /// Look at accounts, disable, enable and unlock them, end their sessions.
    User(user::User),
    /// Revoke the sessions of all users.
    Sessions(sessions::Sessions),
    /// Delete at once what is over its time; the server does so by itself.
    Purge(purge::Purge),
    /// Change the keys that secrets in the database are sealed under.
    Keys(keys::Keys),
    /// Check or show the configuration.
    Config(config::ConfigCommand),
    /// Ask a running server whether it is ready: for container health checks.
    Health(health::Health),
    /// Print the OpenAPI document.
    Openapi,
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let file = arguments.config.as_deref();
    if let Some(Command::Openapi) = arguments.command {
        return openapi::run();
    }
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(exit::USAGE);
        }
    };
    match arguments.command {
        None | Some(Command::Serve) => serve::run(&config),
        Some(Command::Migrate(command)) => command.run(&config),
        Some(Command::Admin(command)) => command.run(&config),
        Some(Command::User(command)) => command.run(&config),
        Some(Command::Sessions(command)) => command.run(&config),
        Some(Command::Purge(command)) => command.run(&config),
        Some(Command::Keys(command)) => command.run(&config),
        Some(Command::Config(command)) => command.run(&config),
        Some(Command::Health(command)) => command.run(&config),
        Some(Command::Openapi) => openapi::run(),
    }
}

/// Tells what went wrong, and gives the exit code for it.
fn failed(error: impl std::fmt::Display) -> ExitCode {
    eprintln!("kindred: {error}");
    ExitCode::from(exit::FAILURE)
}

/// The runtime that the database and the background jobs live on.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(runtime_threads()).thread_name("kindred").enable_all().build()
}

/// One thread for two cores: it waits for the database, and where there are more than are needed they wake each
/// other up.
fn runtime_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}
