//! `kindred openapi`

use std::process::ExitCode;

use super::failed;
use crate::http::openapi::document;

pub(super) fn run() -> ExitCode {
    match document() {
        Ok(document) => {
            println!("{document:#}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(error),
    }
}
