//! `/api/v1/auth/federation`: a login with another provider begins, comes back, and is completed.
//!
//! The callback sets no cookies of a session. A link on any page can make a browser come here, so the session is opened by the
//! application, which presents a code with its own CSRF token or PKCE verifier.

use actix_web::http::header::LOCATION;
use actix_web::web::{Bytes, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use utoipa::ToSchema;

use super::login::{ChallengeBody, LoginAnswer};
use crate::authn::{
    CallbackRequest, CompletionAnswers, CompletionRequest, FederatedOutcome, LoginStart, NoTarget,
    ReturnedWith, StartError,
};
use crate::http::dto::tokens::{self, Transport, remembered};
use crate::http::dto::words::{CodeChallengeText, FederationPurposeName, LinkTicketText, ReturnTarget};
use crate::http::extract::client::{Client, time_zone};
use crate::http::extract::federation::{browser_of, keep_browser, presented_code};
use crate::http::extract::form;
use crate::http::extract::json::Json;
use crate::http::extract::presented::Delivery;
use crate::http::extract::query::Query;
use crate::http::extract::throttled::{LimitedFailures, Registering, count};
use crate::http::problem::{Code, NotFound, Overloadable, Problem, RateLimited, Validated};
use crate::http::state::AppState;
use crate::model::federation::authorization_response::relayed_query;
use crate::model::federation::login_state::{LoginIntent, LoginPurpose};
use crate::model::federation::pkce;
use crate::model::locale::Locale;
use crate::secret::Secret;
use crate::store::session::login::LoginClient;

/// The parameters by which a page learns how a login has gone.
const CODE: &str = "federation_code";
const ERROR: &str = "federation_error";
const PROVIDER: &str = "federation_provider";
/// The longest value of a parameter at the start: a target, or a ticket that contains one.
const LONGEST_PARAMETER: usize = 4_096;

/// Begin a login with another provider
///
/// To be opened by a browser, which is sent to the provider and comes back to `return_to`, with `federation_code` or
/// `federation_error` (`federation_failed`, `federation_cancelled`, `provider_unavailable`) in the query. An application that
/// does not share the browser's cookies sends a PKCE challenge, and later its verifier. With `step_up` the person authenticates
/// again. `ticket` is part of what `POST /api/v1/me/identities/{provider}` returns, and stands in for all other parameters.
#[utoipa::path(
    tag = "auth",
    operation_id = "startFederatedLogin",
    params(
        ("provider" = String, Path, description = "The name of the provider in the settings", example = "google"),
        ("return_to" = inline(Option<ReturnTarget>), Query, description = "Where the browser goes afterwards: a path of this host, or a URL of an allowed origin; `/` by default"),
        ("purpose" = inline(Option<FederationPurposeName>), Query, description = "What the login is for; `login` by default"),
        ("code_challenge" = inline(Option<CodeChallengeText>), Query, description = "The application's PKCE challenge (S256)"),
        ("ticket" = inline(Option<LinkTicketText>), Query, description = "Of the linking of an identity"),
    ),
    responses(
        (status = 302, description = "To the provider, with a cookie that the login is bound to."),
        (status = 303, description = "To the target, with `federation_error` (`provider_unavailable`) in its query: the provider does not answer."),
        NotFound,
        Overloadable,
        (status = 422, description = "`validation_failed`: a parameter is unknown, or the target is not allowed, or the provider cannot authenticate people again on demand, or the ticket no longer counts"),
    ),
)]
#[get("/api/v1/auth/federation/{provider}/start")]
pub async fn start(
    request: HttpRequest,
    state: Data<AppState>,
    provider: Path<String>,
) -> Result<HttpResponse, Problem> {
    let start = start_of(&request, &state)?;
    let (provider, browser) = (provider.into_inner(), browser_of(&request, &state));
    let name = provider.clone();
    let result = state
        .run(|app| async move { Ok::<_, Problem>(app.authn.federation.start(&name, start, browser).await) })
        .await?;
    let started = match result {
        Ok(started) => started,
        // A person would see the problem: the page that they come from says it in words.
        Err(StartError::Unavailable { return_to }) => {
            let error = (ERROR, Code::ProviderUnavailable.as_str());
            return Ok(see_other(&with_parameters(&return_to, &[error, (PROVIDER, &provider)])));
        }
        Err(error) => return Err(error.into()),
    };
    let mut response = HttpResponse::Found().insert_header((LOCATION, started.url.as_str())).finish();
    keep_browser(&mut response, &state, &started.browser);
    Ok(response)
}

