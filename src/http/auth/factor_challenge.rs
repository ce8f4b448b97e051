//! The challenge of a second factor: a code that is sent, or the options that a passkey signs.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::authn::{ChallengedFactor, FactorChallenge, StepUpChallengeRequest};
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::extract::policy::MayEnroll;
use crate::http::extract::throttled::{SmsSending, count};
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChallengeRequestBody {
    /// The `challenge_token` of the login.
    #[schema(example = "kc1_l3Jx0Nn4mYkq7v2yR8sTbUcWdXeZfAgBhCiDjEkFmGo", format = Password)]
    challenge_token: String,
    method: ChallengeMethod,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpChallengeBody {
    method: ChallengeMethod,
}

/// The second factors that need a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChallengeMethod {
    /// A code is sent to the account's number.
    Sms,
    /// The options for a passkey are returned.
    Webauthn,
}

impl From<ChallengeMethod> for ChallengedFactor {
    fn from(method: ChallengeMethod) -> Self {
        match method {
            ChallengeMethod::Sms => Self::Sms,
            ChallengeMethod::Webauthn => Self::Webauthn,
        }
    }
}

/// The challenge, depending on the method.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is the schema of the answer, which is written from its parts")]
pub enum FactorChallengeAnswer {
    Delivery(DeliveryBody),
    #[schema(value_type = PasskeyChallengeBody)]
    Options(serde_json::Value),
}

/// The options of `navigator.credentials.get()`, with binary members in base64url.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of what the WebAuthn library writes, for the OpenAPI document")]
pub struct PasskeyChallengeBody {
    #[schema(rename = "publicKey", value_type = Object)]
    public_key: serde_json::Value,
}

/// A code was sent.
#[derive(Serialize, ToSchema)]
pub struct DeliveryBody {
    /// Always `sms`.
    #[schema(example = "sms")]
    delivery: &'static str,
    /// The last digits of the number.
    #[schema(example = "•••• 42")]
    to: String,
    /// Seconds for which the code is valid.
    expires_in: u64,
}

/// Request the challenge of a login's second factor
///
/// `sms` sends a code, which replaces a code that was sent before. `webauthn` returns the options for
/// `navigator.credentials.get()`; options that were returned before become void.
#[utoipa::path(
    tag = "auth",
    operation_id = "challengeLoginFactor",
    request_body = ChallengeRequestBody,
    responses(
        (status = 200, description = "The code was sent, or the options of the passkey.", body = FactorChallengeAnswer),
        Validated,
        Overloadable,
        (status = 401, description = "`challenge_invalid`"),
        (status = 403, description = "`account_not_active`, `email_not_verified`, `mfa_reset_pending`"),
        (status = 422, description = "`validation_failed`, also if the account has no such factor"),
        (status = 429, description = "`rate_limited`: too many codes were sent"),
    ),
)]
#[post("/api/v1/auth/mfa/challenge")]
pub async fn challenge(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    body: Json<ChallengeRequestBody>,
) -> Result<HttpResponse, Problem> {
    count_code(&request, body.0.method).await?;
    let context = client.context;
    let (token, factor) = (Secret::new(body.0.challenge_token), body.0.method.into());
    let sent = state
        .run_for_stranger(|app| async move { app.authn.mfa.challenge_login(&token, factor, &context).await })
        .await?;
    Ok(respond(sent))
}

/// Request the challenge of a second factor for a step-up
///
/// `sms` sends a code, which replaces a code that was sent before. `webauthn` returns the options for
/// `navigator.credentials.get()`; options that were returned before become void.
#[utoipa::path(
    tag = "auth",
    operation_id = "challengeStepUpFactor",
    security(("bearer" = [])),
    request_body = StepUpChallengeBody,
    responses(
        (status = 200, description = "The code was sent, or the options of the passkey.", body = FactorChallengeAnswer),
        Caller<MayEnroll>,
        Validated,
        (status = 422, description = "`validation_failed`, also if the account has no such factor"),
        (status = 429, description = "`rate_limited`: too many codes were sent"),
    ),
)]
#[post("/api/v1/auth/step-up/challenge")]
pub async fn challenge_step_up(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    caller: Caller<MayEnroll>,
    body: Json<StepUpChallengeBody>,
) -> Result<HttpResponse, Problem> {
    count_code(&request, body.0.method).await?;
    let request =
        StepUpChallengeRequest { principal: caller.principal(client), factor: body.0.method.into() };
    let sent = state.run(|app| async move { app.authn.mfa.challenge_step_up(request).await }).await?;
    Ok(respond(sent))
}

/// Counts the request of a code that is sent.
async fn count_code(request: &HttpRequest, method: ChallengeMethod) -> Result<(), Problem> {
    if method == ChallengeMethod::Sms { count::<SmsSending>(request).await } else { Ok(()) }
}

fn respond(needed: FactorChallenge) -> HttpResponse {
    match needed {
        FactorChallenge::Sent(sent) => HttpResponse::Ok().json(DeliveryBody {
            delivery: "sms",
            to: sent.to,
            expires_in: sent.expires_in.as_secs(),
        }),
        FactorChallenge::Options(options) => HttpResponse::Ok().json(options),
    }
}
