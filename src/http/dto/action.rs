//! The body of an administrator's action.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::problem::{Code, Problem};
use crate::model::stated_reason::StatedReason;

/// Why an administrator acts.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionBody {
    /// It is kept with the security event, as `stated_reason`, until the account is erased.
    #[schema(example = "Reported stolen, ticket 4711", max_length = 300)]
    reason: Option<String>,
}

impl ActionBody {
    /// The reason, if one is stated.
    ///
    /// # Errors
    /// A problem if it is too long.
    pub fn reason(self) -> Result<Option<StatedReason>, Problem> {
        let reason = self.reason.as_deref().map(StatedReason::find).transpose().map(Option::flatten);
        reason.map_err(|error| {
            Problem::field(Code::ValidationFailed, "reason", "too_long", format!("This {error}."))
        })
    }
}
