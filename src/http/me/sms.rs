//! `POST /api/v1/me/mfa/sms`, `/sms/confirm`, `DELETE /api/v1/me/mfa/sms`

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::mfa::owner;
use crate::http::extract::caller::{EnrollingCaller, RecentCaller, RecentEnrollingCaller};
use crate::http::extract::client::Client;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::json::Json;
use crate::http::problem::{Problem, ProblemBody};
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
    operation_id = "enroll_sms",
    security(("bearer" = [])),
    request_body = PhoneBody,
    responses(
        (status = 202, description = "The code is sent.", body = SmsEnrollmentResponse),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`step_up_required`, `password_change_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "`request_timeout`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: there is no stronger second factor", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`: too many codes", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/me/mfa/sms")]
pub async fn enroll(
    state: Data<AppState>,
    client: Client,
    request: Guarded<RecentEnrollingCaller, PhoneBody>,
) -> Result<HttpResponse, Problem> {
    let (authn, owner, phone) =
        (Arc::clone(&state.authn), owner(&request.caller.0, client), request.body.phone);
    let sent = state.run(async move { authn.sms.enroll(&owner, &phone).await }).await?;
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
    operation_id = "confirm_sms",
    security(("bearer" = [])),
    request_body = SmsCodeBody,
    responses(
        (status = 204, description = "Codes go to this number from now on."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`mfa_code_invalid`, `token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`password_change_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "`request_timeout`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/me/mfa/sms/confirm")]
pub async fn confirm(
    state: Data<AppState>,
    client: Client,
    caller: EnrollingCaller,
    body: Json<SmsCodeBody>,
) -> Result<HttpResponse, Problem> {
    let (authn, owner, code) = (Arc::clone(&state.authn), owner(&caller.0, client), body.0.code);
    state.run(async move { authn.sms.confirm(&owner, &code).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Remove the number for codes by SMS
///
/// Also one that waits for its confirmation. The user's other sessions end if there was a number. Needs a recent
/// proof of who you are.
#[utoipa::path(
    tag = "me",
    operation_id = "remove_sms",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "There is no number (any more)."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[delete("/api/v1/me/mfa/sms")]
pub async fn remove(
    state: Data<AppState>,
    client: Client,
    caller: RecentCaller,
) -> Result<HttpResponse, Problem> {
    let (authn, owner) = (Arc::clone(&state.authn), owner(&caller.0, client));
    state.run(async move { authn.sms.remove(&owner).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
