//! Free space where the server writes: the data folder, and the folder of SQLite's file.

use std::path::{Path, PathBuf};

use rustix::fs::statvfs;

use super::finding::{Check, Finding};
use crate::config::Config;

const CHECK: Check = Check::Disk;
const MIB: u64 = 1024 * 1024;
const ADVICE: &str = "Free space or enlarge the file system: SQLite, mails that wait and avatars need it. See \
                      docs/runbooks/DatabaseDown.md.";

pub(super) fn check(config: &Config, least: u64) -> Vec<Finding> {
    let mut folders = vec![existing(&config.data_dir)];
    let database = config.database.url.file();
    folders.extend(database.as_deref().and_then(Path::parent).map(existing));
    folders.dedup();
    folders.iter().map(|folder| examine(folder, least)).collect()
}

/// The folder, or before the first start the one in which it will be made.
fn existing(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let found = absolute.ancestors().find(|ancestor| ancestor.exists());
    found.map_or_else(|| PathBuf::from("/"), Path::to_owned)
}

fn examine(folder: &Path, least: u64) -> Finding {
    let free = match statvfs(folder) {
        Ok(system) => system.f_bavail.saturating_mul(system.f_frsize) / MIB,
        Err(error) => {
            let message = format!("cannot look at {}: {error}", folder.display());
            return CHECK.failed(message, "Check that the user of the server may use the folder.");
        }
    };
    let message = format!("{free} MiB free in {}", folder.display());
    if free < least / 10 {
        CHECK.failed(message, ADVICE)
    } else if free < least {
        CHECK.warning(message, ADVICE)
    } else {
        CHECK.ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Status;

    #[test]
    fn a_folder_that_cannot_be_looked_at_is_told() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let within = file.path().join("folder");
        let finding = examine(&within, 1);
        assert_eq!(finding.status, Status::Failed);
        assert!(finding.message.contains(&within.display().to_string()), "{}", finding.message);
        assert!(finding.advice.is_some_and(|advice| advice.contains("may use the folder")));
        // The nearest folder that exists is looked at instead of one that is not made yet.
        assert_eq!(examine(&existing(&std::env::temp_dir().join("not/made/yet")), 1).status, Status::Ok);
    }
}
