//! `POST /api/v1/auth/password/change`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::authn::ChangeRequest;
use crate::http::dto::tokens::{self, TokenResponse};
use crate::http::dto::words::AttemptKeyText;
use crate::http::extract::caller::Caller;
use crate::http::extract::json::Json;
use crate::http::extract::policy::AnySession;
use crate::http::extract::presented::{PresentedToken, given};
use crate::http::extract::presenter::Presenter;
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChangeBody {
    #[schema(format = Password)]
    current_password: String,
    #[schema(example = "lantern orbit velvet drizzle", min_length = 8, max_length = 256, format = Password)]
    new_password: String,
    /// The refresh token of the session, unless it is in a cookie. The change spends it.
    #[serde(default, deserialize_with = "given")]
    #[schema(example = "kr1_…", format = Password, nullable = false)]
    refresh_token: Option<String>,
}

/// Change the password
///
/// Revokes the user's other sessions. This session continues with new tokens: the change spends the refresh token by the
/// rules of a refresh, including `Idempotency-Key`. Links that were sent before become void. A wrong current password
/// counts like a wrong password at login.
#[utoipa::path(
    tag = "auth",
    operation_id = "changePassword",
    security(("bearer" = [])),
    request_body = PasswordChangeBody,
    params(("Idempotency-Key" = inline(Option<AttemptKeyText>), Header, description = "As for a refresh")),
    responses(
        (status = 200, description = "The password is changed, and the other sessions are revoked. The new tokens of this session.", body = TokenResponse),
        Caller<AnySession>,
        Validated,
        Overloadable,
        (status = 400, description = "`invalid_request`, also for the refresh token of another session"),
        (status = 401, description = "`invalid_credentials`, `token_missing`, `token_invalid`, `token_expired`, `session_revoked`, `session_expired`, `refresh_token_invalid`, `refresh_token_reused`"),
        (status = 409, description = "`refresh_in_flight`: use the tokens that the other request returns"),
        (status = 422, description = "`validation_failed`, `weak_password`, `breached_password`"),
        (status = 429, description = "`rate_limited`: too many requests are waiting for this session, or too many retries"),
    ),
)]
#[post("/api/v1/auth/password/change")]
pub async fn change(
    request: HttpRequest,
    state: Data<AppState>,
    presenter: Presenter,
    caller: Caller<AnySession>,
    body: Json<PasswordChangeBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let presented = PresentedToken::of_caller(&request, body.refresh_token)?;
    let generation = presented.token.generation();
    let change = ChangeRequest {
        acting_session: caller.acting_session(),
        refresh: presenter.present(presented.token),
        current: Secret::new(body.current_password),
        new: Secret::new(body.new_password),
    };
    let renewed = state.run(|app| async move { app.authn.passwords.change(change).await }).await;
    let tokens = renewed.map_err(|error| Problem::from(error).presenting(generation))?;
    Ok(tokens::respond(&request, &tokens, generation, &presented.delivery))
}
