//! `/api/v1/auth/mfa`: the second step of a login.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::factor_body::FactorMethod;
use super::login::Transport;
use super::token_response::{self, TokenResponse};
use crate::authn::SecondStepRequest;
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyBody {
    /// As the login gave it.
    #[schema(example = "kc1_l3Jx0Nn4mYkq7v2yR8sTbUcWdXeZfAgBhCiDjEkFmGo", format = Password)]
    challenge_token: String,
    method: FactorMethod,
    /// Of the app, a backup code, or a code that was sent.
    #[schema(example = "492039", format = Password)]
    code: Option<String>,
    /// Of a passkey: the answer of `navigator.credentials.get()`, with binary members in base64url.
    #[schema(value_type = Option<Object>)]
    credential: Option<serde_json::Value>,
    /// Whether this device is to be trusted: then its logins need no second factor for a while
    /// (`mfa.trusted_device_ttl`).
    #[serde(default)]
    trust_device: bool,
    #[serde(default)]
    #[allow(dead_code, reason = "there is one transport so far; naming another is refused")]
    transport: Transport,
    /// Shown in the list of sessions; by default the one that the login gave.
    #[schema(example = "Ada's laptop")]
    device_name: Option<String>,
    /// What this device was given by its last login to this account.
    #[schema(format = Password)]
    device_token: Option<String>,
}

/// Complete a login by the second factor
///
/// A wrong factor leaves the challenge as it is, until there were too many (`mfa.max_failures`): then it is over, and
/// the factor is locked for a while. A code works once.
#[utoipa::path(
    tag = "auth",
    operation_id = "verifyLoginFactor",
    request_body = VerifyBody,
    responses(
        (status = 200, description = "The session is open.", body = TokenResponse),
        Validated,
        Overloadable,
        (status = 401, description = "`challenge_invalid`, `mfa_code_invalid`"),
        (status = 403, description = "`account_not_active`, `email_not_verified`, `mfa_reset_pending`"),
        (status = 429, description = "`rate_limited`: the factor is locked"),
    ),
)]
#[post("/api/v1/auth/mfa/verify")]
pub async fn verify(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    body: Json<VerifyBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let step = SecondStepRequest {
        challenge: Secret::new(body.challenge_token),
        factor: body.method.present(body.code, body.credential)?,
        trust_device: body.trust_device,
        client: client.for_login(body.device_name.as_deref(), body.device_token),
    };
    let done = state.run_for_stranger(|app| async move { app.authn.mfa.second_step(step).await }).await?;
    Ok(token_response::respond_to_login(&request, &done))
}
