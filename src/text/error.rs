//! What is wrong with texts.

use std::fmt;

/// Something wrong in a file of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The path of the file.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, in words.
    pub reason: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.file, self.line, self.reason)
    }
}

/// Why texts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// All mistakes of one file.
    #[error("{}", lines(.0))]
    Mistakes(Vec<Mistake>),
    /// A file or a folder cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file or the folder.
        path: String,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The name of a file or a folder is no language tag.
    #[error("{path}: its name must be a language tag such as `fr` or `pt-BR`, or LANGUAGE.ftl")]
    NoLanguage {
        /// The file or the folder.
        path: String,
    },
    /// There are no texts in a language that is to be offered.
    #[error("there are no texts in the language {tag}; there are: {known}")]
    UnknownLanguage {
        /// As it was given.
        tag: String,
        /// All languages that have texts.
        known: String,
    },
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
