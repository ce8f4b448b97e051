//! The texts of the operator: files `LANGUAGE.ftl`, and folders `LANGUAGE` with any files `*.ftl`.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::TextError;
use super::file::File;

const EXTENSION: &str = "ftl";

/// All files of the folder, in the order of their paths. Files with other extensions are left alone.
///
/// # Errors
/// [`TextError`]
pub(super) fn files(folder: &Path) -> Result<Vec<File>, TextError> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            let tag = name(path.file_name());
            for file in entries(&path)?.into_iter().filter(|file| is_text(file)) {
                files.push(read(&file, &tag)?);
            }
        } else if is_text(&path) {
            files.push(read(&path, &name(path.file_stem()))?);
        }
    }
    Ok(files)
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
}

fn name(part: Option<&std::ffi::OsStr>) -> String {
    part.unwrap_or_default().to_string_lossy().into_owned()
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, TextError> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(|error| unreadable(folder, error))?;
    paths.sort_unstable();
    Ok(paths)
}

fn read(path: &Path, tag: &str) -> Result<File, TextError> {
    let content = fs::read(path).map_err(|error| unreadable(path, error))?;
    File::parse(&path.display().to_string(), tag, &content)
}

fn unreadable(path: &Path, source: std::io::Error) -> TextError {
    TextError::Unreadable { path: path.display().to_string(), source }
}
