//! `POST /api/v1/auth/password/change`

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::authn::ChangeRequest;
use crate::http::extract::caller::AnyCaller;
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    #[schema(format = Password)]
    current_password: String,
    #[schema(example = "lantern orbit velvet drizzle", max_length = 256, format = Password)]
    new_password: String,
}

/// Change the password
///
/// Ends the user's other sessions; this one stays. Links that were sent before are void. A wrong current password
/// counts like one at the login.
#[utoipa::path(
    tag = "auth",
    operation_id = "change_password",
    security(("bearer" = [])),
    request_body = ChangeBody,
    responses(
        (status = 204, description = "The password is changed; the other sessions have ended."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`invalid_credentials`, `token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "`request_timeout`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`, `weak_password`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`: the session is of an unknown device, which must wait after wrong passwords", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/auth/password/change")]
pub async fn change(
    state: Data<AppState>,
    client: Client,
    caller: AnyCaller,
    body: Json<ChangeBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let request = ChangeRequest {
        user_id: caller.0.user_id,
        session_id: caller.0.session_id,
        current: Secret::new(body.current_password),
        new: Secret::new(body.new_password),
        origin: client.origin,
    };
    let authn = Arc::clone(&state.authn);
    state.run(async move { authn.change_password(request).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
