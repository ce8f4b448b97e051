//! `POST /api/v1/auth/step-up`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::factor_body::{FactorMethod, missing};
use super::token_response::{self, TokenResponse};
use crate::authn::{StepUpCredential, StepUpRequest};
use crate::http::extract::caller::Caller;
use crate::http::extract::json::Json;
use crate::http::extract::policy::MayEnroll;
use crate::http::extract::presenter::Presenter;
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpBody {
    method: ProofMethod,
    /// The session's: it is spent with the proof.
    #[schema(example = "kr1_…", format = Password)]
    refresh_token: String,
    /// For the method `password`, which does only where there is no second factor.
    #[schema(example = "lantern orbit velvet drizzle", format = Password)]
    password: Option<String>,
    /// Of the app, a backup code, or a code that was sent.
    #[schema(example = "492039", format = Password)]
    code: Option<String>,
    /// Of a passkey: the answer of `navigator.credentials.get()`, with binary members in base64url.
    #[schema(value_type = Option<Object>)]
    credential: Option<serde_json::Value>,
}

/// How the user proves who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProofMethod {
    Password,
    Totp,
    BackupCode,
    Sms,
    Webauthn,
}

impl StepUpBody {
    fn credential(
        method: ProofMethod,
        password: Option<String>,
        code: Option<String>,
        credential: Option<serde_json::Value>,
    ) -> Result<StepUpCredential, Problem> {
        let factor = match method {
            ProofMethod::Password => {
                let password = password.ok_or_else(|| missing("password"))?;
                return Ok(StepUpCredential::Password(Secret::new(password)));
            }
            ProofMethod::Totp => FactorMethod::Totp,
            ProofMethod::BackupCode => FactorMethod::BackupCode,
            ProofMethod::Sms => FactorMethod::Sms,
            ProofMethod::Webauthn => FactorMethod::Webauthn,
        };
        factor.present(code, credential).map(StepUpCredential::Factor)
    }
}

/// Prove again who you are
///
/// For what asks for a recent proof (403 `step_up_required`). The session stays and gets its next tokens: the refresh
/// token is spent with the proof, by the rules of a refresh, `Idempotency-Key` included. The new access token carries a
/// fresh `auth_time`, and what was proven in `amr` and `acr`; both last across refreshes. A retry, and a request that
/// another one has overtaken, are answered before the proof is looked at: an answer is a step-up only if its
/// `auth_time` and `acr` say so. Who has a second factor steps up by it, not by the password. Wrong passwords and codes
/// count towards the same locks as at the login.
#[utoipa::path(
    tag = "auth",
    operation_id = "stepUp",
    security(("bearer" = [])),
    request_body = StepUpBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "As at a refresh")),
    responses(
        (status = 200, description = "The session's next tokens.", body = TokenResponse),
        Caller<MayEnroll>,
        Validated,
        Overloadable,
        (status = 400, description = "`invalid_request`; also for the refresh token of another session"),
        (status = 401, description = "`invalid_credentials`, `mfa_code_invalid`, `token_missing`, `token_invalid`, `token_expired`, `session_revoked`, `session_expired`, `refresh_token_invalid`, `refresh_token_reused`"),
        (status = 403, description = "`password_change_required`; `step_up_required` if a second factor is needed"),
        (status = 409, description = "`refresh_in_flight`: use the token that the other request returns"),
        (status = 429, description = "`rate_limited`: the factor is locked, or too many requests wait for this session"),
    ),
)]
#[post("/api/v1/auth/step-up")]
pub async fn step_up(
    request: HttpRequest,
    state: Data<AppState>,
    presenter: Presenter,
    caller: Caller<MayEnroll>,
    body: Json<StepUpBody>,
) -> Result<HttpResponse, Problem> {
    let StepUpBody { method, refresh_token, password, code, credential } = body.0;
    let step_up = StepUpRequest {
        user_id: caller.user_id,
        session_id: caller.session_id,
        credential: StepUpBody::credential(method, password, code, credential)?,
        refresh: presenter.present(refresh_token)?,
    };
    let tokens = state.run(|app| async move { app.authn.mfa.step_up(step_up).await }).await?;
    Ok(token_response::respond(&request, &tokens))
}
