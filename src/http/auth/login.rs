//! `POST /api/v1/auth/login`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::token_response::{self, TokenResponse};
use crate::authn::{LoginOutcome, LoginRequest};
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(example = "lantern orbit velvet drizzle", format = Password)]
    password: String,
    /// How the tokens travel; `bearer` unless said otherwise.
    #[serde(default)]
    #[allow(dead_code, reason = "there is one transport so far; naming another is refused")]
    transport: Transport,
    /// Shown in the list of sessions.
    #[schema(example = "Ada's laptop")]
    device_name: Option<String>,
    /// What this device was given by its last login to this account: it is then a known one, whose wrong passwords are
    /// counted apart from those of strangers, and is asked for no second factor if it is trusted.
    #[schema(example = "kd2_AQGaxMkhIHN8uI1PDmXoVrEABkWn6p5AAJc5vXrYdB2eU0kQpLhT7sNwGfRjZ3mCxyVaKoEi1tDl", format = Password)]
    device_token: Option<String>,
}

/// The session's tokens, or what the second factor is to be presented with.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes the answers")]
pub enum LoginAnswer {
    Tokens(Box<TokenResponse>),
    Challenge(ChallengeBody),
}

/// The password was right; the second factor is asked for.
#[derive(Serialize, ToSchema)]
pub struct ChallengeBody {
    /// Always true.
    mfa_required: bool,
    /// For `POST /api/v1/auth/mfa/verify`, and good for nothing else.
    #[schema(example = "kc1_l3Jx0Nn4mYkq7v2yR8sTbUcWdXeZfAgBhCiDjEkFmGo", format = Password)]
    challenge_token: String,
    /// Seconds until it is over.
    expires_in: u64,
    /// Which second factors the account has.
    #[schema(example = json!(["totp", "backup_code"]))]
    methods: Vec<&'static str>,
}

/// `bearer`: the tokens are in the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    #[default]
    Bearer,
}

/// Log in with e-mail and password
///
/// Opens a session family. A user's least recently used sessions beyond the limit end. Who has a second factor gets a
/// challenge for it instead, unless the device is trusted.
#[utoipa::path(
    tag = "auth",
    operation_id = "login",
    request_body = LoginBody,
    responses(
        (status = 200, description = "The session is open, or (`mfa_required`) the second factor is asked for.", body = LoginAnswer),
        Validated,
        Overloadable,
        (status = 401, description = "`invalid_credentials`"),
        (status = 403, description = "`account_not_active`, `email_not_verified`, `mfa_reset_pending`: only after the right password"),
        (status = 429, description = "`rate_limited`: unknown devices wait after wrong passwords, whatever the address"),
    ),
)]
#[post("/api/v1/auth/login")]
pub async fn login(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    body: Json<LoginBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let login = LoginRequest {
        email: body.email,
        password: Secret::new(body.password),
        client: client.for_login(body.device_name.as_deref(), body.device_token),
    };
    let outcome = state.run_for_stranger(|app| async move { app.authn.passwords.login(login).await }).await?;
    Ok(match outcome {
        LoginOutcome::Session(login) => token_response::respond_to_login(&request, &login),
        LoginOutcome::Challenge(challenge) => HttpResponse::Ok().json(ChallengeBody {
            mfa_required: true,
            challenge_token: challenge.token.expose().clone(),
            expires_in: challenge.expires_in.as_secs(),
            methods: challenge.methods,
        }),
    })
}
