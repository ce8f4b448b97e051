//! `POST /api/v1/auth/refresh`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::token_response::{self, TokenResponse};
use crate::http::extract::json::Json;
use crate::http::extract::presenter::Presenter;
use crate::http::problem::{Problem, Validated};
use crate::http::state::AppState;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    #[schema(example = "kr1_…")]
    refresh_token: String,
}

/// Exchange a refresh token for its successor
///
/// Every refresh token is used once. A client that did not get the answer sends the same token again
/// with the same `Idempotency-Key` and gets the same successor, as long as that is unused. A spent token sent otherwise
/// within ten seconds is taken for one of several requests at once (409); later it ends its session, since somebody
/// else may have it (RFC 9700 §4.14.2).
#[utoipa::path(
    tag = "auth",
    operation_id = "refreshTokens",
    request_body = RefreshBody,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "16 to 128 visible ASCII characters: random, chosen for one spent token, known only to who holds the token's store, and repeated with each retry. A key that follows from the token begins with `d.` and is good for a minute")),
    responses(
        (status = 200, description = "The next tokens.", body = TokenResponse),
        Validated,
        (status = 401, description = "`refresh_token_invalid`, `refresh_token_reused`, `session_revoked`, `session_expired`"),
        (status = 409, description = "`refresh_in_flight`: use the token that the other request returns"),
        (status = 429, description = "`rate_limited`: too many requests wait for this session, or too many retries of one refresh"),
        (status = 503, description = "`overloaded`, `unavailable`: retry with the same Idempotency-Key"),
    ),
)]
#[post("/api/v1/auth/refresh")]
pub async fn refresh(
    request: HttpRequest,
    state: Data<AppState>,
    presenter: Presenter,
    body: Json<RefreshBody>,
) -> Result<HttpResponse, Problem> {
    let refresh = presenter.present(body.0.refresh_token).inspect_err(|error| {
        state.metrics.refreshes.with_label_values(&[error.outcome()]).inc();
    })?;
    let tokens = state.sessions.refresh(refresh).await?;
    Ok(token_response::respond(&request, &tokens))
}
