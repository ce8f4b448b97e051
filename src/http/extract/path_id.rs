//! Ids in paths.

use uuid::Uuid;

use crate::http::problem::{Code, Problem};

/// The id in a path. A text that is not a UUID is the id of nothing.
///
/// # Errors
/// 404 `not_found`
pub fn path_id(text: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| Problem::new(Code::NotFound))
}
