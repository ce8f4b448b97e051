//! `/api/v1/auth/passkey`: login with a passkey alone.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::login::Transport;
use super::token_response::{self, TokenResponse};
use crate::authn::PasskeyLoginRequest;
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyOptionsBody {}

/// A ceremony of WebAuthn that was begun.
#[derive(Serialize, ToSchema)]
pub struct CeremonyResponse {
    /// To be sent back with the authenticator's answer.
    pub ceremony: Uuid,
    /// For `navigator.credentials`: `{"publicKey": …}`, bytes in base64url
    /// (`PublicKeyCredential.parse…OptionsFromJSON` reads them).
    #[schema(value_type = Object)]
    pub options: Value,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyVerifyBody {
    ceremony: Uuid,
    /// The answer of `navigator.credentials.get()`, as its `toJSON()` writes it.
    #[schema(value_type = Object)]
    credential: Value,
    /// How the tokens travel; `bearer` unless said otherwise.
    #[serde(default)]
    #[allow(dead_code, reason = "there is one transport so far; naming another is refused")]
    transport: Transport,
    /// Shown in the list of sessions.
    #[schema(example = "Ada's laptop")]
    device_name: Option<String>,
    /// What this device was given by its last login to this account.
    #[schema(format = Password)]
    device_token: Option<String>,
}

/// Begin a login with a passkey
///
/// Names nobody: the passkey tells who it is.
#[utoipa::path(
    tag = "auth",
    operation_id = "beginPasskeyLogin",
    request_body = PasskeyOptionsBody,
    responses(
        (status = 200, description = "The ceremony, good for one login within `webauthn.ceremony_ttl`.", body = CeremonyResponse),
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
/// Opens a session family of two factors (`aal` 2). A password that is locked does not matter.
#[utoipa::path(
    tag = "auth",
    operation_id = "loginWithPasskey",
    request_body = PasskeyVerifyBody,
    responses(
        (status = 200, description = "The session is open.", body = TokenResponse),
        Validated,
        Overloadable,
        (status = 401, description = "`challenge_invalid` (the ceremony is unknown, spent or expired), `invalid_credentials`"),
        (status = 403, description = "`account_not_active`, `email_not_verified`, `mfa_reset_pending`: only after the right passkey"),
    ),
)]
#[post("/api/v1/auth/passkey/verify")]
pub async fn verify(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    body: Json<PasskeyVerifyBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let login = PasskeyLoginRequest {
        ceremony: body.ceremony,
        credential: body.credential,
        client: client.for_login(body.device_name.as_deref(), body.device_token),
    };
    let login = state.run_for_stranger(|app| async move { app.authn.passkeys.login(login).await }).await?;
    Ok(token_response::respond_to_login(&request, &login))
}
