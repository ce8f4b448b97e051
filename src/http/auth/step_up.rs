//! `POST /api/v1/auth/step-up`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::authn::{StepUpCredential, StepUpRequest};
use crate::http::dto::factor::{FactorMethod, missing};
use crate::http::dto::tokens::{self, TokenResponse};
use crate::http::dto::words::AttemptKeyText;
use crate::http::extract::caller::Caller;
use crate::http::extract::federation::presented_code;
use crate::http::extract::json::Json;
use crate::http::extract::policy::MayEnroll;
use crate::http::extract::presented::{PresentedToken, given};
use crate::http::extract::presenter::Presenter;
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpBody {
    method: ReauthenticationMethod,
    /// The refresh token of the session, unless it is in a cookie. The step-up spends it.
    #[serde(default, deserialize_with = "given")]
    #[schema(example = "kr1_…", format = Password, nullable = false)]
    refresh_token: Option<String>,
    /// For the method `password`, which is accepted only if the account has no second factor.
    #[schema(example = "lantern orbit velvet drizzle", format = Password)]
    password: Option<String>,
    /// The code of the app, a backup code, or the code that was sent.
    #[schema(example = "492039", format = Password)]
    code: Option<String>,
    /// For a passkey: the result of `navigator.credentials.get()`, with binary members in base64url.
    #[schema(value_type = Option<Object>)]
    credential: Option<serde_json::Value>,
    /// For the method `federation`: the verifier of the challenge that was sent at the start, if one was. `code` is the
    /// `federation_code` that the browser came back with.
    #[schema(example = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", format = Password)]
    code_verifier: Option<String>,
}

/// How the user authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReauthenticationMethod {
    Password,
    Totp,
    BackupCode,
    Sms,
    Webauthn,
    /// Another login with the provider of an identity (`purpose=step_up`). Counts where the account has no second factor, or the
    /// provider is trusted to verify two.
    Federation,
}

impl StepUpBody {
    fn credential(self, request: &HttpRequest, state: &AppState) -> Result<StepUpCredential, Problem> {
        let Self { method, password, code, credential, code_verifier, .. } = self;
        let factor = match method {
            ReauthenticationMethod::Federation => {
                let code = code.ok_or_else(|| missing("code"))?;
                let presented = presented_code(request, state, code, code_verifier);
                return Ok(StepUpCredential::Identity(presented));
            }
            ReauthenticationMethod::Password => {
                let password = password.ok_or_else(|| missing("password"))?;
                return Ok(StepUpCredential::Password(Secret::new(password)));
            }
            ReauthenticationMethod::Totp => FactorMethod::Totp,
            ReauthenticationMethod::BackupCode => FactorMethod::BackupCode,
            ReauthenticationMethod::Sms => FactorMethod::Sms,
            ReauthenticationMethod::Webauthn => FactorMethod::Webauthn,
        };
        factor.present(code, credential).map(StepUpCredential::Factor)
    }
}

/// Authenticate again
///
/// For operations that require a recent authentication (403 `step_up_required`). The session continues with new tokens:
/// the step-up spends the refresh token by the rules of a refresh, including `Idempotency-Key`. The new access token has
/// a new `auth_time`, and `amr` and `acr` according to the method; refreshes keep them. A retry, and a request that was
/// overtaken by another one, are answered before the password or factor is verified: the response is a step-up only if
/// its `auth_time` and `acr` say so. An account with a second factor steps up with it and not with the password. Wrong
/// passwords and codes count towards the same locks as at login.
#[utoipa::path(
    tag = "auth",
    operation_id = "stepUp",
    security(("bearer" = [])),
    request_body = StepUpBody,
    params(("Idempotency-Key" = inline(Option<AttemptKeyText>), Header, description = "As for a refresh")),
    responses(
        (status = 200, description = "The new tokens of the session.", body = TokenResponse),
        Caller<MayEnroll>,
        Validated,
        Overloadable,
        (status = 400, description = "`invalid_request`, also for the refresh token of another session"),
        (status = 401, description = "`invalid_credentials`, `mfa_code_invalid`, `federation_failed`, `token_missing`, `token_invalid`, `token_expired`, `session_revoked`, `session_expired`, `refresh_token_invalid`, `refresh_token_reused`"),
        (status = 403, description = "`password_change_required`; `step_up_required` if a second factor is required"),
        (status = 409, description = "`refresh_in_flight`: use the tokens that the other request returns"),
        (status = 429, description = "`rate_limited`: the factor is locked, or too many requests are waiting for this session"),
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
    let mut body = body.0;
    let presented = PresentedToken::of_caller(&request, body.refresh_token.take())?;
    let generation = presented.token.generation();
    let step_up = StepUpRequest {
        acting_session: caller.acting_session(),
        credential: body.credential(&request, &state)?,
        refresh: presenter.present(presented.token, presented.delivery.transport()),
    };
    let renewed = state.run(|app| async move { app.authn.mfa.step_up(step_up).await }).await;
    let tokens = renewed.map_err(|error| Problem::from(error).presenting(generation))?;
    Ok(tokens::respond(&request, &tokens, generation, &presented.delivery))
}