fn start_of(request: &HttpRequest, state: &AppState) -> Result<LoginStart, Problem> {
    let known = ["return_to", "purpose", "code_challenge", "ticket"];
    let query = Query::long(request, &known, LONGEST_PARAMETER)?;
    if let Some(ticket) = query.text("ticket") {
        if known[..3].iter().any(|name| query.text(name).is_some()) {
            return Err(wrong("ticket", "A ticket stands in for all other parameters."));
        }
        return Ok(LoginStart::Ticket(Secret::new(ticket.to_owned())));
    }
    let purpose = match query.text("purpose") {
        None | Some("login") => LoginPurpose::Login,
        Some("step_up") => LoginPurpose::StepUp,
        Some(_) => return Err(wrong("purpose", "This must be login or step_up.")),
    };
    let return_to = query.text("return_to").unwrap_or("/");
    Ok(LoginStart::Intent(intent(state, purpose, return_to, query.text("code_challenge"))?))
}

/// What someone asks for, if it may be asked for.
///
/// # Errors
/// 422 for a target that is not allowed, or a text that is no challenge.
pub fn intent(
    state: &AppState,
    purpose: LoginPurpose,
    return_to: &str,
    code_challenge: Option<&str>,
) -> Result<LoginIntent, Problem> {
    let return_to = state.destinations.allowed(return_to);
    let return_to = return_to.ok_or_else(|| {
        wrong("return_to", "This must be a path of this host, or a URL of an origin in cors.allowed_origins.")
    })?;
    if !code_challenge.is_none_or(pkce::is_challenge) {
        return Err(wrong("code_challenge", "This must be SHA-256 of the verifier in base64url."));
    }
    Ok(LoginIntent { purpose, return_to, code_challenge: code_challenge.map(str::to_owned) })
}

fn wrong(name: &str, detail: &str) -> Problem {
    Problem::field(Code::ValidationFailed, name, "invalid", detail)
}

/// Come back from a provider
///
/// The redirect address of the provider. The browser goes on to the target of the start. If the answer belongs to no login of
/// this browser, it goes to the login page with `federation_error`.
#[utoipa::path(
    tag = "auth",
    operation_id = "returnFromProvider",
    params(("provider" = String, Path, description = "The name of the provider in the settings", example = "google")),
    responses(
        (status = 303, description = "To the target, with `federation_code` or `federation_error` and `federation_provider` in its query."),
        NotFound,
        Overloadable,
        (status = 401, description = "`federation_failed`, where there is no login page"),
    ),
)]
#[get("/api/v1/auth/federation/{provider}/callback")]
pub async fn callback(
    request: HttpRequest,
    state: Data<AppState>,
    provider: Path<String>,
) -> Result<HttpResponse, Problem> {
    let provider = provider.into_inner();
    let answer = CallbackRequest {
        provider: provider.clone(),
        query: Secret::new(request.query_string().to_owned()),
        browser: browser_of(&request, &state),
    };
    let result = state
        .run(|app| async move { Ok::<_, Problem>(app.authn.federation.callback(&answer).await) })
        .await?;
    let target = match result {
        Ok(target) => target,
        Err(NoTarget::State) => return to_login(&state, &provider),
        Err(error) => return Err(error.into()),
    };
    let (name, value) = match &target.returned {
        ReturnedWith::Code(code) => (CODE, code.expose().as_str()),
        ReturnedWith::Cancelled => (ERROR, "federation_cancelled"),
        ReturnedWith::Unavailable => (ERROR, Code::ProviderUnavailable.as_str()),
        ReturnedWith::Failed => (ERROR, Code::FederationFailed.as_str()),
    };
    Ok(see_other(&with_parameters(&target.return_to, &[(name, value), (PROVIDER, &provider)])))
}

/// What is handed over of a provider's form. Everything else in it stays behind.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of what a provider sends, for the OpenAPI document")]
pub struct ProviderForm {
    #[schema(format = Password)]
    code: Option<String>,
    #[schema(format = Password)]
    state: Option<String>,
    error: Option<String>,
    /// Apple: the name, once.
    user: Option<String>,
}

/// Come back from a provider by a form
///
/// Apple sends a form from its own site, and so without the cookie of the browser. Nothing is read or written: the browser
/// comes to the same address by a redirection, with its cookie.
#[utoipa::path(
    tag = "auth",
    operation_id = "returnFromProviderByForm",
    params(("provider" = String, Path, description = "The name of the provider in the settings", example = "apple")),
    request_body(content = ProviderForm, content_type = "application/x-www-form-urlencoded", description = "What the provider tells"),
    responses(
        (status = 303, description = "To the same address."),
        (status = 400, description = "`invalid_request`"),
        (status = 408, description = "`request_timeout`"),
        (status = 413, description = "`payload_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
    ),
)]
#[post("/api/v1/auth/federation/{provider}/callback")]
pub async fn callback_by_form(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let form = text_of(&form::read(&request, payload).await?)?;
    let query = relayed_query(&form).map_err(|_| not_in_order())?;
    // Relative to the address of the request, so that a path under which a proxy publishes the server stays.
    Ok(see_other(&format!("callback?{}", query.expose())))
}

