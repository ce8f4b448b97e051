//! Ids in paths.

use uuid::Uuid;

use crate::http::problem::{Code, Problem};

/// What is no id names nothing.
///
/// # Errors
/// `not_found`.
pub fn path_id(text: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| Problem::new(Code::NotFound))
}
