//! `POST /api/v1/auth/refresh`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::dto::tokens::{self, TokenResponse};
use crate::http::dto::words::AttemptKeyText;
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
/// Each refresh token can be used once. A client that did not receive the response sends the same token again with the
/// same `Idempotency-Key` and gets the same successor, as long as the successor is unused. A spent token that is sent
/// without that key counts as one of several simultaneous requests for ten seconds (409). After that, its reuse revokes
/// the session, because someone else may have the token (RFC 9700 §4.14.2).
#[utoipa::path(
    tag = "auth",
    operation_id = "refreshTokens",
    request_body = RefreshBody,
    params(("Idempotency-Key" = inline(Option<AttemptKeyText>), Header,
        description = "16 to 128 visible ASCII characters: chosen at random for each token that is spent, kept as secret as the token, and repeated with each retry. A key that is derived from the token begins with `d.` and is accepted for one minute")),
    responses(
        (status = 200, description = "The next tokens.", body = TokenResponse),
        Validated,
        (status = 401, description = "`refresh_token_invalid`, `refresh_token_reused`, `session_revoked`, `session_expired`"),
        (status = 409, description = "`refresh_in_flight`: use the tokens that the other request returns"),
        (status = 429, description = "`rate_limited`: too many requests are waiting for this session, or too many retries of one refresh"),
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
    Ok(tokens::respond(&request, &tokens))
}
