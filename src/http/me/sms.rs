//! `/api/v1/me/mfa/sms`: the phone number for codes by SMS.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::json::Json;
use crate::http::extract::policy::{MayEnroll, RecentAuthentication};
use crate::http::extract::throttled::{Counted, SmsSending};
use crate::http::problem::{Problem, Validated};
use crate::http::state::AppState;

/// The user must be warned of the risk before the number is enrolled (NIST SP 800-63B-4 §3.1.3.3).
const WARNING: &str = "Codes by SMS are weaker than an authenticator app or a passkey: numbers can be taken over, \
                       and messages can be intercepted. Prefer the app or the passkey when you have it at hand.";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhoneBody {
    /// In international form. Spaces, dashes, dots, slashes and parentheses are ignored.
    // The digits of other scripts are beyond ASCII, as are further spaces and dashes.
    #[schema(
        example = "+49 170 1234567",
        min_length = 9,
        max_length = 32,
        pattern = "^(?:[\\s()./-]|[^\\u0000-\\u007f])*[+\\uff0b](?:[\\s()./-]*(?:[0-9]|[^\\u0000-\\u007f])){8,}[\\s()./-]*$"
    )]
    phone: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SmsCodeBody {
    #[schema(example = "123456", format = Password)]
    code: String,
}

/// A code was sent.
#[derive(Serialize, ToSchema)]
pub struct SmsEnrollmentResponse {
    /// Always `sms`.
    #[schema(example = "sms")]
    pub delivery: &'static str,
    /// The last digits of the number.
    #[schema(example = "•••• 42")]
    pub to: String,
    /// Seconds for which the code is valid.
    #[schema(example = 600)]
    pub expires_in: u64,
    /// To be shown to the user: SMS is the weakest of the factors.
    #[schema(example = "SMS is the weakest of the second factors.")]
    pub warning: &'static str,
}

/// Begin to enroll a phone number for codes by SMS
///
/// Sends a code to the number. Until it is confirmed, a previous number of the account remains. Requires a recent
/// authentication and a stronger second factor.
#[utoipa::path(
    tag = "me",
    operation_id = "beginSmsEnrollment",
    security(("bearer" = [])),
    request_body = PhoneBody,
    responses(
        (status = 202, description = "The code was sent.", body = SmsEnrollmentResponse),
        Caller<RecentAuthentication<MayEnroll>>,
        Validated,
        (status = 409, description = "`conflict`: the account has no stronger second factor"),
        (status = 429, description = "`rate_limited`: too many codes were sent"),
    ),
)]
#[post("/api/v1/me/mfa/sms")]
pub async fn enroll(
    state: Data<AppState>,
    client: Client,
    _: Counted<SmsSending>,
    request: Guarded<Caller<RecentAuthentication<MayEnroll>>, PhoneBody>,
) -> Result<HttpResponse, Problem> {
    let (principal, phone) = (request.caller.principal(client), request.body.phone);
    let sent = state.run(|app| async move { app.authn.sms.enroll(&principal, &phone).await }).await?;
    Ok(HttpResponse::Accepted().json(SmsEnrollmentResponse {
        delivery: "sms",
        to: sent.to,
        expires_in: sent.expires_in.as_secs(),
        warning: WARNING,
    }))
}

/// Confirm a phone number for codes by SMS
///
/// Requires the code that was sent to the number, and no recent authentication, which the request of the code required.
/// The number replaces a previous one.
#[utoipa::path(
    tag = "me",
    operation_id = "confirmSmsEnrollment",
    security(("bearer" = [])),
    request_body = SmsCodeBody,
    responses(
        (status = 204, description = "Codes are sent to this number from now on."),
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
    let (principal, code) = (caller.principal(client), body.0.code);
    state.run(|app| async move { app.authn.sms.confirm(&principal, &code).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Remove the phone number for codes by SMS
///
/// Also removes a number that is not confirmed. If there was a number, the user's other sessions are revoked. Requires
/// a recent authentication.
#[utoipa::path(
    tag = "me",
    operation_id = "removeSms",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "The account has no phone number."),
        Caller<RecentAuthentication>,
    ),
)]
#[delete("/api/v1/me/mfa/sms")]
pub async fn remove(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication>,
) -> Result<HttpResponse, Problem> {
    let principal = caller.principal(client);
    state.run(|app| async move { app.authn.sms.remove(&principal).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
