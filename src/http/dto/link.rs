//! Mails with links: requests for them, and the use of a link.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The secret of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    /// The value of `token` in the link.
    #[schema(format = Password)]
    pub token: String,
}

/// The answer to a request for a mail.
#[derive(Serialize, ToSchema)]
pub struct RequestAccepted {
    /// `accepted`: if there is something to send to the address, it is sent.
    #[schema(example = "accepted")]
    pub status: &'static str,
}

/// The same answer for every address, so that it does not tell whether the address has an account.
pub fn accepted() -> HttpResponse {
    HttpResponse::Accepted().json(RequestAccepted { status: "accepted" })
}

/// The answer to someone who has proven that they own the address.
#[derive(Serialize, ToSchema)]
pub struct AddressProven {
    /// Makes this device known to the account, so that its owner can still log in here while others guess the password.
    /// Logins from this device send it as `device_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "kd2_…", format = Password)]
    pub device_token: Option<String>,
}
