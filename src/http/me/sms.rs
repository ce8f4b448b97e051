//! `POST /api/v1/me/mfa/sms`, `/sms/confirm`, `DELETE /api/v1/me/mfa/sms`

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::mfa::owner;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::json::Json;
use crate::http::extract::policy::{MayEnroll, RecentAuthentication};
use crate::http::problem::{Problem, Validated};
use crate::http::state::AppState;

/// The owner is to know before the number counts (NIST SP 800-63B-4 §3.1.3.3).
const WARNING: &str = "Codes by SMS are weaker than an authenticator app or a passkey: numbers can be taken over, \
                       and messages read on their way. Prefer the app or the passkey where you have it at hand.";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhoneBody {
    /// In international form; spaces, dashes, dots, slashes and brackets do not matter.
    #[schema(example = "+49 170 1234567", max_length = 32)]
    phone: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SmsCodeBody {
    #[schema(example = "123456", format = Password)]
    code: String,
}

/// A code on its way.
#[derive(Serialize, ToSchema)]
pub struct SmsEnrollmentResponse {
    /// `sms`
    #[schema(example = "sms")]
    pub delivery: &'static str,
    /// The end of the number.
    #[schema(example = "•••• 42")]
    pub to: String,
    /// How long the code works, in seconds.
    #[schema(example = 600)]
    pub expires_in: u64,
    /// What to tell the person: SMS is the weakest of the factors.
    pub warning: &'static str,
}

/// Name the number for codes by SMS
///
/// Sends a code to it. Until that is confirmed the account's last number stays, if it had one. Needs a recent proof
/// of who you are, and a stronger second factor.
#[utoipa::path(
    tag = "me",
    operation_id = "beginSmsEnrollment",
    security(("bearer" = [])),
    request_body = PhoneBody,
    responses(
        (status = 202, description = "The code is sent.", body = SmsEnrollmentResponse),
        Caller<RecentAuthentication<MayEnroll>>,
        Validated,
        (status = 409, description = "`conflict`: there is no stronger second factor"),
        (status = 429, description = "`rate_limited`: too many codes"),
    ),
)]
#[post("/api/v1/me/mfa/sms")]
pub async fn enroll(
    state: Data<AppState>,
    client: Client,
    request: Guarded<Caller<RecentAuthentication<MayEnroll>>, PhoneBody>,
) -> Result<HttpResponse, Problem> {
    let (owner, phone) = (owner(&request.caller.0, client), request.body.phone);
    let sent = state.run(|app| async move { app.authn.sms.enroll(&owner, &phone).await }).await?;
    Ok(HttpResponse::Accepted().json(SmsEnrollmentResponse {
        delivery: "sms",
        to: sent.to,
        expires_in: sent.expires_in.as_secs(),
        warning: WARNING,
    }))
}

/// Confirm the number for codes by SMS
///
/// With the code that went to it. The number takes the place of the last one. Who you are was proven when the code
/// was asked for.
#[utoipa::path(
    tag = "me",
    operation_id = "confirmSmsEnrollment",
    security(("bearer" = [])),
    request_body = SmsCodeBody,
    responses(
        (status = 204, description = "Codes go to this number from now on."),
        Caller<MayEnroll>,
        Validated,
        (status = 401, description = "`mfa_code_invalid`, `token_missing`, `token_invalid`, `token_expired`, `session_revoked`"),
    ),
)]
#[post("/api/v1/me/mfa/sms/confirm")]
pub async fn confirm(
    state: Data<AppState>,
    client: Client,
    caller: Caller<MayEnroll>,
    body: Json<SmsCodeBody>,
) -> Result<HttpResponse, Problem> {
    let (owner, code) = (owner(&caller, client), body.0.code);
    state.run(|app| async move { app.authn.sms.confirm(&owner, &code).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Remove the number for codes by SMS
///
/// Also one that waits for its confirmation. The user's other sessions end if there was a number. Needs a recent
/// proof of who you are.
#[utoipa::path(
    tag = "me",
    operation_id = "removeSms",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "There is no number (any more)."),
        Caller<RecentAuthentication>,
    ),
)]
#[delete("/api/v1/me/mfa/sms")]
pub async fn remove(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication>,
) -> Result<HttpResponse, Problem> {
    let owner = owner(&caller, client);
    state.run(|app| async move { app.authn.sms.remove(&owner).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