/// A form is ASCII, and what it encodes is UTF-8.
fn text_of(body: &Bytes) -> Result<String, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| not_in_order())?;
    Ok(text.to_owned())
}

fn not_in_order() -> Problem {
    Problem::new(Code::InvalidRequest).detail("The form is not well-formed.")
}

/// Nothing shows where the browser wanted to go: to the login page, which says that it did not work.
fn to_login(state: &AppState, provider: &str) -> Result<HttpResponse, Problem> {
    let login = state.destinations.login("/");
    if login.is_empty() {
        return Err(Problem::new(Code::FederationFailed));
    }
    let error = (ERROR, Code::FederationFailed.as_str());
    Ok(see_other(&with_parameters(&login, &[error, (PROVIDER, provider)])))
}

/// The target with more parameters. It stays as it is otherwise: putting it together from its parts could make a path of this
/// host, such as `/..//evil.example`, the address of another one.
fn with_parameters(target: &str, parameters: &[(&str, &str)]) -> String {
    let (address, fragment) = match target.split_once('#') {
        Some((address, fragment)) => (address, format!("#{fragment}")),
        None => (target, String::new()),
    };
    let separator = if address.contains('?') { '&' } else { '?' };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    format!("{address}{separator}{}{fragment}", query.finish())
}

fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompletionBody {
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
    /// The version of the terms that the user has accepted, where `accounts.terms_version` is set and the account is new.
    #[schema(example = "2026-11")]
    accepted_terms: Option<String>,
    /// The language of mails to a new account, as a BCP 47 tag.
    #[schema(example = "de", pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length = 35)]
    locale: Option<String>,
    /// How the tokens are transmitted; `bearer` by default.
    #[serde(default)]
    transport: Transport,
    /// Whether the session outlives the browser.
    #[serde(default = "remembered")]
    remember: bool,
    /// A name for the device, shown in the list of sessions.
    #[schema(example = "Ada's laptop")]
    device_name: Option<String>,
    /// The `device_token` of this device's last login to the account.
    #[schema(format = Password)]
    device_token: Option<String>,
    /// The time zone of the browser, by its name in the database of IANA.
    #[schema(example = "Europe/Berlin", pattern = "^[A-Za-z][A-Za-z0-9/_+-]*$", max_length = 64)]
    time_zone: Option<String>,
    /// The answer to a CAPTCHA, after `captcha_required`.
    #[schema(format = Password)]
    captcha_token: Option<String>,
}

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
    let Json(body) = body;
    // A mail goes to the address, as at a registration.
    if body.email.is_some() && body.email_code.is_none() {
        count::<Registering>(&request).await?;
    }
    let delivery = body.transport.delivery(&request)?;
    let client = delivery.login_client(&request, client, body.device_name.as_deref(), body.device_token);
    let time_zone = time_zone(body.time_zone.as_deref())?;
    let completion = CompletionRequest {
        presented: presented_code(&request, &state, body.code, body.code_verifier),
        answers: CompletionAnswers {
            email: body.email,
            email_code: body.email_code.map(Secret::new),
            accepted_terms: body.accepted_terms,
            locale: locale(body.locale.as_deref())?,
        },
        captcha: body.captcha_token.map(Secret::new),
        client: LoginClient { remembered: body.remember, time_zone, ..client },
    };
    let outcome =
        state.run_for_stranger(|app| async move { app.authn.federation.complete(completion).await }).await?;
    Ok(respond(&request, outcome, &delivery))
}

/// The language that a client names.
///
/// # Errors
/// 422 for text that is no language tag.
pub fn locale(tag: Option<&str>) -> Result<Option<Locale>, Problem> {
    let locale = tag.map(str::parse::<Locale>).transpose();
    locale.map_err(|_| wrong("locale", "This must be a BCP 47 language tag."))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_added_and_nothing_else_changes() {
        for (target, expected) in [
            ("/", "/?a=b%26"),
            ("/x?y=z#f", "/x?y=z&a=b%26#f"),
            ("/..//evil.example", "/..//evil.example?a=b%26"),
            ("https://app.example.com/#f?g", "https://app.example.com/?a=b%26#f?g"),
        ] {
            assert_eq!(with_parameters(target, &[("a", "b&")]), expected);
        }
    }
}
