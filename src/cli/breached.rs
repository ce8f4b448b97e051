//! `kindred breached`: the file of passwords that became public.

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{failed, progress};
use crate::breached::file::BreachFile;
use crate::breached::text;
use crate::file_error::FileError;

#[derive(Debug, Args)]
pub(super) struct Breached {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make the file for `breached.file` from the list of SHA-1 hashes that Have I Been Pwned publishes.
    Build {
        /// The list, ordered by hash: `HASH:COUNT` in each line. `-` is the standard input.
        input: PathBuf,
        /// The file to make. It replaces an older one only when it is complete.
        output: PathBuf,
    },
    /// Read a whole file and tell whether it is intact.
    Check {
        /// The file to check, as `breached.file` names it.
        file: PathBuf,
    },
}

impl Breached {
    pub fn run(&self) -> ExitCode {
        let done = match &self.action {
            Action::Build { input, output } => build(input, output),
            Action::Check { file } => check(file),
        };
        match done {
            Ok(message) => {
                println!("{message}");
                ExitCode::SUCCESS
            }
            Err(message) => failed(message),
        }
    }
}

fn build(input: &Path, output: &Path) -> Result<String, String> {
    let (list, length): (Box<dyn BufRead>, _) = if input == Path::new("-") {
        (Box::new(stdin().lock()), None)
    } else {
        let access = |source| FileError::new(input, source).to_string();
        let file = File::open(input).map_err(access)?;
        let length = file.metadata().map_err(access)?.len();
        (Box::new(BufReader::with_capacity(1 << 18, file)), Some(length))
    };
    let bar = progress::bar(length);
    let built = text::build(list, output, |bytes| bar.inc(bytes));
    bar.finish_and_clear();
    let hashes = built.map_err(|error| format!("{}: {error}", input.display()))?;
    Ok(format!("{}: {hashes} hashes", output.display()))
}

fn check(path: &Path) -> Result<String, String> {
    let file = BreachFile::open(path).map_err(|error| error.to_string())?;
    let bar = progress::bar(Some(file.hashes()));
    let checked = file.check(|hashes| bar.inc(hashes));
    bar.finish_and_clear();
    checked.map_err(|error| error.to_string())?;
    Ok(format!("{}: {} hashes, intact", path.display(), file.hashes()))
}
