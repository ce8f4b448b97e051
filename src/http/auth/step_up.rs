//! `POST /api/v1/auth/step-up`

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::token_response::{self, TokenResponse};
use crate::authn::StepUpRequest;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpBody {
    #[allow(dead_code, reason = "there is one method so far; naming another is refused")]
    method: ProofMethod,
    #[schema(example = "lantern orbit velvet drizzle", format = Password)]
    password: String,
}

/// How the user proves who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProofMethod {
    Password,
}

/// Prove anew who you are
///
/// For what asks for a recent proof (403 `step_up_required`). The session and its refresh token stay; the
/// new access token carries a fresh `auth_time`, which lasts across refreshes. Wrong passwords count
/// towards the account's lock, as at the login.
#[utoipa::path(
    tag = "auth",
    security(("bearer" = [])),
    request_body = StepUpBody,
    responses(
        (status = 200, description = "The session's tokens: a new access token, the refresh token as before.", body = TokenResponse),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`invalid_credentials`, `token_missing`, `token_invalid`, `token_expired`, `session_revoked`, `session_expired`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`password_change_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "`request_timeout`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`: too many requests wait for this session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/auth/step-up")]
pub async fn step_up(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    caller: Caller,
    body: Json<StepUpBody>,
) -> Result<HttpResponse, Problem> {
    let step_up = StepUpRequest {
        user_id: caller.0.user_id,
        session_id: caller.0.session_id,
        password: Secret::new(body.0.password),
        origin: client.origin,
    };
    let authn = Arc::clone(&state.authn);
    let tokens = state.run(async move { authn.step_up(step_up).await }).await?;
    Ok(token_response::respond(&request, &tokens))
}
