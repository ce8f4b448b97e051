//! `kindred user import`: imports users of another system.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::account::import::{ImportReport, Importer, MapForm, MapWriter};
use crate::boot::{Core, World};
use crate::cli::operation::print_json;
use crate::cli::progress;
use crate::file_error::FileError;

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
    /// Accept roles above `user`, which the file may otherwise not grant.
    #[arg(long)]
    allow_roles: bool,
    /// Skip users whose account exists; the map still names it.
    #[arg(long)]
    skip_existing: bool,
    /// A file to write, with a line for each user: the id in the other system and the id here. CSV if its name ends with
    /// `.csv`, otherwise JSON.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    map: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

impl Import {
    pub async fn perform(self, core: &Core) -> Result<(), String> {
        let (lines, size) =
            open(&self.file).map_err(|error| format!("{} cannot be read: {error}", self.file.display()))?;
        let mut map = self.map.as_deref().map(create).transpose()?;
        let world = World::default();
        let importer = Importer {
            store: Arc::clone(&core.store),
            clock: world.clock,
            entropy: world.entropy,
            allow_roles: self.allow_roles,
            dry_run: self.dry_run,
            skip_existing: self.skip_existing,
        };
        let map = map.as_mut().map(|file| MapWriter::new(file, self.map_form())).transpose();
        let map = map.map_err(|error| format!("the map of ids cannot be written: {error}"))?;
        let bar = progress::bar(size);
        let result = importer.import(lines, map, |bytes| bar.set_position(bytes)).await;
        bar.finish_and_clear();
        self.tell(&result.map_err(|error| error.to_string())?)
    }

    fn map_form(&self) -> MapForm {
        let extension =
            self.map.as_deref().and_then(Path::extension).and_then(|extension| extension.to_str());
        let is_csv = extension.is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        if is_csv { MapForm::Csv } else { MapForm::Ndjson }
    }

    fn tell(&self, report: &ImportReport) -> Result<(), String> {
        if self.json {
            print_json(report)?;
        } else {
            report.errors.iter().for_each(|error| eprintln!("{error}"));
            let done = if report.dry_run { "could be imported" } else { "imported" };
            let skipped = match report.skipped {
                0 => String::new(),
                count => format!(", {count} skipped because their account exists"),
            };
            println!("{} of {} lines {done}{skipped}", report.imported, report.lines);
        }
        if report.failed == 0 { Ok(()) } else { Err(format!("{} line(s) were not imported", report.failed)) }
    }
}

/// The file of the map. Its errors name it.
struct MapFile<'a> {
    path: &'a Path,
    file: BufWriter<File>,
}

impl MapFile<'_> {
    fn named(&self, error: io::Error) -> io::Error {
        io::Error::new(error.kind(), FileError::new(self.path, error))
    }
}

impl Write for MapFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| self.named(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|error| self.named(error))
    }
}

/// A file that was not there before, for the operator only: what a user did elsewhere can be found by it.
fn create(path: &Path) -> Result<MapFile<'_>, String> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let file = created.map_err(|error| format!("{} cannot be created: {error}", path.display()))?;
    Ok(MapFile { path, file: BufWriter::new(file) })
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
