//! The texts that the program contains. A debug build reads them from the disk instead.

use rust_embed::RustEmbed;

use super::error::TextError;
use super::file::File;

/// The folder `locales/`.
#[derive(RustEmbed)]
#[folder = "locales/"]
#[include = "*/*.ftl"]
struct Locales;

/// All files, in the order of their paths.
///
/// # Errors
/// [`TextError`]
pub(super) fn files() -> Result<Vec<File>, TextError> {
    let mut paths: Vec<_> = Locales::iter().collect();
    paths.sort_unstable();
    let mut files = Vec::new();
    for path in paths {
        let Some(content) = Locales::get(&path) else { continue };
        let tag = path.split('/').next().unwrap_or_default();
        let shown = format!("locales/{path}");
        files.push(File::parse(&shown, tag, &content.data)?);
    }
    Ok(files)
}
