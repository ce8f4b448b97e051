//! `POST /api/v1/auth/email/verify`, `/email/verify/resend`

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::AppState;
use crate::secret::Secret;

/// The secret of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    /// What stands behind `token=` in the link.
    #[schema(format = Password)]
    pub token: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressBody {
    #[schema(example = "ada@example.com", max_length = 254)]
    pub email: String,
}

/// The answer to whoever asks for a mail.
#[derive(Serialize, ToSchema)]
pub struct RequestAccepted {
    /// `accepted`: if there is something to send to the address, it is sent.
    pub status: &'static str,
}

/// The one answer, whatever the address is to us.
pub fn accepted() -> HttpResponse {
    HttpResponse::Accepted().json(RequestAccepted { status: "accepted" })
}

/// Verify an address
///
/// Uses the link of a verification mail up. Only this does: opening the link changes nothing.
#[utoipa::path(
    tag = "auth",
    operation_id = "verify_email",
    request_body = LinkBody,
    responses(
        (status = 204, description = "The address is verified."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_invalid`: the link is wrong, expired, void or used up", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "`request_timeout`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/auth/email/verify")]
pub async fn verify(
    state: Data<AppState>,
    client: Client,
    body: Json<LinkBody>,
) -> Result<HttpResponse, Problem> {
    let (authn, token) = (Arc::clone(&state.authn), Secret::new(body.0.token));
    state.run_for_stranger(async move { authn.verify_email(&token, client.origin).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Send the verification mail again
///
/// Answers alike for every address, before it looks for an account. A mail is sent if there is one whose
/// address is not verified.
#[utoipa::path(
    tag = "auth",
    operation_id = "resend_verification",
    request_body = AddressBody,
    responses(
        (status = 202, description = "If there is something to send, it is sent.", body = RequestAccepted),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "`request_timeout`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/auth/email/verify/resend")]
pub async fn resend(
    state: Data<AppState>,
    client: Client,
    body: Json<AddressBody>,
) -> Result<HttpResponse, Problem> {
    let (authn, email) = (Arc::clone(&state.authn), body.0.email);
    state.run(async move { authn.resend_verification(&email, client.origin).await }).await?;
    Ok(accepted())
}
