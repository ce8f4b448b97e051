//! `POST /api/v1/auth/email/change`, `/email/change/confirm`

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::email_verification::{LinkBody, RequestAccepted, accepted};
use crate::authn::EmailChangeRequest;
use crate::http::extract::caller::RecentCaller;
use crate::http::extract::client::Client;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::json::Json;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailChangeBody {
    #[schema(example = "ada@example.org", max_length = 254)]
    new_email: String,
}

/// Ask for another address
///
/// Sends a link to the new address and word to the present one; until the link is used, the address stays. Whether
/// the new one is taken is not told: its owner gets a mail instead. Needs a recent proof of who you are.
#[utoipa::path(
    tag = "auth",
    operation_id = "request_email_change",
    security(("bearer" = [])),
    request_body = EmailChangeBody,
    responses(
        (status = 202, description = "The mails are sent.", body = RequestAccepted),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "`request_timeout`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/auth/email/change")]
pub async fn request(
    state: Data<AppState>,
    client: Client,
    guarded: Guarded<RecentCaller, EmailChangeBody>,
) -> Result<HttpResponse, Problem> {
    let Guarded { caller, body } = guarded;
    let request = EmailChangeRequest {
        user_id: caller.0.user_id,
        session_id: caller.0.session_id,
        new_email: body.new_email,
        context: client.context,
    };
    let authn = Arc::clone(&state.authn);
    state.run(async move { authn.email_changes.request(request).await }).await?;
    Ok(accepted())
}

/// Confirm another address
///
/// Uses the link up that went to the new address. All other links of the account are void then.
#[utoipa::path(
    tag = "auth",
    operation_id = "confirm_email_change",
    request_body = LinkBody,
    responses(
        (status = 204, description = "The account has the new address."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_invalid`: the link is wrong, expired, void or used up", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "`request_timeout`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: another account has the address by now", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/auth/email/change/confirm")]
pub async fn confirm(
    state: Data<AppState>,
    client: Client,
    body: Json<LinkBody>,
) -> Result<HttpResponse, Problem> {
    let (authn, token) = (Arc::clone(&state.authn), Secret::new(body.0.token));
    state.run_for_stranger(async move { authn.email_changes.confirm(&token, client.context).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
