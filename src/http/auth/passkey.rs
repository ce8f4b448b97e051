//! `/api/v1/auth/passkey`: login with a passkey alone.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::authn::PasskeyLoginRequest;
use crate::http::dto::ceremony::{CeremonyResponse, PasskeyOptionsBody};
use crate::http::dto::tokens::{self, TokenResponse, Transport, remembered};
use crate::http::extract::client::{Client, time_zone};
use crate::http::extract::json::Json;
use crate::http::extract::throttled::LimitedFailures;
use crate::http::problem::{Overloadable, Problem, RateLimited, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;
use crate::store::session::login::LoginClient;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyVerifyBody {
    ceremony: Uuid,
    /// The result of `navigator.credentials.get()`, as its `toJSON()` returns it.
    #[schema(value_type = Object)]
    credential: Value,
    /// How the tokens are transmitted; `bearer` by default.
    #[serde(default)]
    transport: Transport,
    /// Whether the session outlives the browser. If not, its cookies end with the browser, and it expires after
    /// `sessions.short_idle_timeout` without a refresh.
    #[serde(default = "remembered")]
    remember: bool,
    /// A name for the device, shown in the list of sessions.
    #[schema(example = "Ada's laptop")]
    device_name: Option<String>,
    /// The `device_token` of this device's last login to the account.
    #[schema(format = Password)]
    device_token: Option<String>,
    /// The time zone of the browser, by its name in the database of IANA
    /// (`Intl.DateTimeFormat().resolvedOptions().timeZone`). Mails tell times in it.
    #[schema(example = "Europe/Berlin", pattern = "^[A-Za-z][A-Za-z0-9/_+-]*$", max_length = 64)]
    time_zone: Option<String>,
    /// The answer to a CAPTCHA, after `captcha_required`.
    #[schema(format = Password)]
    captcha_token: Option<String>,
}

/// Begin a login with a passkey
///
/// The request names no account, because the passkey identifies the user.
#[utoipa::path(
    tag = "auth",
    operation_id = "beginPasskeyLogin",
    request_body = PasskeyOptionsBody,
    responses(
        (status = 200, description = "The ceremony, which is valid for one login until `webauthn.ceremony_ttl` has passed.", body = CeremonyResponse),
        Validated,
    ),
)]
#[post("/api/v1/auth/passkey/options")]
pub async fn options(
    state: Data<AppState>,
    _body: Json<PasskeyOptionsBody>,
) -> Result<HttpResponse, Problem> {
    let (ceremony, options) = state.authn.passkeys.begin_login()?;
    Ok(HttpResponse::Ok().json(CeremonyResponse { ceremony, options }))
}

/// Log in with a passkey
///
/// Opens a session with two factors (`aal` 2). A lock of the password has no effect on it.
#[utoipa::path(
    tag = "auth",
    operation_id = "loginWithPasskey",
    request_body = PasskeyVerifyBody,
    responses(
        (status = 200, description = "The session is open.", body = TokenResponse),
        Validated,
        Overloadable,
        (status = 401, description = "`challenge_invalid` (the ceremony is unknown, was used before, or has expired), `invalid_credentials`"),
        (status = 403, description = "`account_not_active`, `email_not_verified`, `mfa_reset_pending`: only after the right passkey; `captcha_required`, `captcha_invalid`: after many failures in the client's network; `csrf_failed`, `origin_not_allowed`: in cookie transport"),
        RateLimited,
    ),
)]
#[post("/api/v1/auth/passkey/verify")]
pub async fn verify(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    _: LimitedFailures,
    body: Json<PasskeyVerifyBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let delivery = body.transport.delivery(&request)?;
    let client = delivery.login_client(&request, client, body.device_name.as_deref(), body.device_token);
    let time_zone = time_zone(body.time_zone.as_deref())?;
    let client = LoginClient { remembered: body.remember, time_zone, ..client };
    let login = PasskeyLoginRequest {
        ceremony: body.ceremony,
        credential: body.credential,
        captcha: body.captcha_token.map(Secret::new),
        client,
    };
    let login = state.run_for_stranger(|app| async move { app.authn.passkeys.login(login).await }).await?;
    Ok(tokens::respond_to_login(&request, &login, &delivery))
}
