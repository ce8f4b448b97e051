//! `POST /api/v1/auth/federation/complete`: a login with another provider becomes a session.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::federation_body::{FederatedLoginParts, federated_login_body};
use super::login::{ChallengeBody, LoginAnswer};
use crate::authn::{CompletionAnswers, CompletionRequest, FederatedOutcome};
use crate::http::dto::tokens;
use crate::http::extract::client::Client;
use crate::http::extract::federation::presented_code;
use crate::http::extract::json::Json;
use crate::http::extract::presented::Delivery;
use crate::http::extract::throttled::{LimitedFailures, Registering, count};
use crate::http::problem::{Overloadable, Problem, RateLimited, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

federated_login_body!(CompletionBody {
    /// The `federation_code` that the browser came back with, or the `code` of an answer with status 202.
    #[schema(format = Password)]
    code: String,
    /// The verifier of the challenge that was sent at the start, if one was.
    #[schema(example = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", format = Password)]
    code_verifier: Option<String>,
    /// An address for the account, after `federation_email_missing`. A mail with a code is sent to it.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// The code of the mail, after status 202.
    #[schema(example = "7k3mq-x9t2p", format = Password)]
    email_code: Option<String>,
});

/// A mail was sent to the address. It has a code, or says that the address already has an account.
#[derive(Serialize, ToSchema)]
pub struct AddressAsked {
    /// `verification_sent`, no matter whether the address already has an account.
    #[schema(example = "verification_sent")]
    status: &'static str,
    /// Takes the place of the code that was sent, and counts together with the code of the mail.
    #[schema(example = "RmVkZXJhdGlvbg", format = Password)]
    code: String,
    /// Seconds until both codes expire.
    #[schema(example = 1800)]
    expires_in: u64,
}

/// Complete a login with another provider
///
/// An identity that no account has leads to the account of its address only if both sides have verified the address; otherwise
/// the address is proven by a mail first. A new account is created where registration is open. The code counts once, for ten
/// minutes, and only in the browser that began, or with the verifier. Where the answer asks for more (409
/// `federation_email_missing`, 422), the same code still counts.
#[utoipa::path(
    tag = "auth",
    operation_id = "completeFederatedLogin",
    request_body = CompletionBody,
    responses(
        (status = 200, description = "The session is open, or a second factor is required (`mfa_required`).", body = LoginAnswer),
        (status = 202, description = "A mail was sent to the address; send its code with the new `code`.", body = AddressAsked),
        Validated,
        Overloadable,
        RateLimited,
        (status = 401, description = "`federation_failed`"),
        (status = 403, description = "`account_not_active`, `mfa_reset_pending`; `forbidden`: registration is not open; `captcha_required`, `captcha_invalid`: after many failures in the client's network; `csrf_failed`, `origin_not_allowed`: in cookie transport"),
        (status = 409, description = "`federation_email_missing`; `account_exists`: another identity of the provider belongs to the account of the address"),
        (status = 422, description = "`validation_failed`, also for `accepted_terms` and `email_code`"),
    ),
)]
#[post("/api/v1/auth/federation/complete")]
pub async fn complete(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    _: LimitedFailures,
    body: Json<CompletionBody>,
) -> Result<HttpResponse, Problem> {
    let Json(mut body) = body;
    // A mail goes to the address, as at a registration.
    if body.email.is_some() && body.email_code.is_none() {
        count::<Registering>(&request).await?;
    }
    let FederatedLoginParts { answers, captcha, client, delivery } = body.take_parts(&request, client)?;
    let completion = CompletionRequest {
        presented: presented_code(&request, &state, body.code, body.code_verifier),
        answers: CompletionAnswers {
            email: body.email,
            email_code: body.email_code.map(Secret::new),
            ..answers
        },
        captcha,
        client,
    };
    let outcome =
        state.run_for_stranger(|app| async move { app.authn.federation.complete(completion).await }).await?;
    Ok(respond(&request, outcome, &delivery))
}

/// The answer to a login with another provider.
pub fn respond(request: &HttpRequest, outcome: FederatedOutcome, delivery: &Delivery) -> HttpResponse {
    match outcome {
        FederatedOutcome::Session(login) => tokens::respond_to_login(request, &login, delivery),
        FederatedOutcome::Challenge(challenge) => HttpResponse::Ok().json(ChallengeBody::of(challenge)),
        FederatedOutcome::AddressAsked { code, expires_in } => HttpResponse::Accepted().json(AddressAsked {
            status: "verification_sent",
            code: code.expose().clone(),
            expires_in: expires_in.as_secs(),
        }),
    }
}
