//! `/api/v1/auth/mfa`: the second step of a login.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::authn::SecondStepRequest;
use crate::http::dto::factor::FactorMethod;
use crate::http::dto::tokens::{self, TokenResponse, Transport};
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::extract::throttled::LimitedFailures;
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorVerificationBody {
    /// The `challenge_token` of the login.
    #[schema(example = "kc1_l3Jx0Nn4mYkq7v2yR8sTbUcWdXeZfAgBhCiDjEkFmGo", format = Password)]
    challenge_token: String,
    method: FactorMethod,
    /// The code of the app, a backup code, or the code that was sent.
    #[schema(example = "492039", format = Password)]
    code: Option<String>,
    /// For a passkey: the result of `navigator.credentials.get()`, with binary members in base64url.
    #[schema(value_type = Option<Object>)]
    credential: Option<serde_json::Value>,
    /// Whether to trust this device: its logins need no second factor until `mfa.trusted_device_ttl` has passed.
    #[serde(default)]
    trust_device: bool,
    #[serde(default)]
    transport: Transport,
    /// A name for the device, shown in the list of sessions; by default that of the login.
    #[schema(example = "Ada's laptop")]
    device_name: Option<String>,
    /// The `device_token` of this device's last login to the account.
    #[schema(format = Password)]
    device_token: Option<String>,
    /// The answer to a CAPTCHA, after `captcha_required`.
    #[schema(format = Password)]
    captcha_token: Option<String>,
}

/// Complete a login with a second factor
///
/// After a wrong factor the challenge remains valid. After `throttle.factor_failures` wrong ones the challenge ends, and the
/// factor is locked for some time. Each code is accepted once.
#[utoipa::path(
    tag = "auth",
    operation_id = "verifyLoginFactor",
    request_body = FactorVerificationBody,
    responses(
        (status = 200, description = "The session is open.", body = TokenResponse),
        Validated,
        Overloadable,
        (status = 401, description = "`challenge_invalid`, `mfa_code_invalid`"),
        (status = 403, description = "`account_not_active`, `email_not_verified`, `mfa_reset_pending`; `captcha_required`, `captcha_invalid`: after many failures in the client's network; `csrf_failed`, `origin_not_allowed`: in cookie transport"),
        (status = 429, description = "`rate_limited`: the factor is locked, or there were too many failures in the client's network"),
    ),
)]
#[post("/api/v1/auth/mfa/verify")]
pub async fn verify(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    _: LimitedFailures,
    body: Json<FactorVerificationBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let delivery = body.transport.delivery(&request)?;
    let client = delivery.login_client(&request, client, body.device_name.as_deref(), body.device_token);
    let step = SecondStepRequest {
        challenge: Secret::new(body.challenge_token),
        factor: body.method.present(body.code, body.credential)?,
        trust_device: body.trust_device,
        captcha: body.captcha_token.map(Secret::new),
        client,
    };
    let done = state.run_for_stranger(|app| async move { app.authn.mfa.second_step(step).await }).await?;
    Ok(tokens::respond_to_login(&request, &done, &delivery))
}
