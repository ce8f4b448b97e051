//! `kindred openapi`

use std::process::ExitCode;

use super::failed;
use crate::http::openapi::document;

pub(super) fn run() -> ExitCode {
    match document().to_pretty_json() {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(error),
    }
}
