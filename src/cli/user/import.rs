//! `kindred user import`: imports users of another system.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::account::import::{ImportReport, Importer};
use crate::boot::{Core, World};
use crate::cli::operation::print_json;
use crate::cli::progress;

/// The size of one read from the disk, in bytes.
const BUFFER: usize = 256 * 1024;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// A file with one JSON object per line, or `-` for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Check everything and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Accept roles other than `user`.
    #[arg(long)]
    allow_roles: bool,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

impl Import {
    pub async fn perform(self, core: &Core) -> Result<(), String> {
        let (lines, size) =
            open(&self.file).map_err(|error| format!("{} cannot be read: {error}", self.file.display()))?;
        let world = World::default();
        let importer = Importer {
            store: Arc::clone(&core.store),
            clock: world.clock,
            entropy: world.entropy,
            allow_roles: self.allow_roles,
            dry_run: self.dry_run,
        };
        let bar = progress::bar(size);
        let result = importer.import(lines, |bytes| bar.set_position(bytes)).await;
        bar.finish_and_clear();
        self.tell(&result.map_err(|error| error.to_string())?)
    }

    fn tell(&self, report: &ImportReport) -> Result<(), String> {
        if self.json {
            print_json(report)?;
        } else {
            report.errors.iter().for_each(|error| eprintln!("{error}"));
            let done = if report.dry_run { "could be imported" } else { "imported" };
            println!("{} of {} lines {done}", report.imported, report.lines);
        }
        if report.failed == 0 { Ok(()) } else { Err(format!("{} line(s) were not imported", report.failed)) }
    }
}

/// The lines and their size in bytes, if it is known.
fn open(file: &Path) -> io::Result<(Box<dyn BufRead>, Option<u64>)> {
    if file == Path::new("-") {
        return Ok((Box::new(BufReader::with_capacity(BUFFER, io::stdin())), None));
    }
    let file = File::open(file)?;
    let metadata = file.metadata()?;
    let size = metadata.is_file().then_some(metadata.len());
    Ok((Box::new(BufReader::with_capacity(BUFFER, file)), size))
}
