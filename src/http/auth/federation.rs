//! `GET /api/v1/auth/federation/{provider}/start`: a login with another provider begins.

use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};

use super::federation_target::{ERROR, back_to};
use crate::authn::{LoginStart, StartError};
use crate::http::dto::words::{CodeChallengeText, FederationPurposeName, LinkTicketText, ReturnTarget};
use crate::http::extract::federation::{browser_of, keep_browser};
use crate::http::extract::query::Query;
use crate::http::problem::{Code, NotFound, Overloadable, Problem};
use crate::http::state::AppState;
use crate::model::federation::login_state::{LoginIntent, LoginPurpose};
use crate::model::federation::pkce;
use crate::secret::Secret;

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
            return Ok(back_to(&return_to, &provider, (ERROR, Code::ProviderUnavailable.as_str())));
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
