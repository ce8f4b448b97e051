//! `kindred mail`: shows what mails look like.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::{exit, failed};
use crate::boot::{renderer, texts};
use crate::config::Config;
use crate::notification::preview::{Preview, previews};

#[derive(Debug, Args)]
pub(super) struct Mail {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write every mail and SMS with made-up data: `LANGUAGE/KIND.html`, `.txt` and `.eml`.
    Preview {
        /// Only messages of this kind, such as `new_device`.
        #[arg(long)]
        kind: Option<String>,
        /// Only messages in this language, such as `de`.
        #[arg(long, value_name = "LANGUAGE")]
        lang: Option<String>,
        /// The folder to write to. It is created if it does not exist.
        #[arg(long, value_name = "FOLDER", default_value = "mail-preview")]
        out: PathBuf,
    },
}

impl Mail {
    pub fn run(self, config: &Config) -> ExitCode {
        let Action::Preview { kind, lang, out } = self.action;
        let texts = match texts(config) {
            Ok(texts) => Arc::new(texts),
            Err(error) => return refused(&error),
        };
        let renderer = match renderer(config, texts) {
            Ok(renderer) => renderer,
            Err(error) => return refused(&error),
        };
        let previews = match previews(&renderer, &config.mail.from) {
            Ok(previews) => previews,
            Err(error) => return failed(error),
        };
        let is_wanted = |preview: &&Preview| {
            kind.as_deref().is_none_or(|kind| kind == preview.kind)
                && lang.as_deref().is_none_or(|lang| lang.eq_ignore_ascii_case(&preview.language))
        };
        let wanted: Vec<_> = previews.iter().filter(is_wanted).collect();
        if wanted.is_empty() {
            return unknown(&previews);
        }
        for preview in &wanted {
            if let Err(error) = write(&out, preview) {
                return failed(error);
            }
        }
        println!("{} message(s) in {}", wanted.len(), out.display());
        ExitCode::SUCCESS
    }
}

/// The texts or templates of the operator cannot be used.
fn refused(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("{error}");
    ExitCode::from(exit::USAGE)
}

/// Nothing is of this kind and language.
fn unknown(previews: &[Preview]) -> ExitCode {
    let mut kinds: Vec<_> = previews.iter().map(|preview| preview.kind).collect();
    let mut languages: Vec<_> = previews.iter().map(|preview| preview.language.as_str()).collect();
    for names in [&mut kinds, &mut languages] {
        names.sort_unstable();
        names.dedup();
    }
    eprintln!("there is no such message; kinds: {}; languages: {}", kinds.join(", "), languages.join(", "));
    ExitCode::from(exit::USAGE)
}

fn write(folder: &Path, preview: &Preview) -> Result<(), String> {
    let folder = folder.join(&preview.language);
    let told = |path: &Path, error: &io::Error| format!("cannot write {}: {error}", path.display());
    fs::create_dir_all(&folder).map_err(|error| told(&folder, &error))?;
    for (extension, content) in &preview.files {
        let path = folder.join(format!("{}.{extension}", preview.kind));
        fs::write(&path, content).map_err(|error| told(&path, &error))?;
    }
    Ok(())
}
