//! `/api/v1/auth/federation/{provider}/callback`: a browser comes back from another provider.
//!
//! No cookies of a session are set here. A link on any page can make a browser come here, so the session is opened by the
//! application, which presents a code with its own CSRF token or PKCE verifier.

use actix_web::http::header::LOCATION;
use actix_web::web::{Bytes, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use utoipa::ToSchema;

use super::federation_target::{CODE, ERROR, back_to};
use crate::authn::{CallbackRequest, NoTarget, ReturnedWith};
use crate::http::extract::federation::browser_of;
use crate::http::extract::form;
use crate::http::problem::{Code, NotFound, Overloadable, Problem};
use crate::http::state::AppState;
use crate::model::federation::authorization_response::relayed_query;
use crate::secret::Secret;

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
    Ok(back_to(&target.return_to, &provider, (name, value)))
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
    let location = format!("callback?{}", query.expose());
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, location)).finish())
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
    Ok(back_to(&login, provider, (ERROR, Code::FederationFailed.as_str())))
}
