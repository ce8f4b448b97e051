//! `/api/v1/auth/federation/{provider}`: ID tokens that an application on a device has got from the provider by itself.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::federation_body::{FederatedLoginParts, federated_login_body};
use super::federation_completion::respond;
use super::login::LoginAnswer;
use crate::authn::IdTokenRequest;
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::extract::throttled::LimitedFailures;
use crate::http::problem::{Code, NotFound, Overloadable, Problem, RateLimited, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

/// A nonce for one ID token.
#[derive(Serialize, ToSchema)]
pub struct NonceBody {
    /// To be handed to the provider's SDK as it is or, where the SDK wants it so, as SHA-256 in hexadecimal digits.
    #[schema(example = "Tm9uY2U")]
    nonce: String,
    /// Seconds until it expires.
    #[schema(example = 600)]
    expires_in: u64,
}

/// Get a nonce for an ID token
///
/// An application on a device that gets ID tokens from the provider by itself needs one for each of them. Nothing is stored.
#[utoipa::path(
    tag = "auth",
    operation_id = "getFederationNonce",
    params(("provider" = String, Path, description = "The name of the provider in the settings", example = "google")),
    responses((status = 200, description = "The nonce, which counts once.", body = NonceBody), NotFound),
)]
#[post("/api/v1/auth/federation/{provider}/nonce")]
pub async fn nonce(state: Data<AppState>, provider: Path<String>) -> Result<HttpResponse, Problem> {
    let issued = state.authn.federation.nonce(&provider)?.ok_or_else(no_provider)?;
    let body = NonceBody { nonce: issued.nonce.expose().clone(), expires_in: issued.expires_in.as_secs() };
    Ok(HttpResponse::Ok().json(body))
}

federated_login_body!(IdTokenBody {
    /// As the provider's SDK has given it. Its audience must be among `client_id` and `client_ids` of the settings.
    #[schema(format = Password)]
    id_token: String,
    /// The nonce that was issued here for this token.
    #[schema(format = Password)]
    nonce: String,
    /// The name that Apple tells the application, once.
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
});

/// Log in with an ID token
///
/// For applications on devices. The rules for the account are those of a login in a browser; where the provider tells no address
/// that counts as proven, and no account has the identity yet, the login begins in a browser.
#[utoipa::path(
    tag = "auth",
    operation_id = "loginWithIdToken",
    params(("provider" = String, Path, description = "The name of the provider in the settings", example = "google")),
    request_body = IdTokenBody,
    responses(
        (status = 200, description = "The session is open, or a second factor is required (`mfa_required`).", body = LoginAnswer),
        NotFound,
        Validated,
        Overloadable,
        RateLimited,
        (status = 401, description = "`federation_failed`"),
        (status = 403, description = "`account_not_active`, `mfa_reset_pending`; `forbidden`: registration is not open; `captcha_required`, `captcha_invalid`: after many failures in the client's network; `csrf_failed`, `origin_not_allowed`: in cookie transport"),
        (status = 409, description = "`federation_email_missing`, `account_exists`"),
        (status = 503, description = "`provider_unavailable`, `overloaded`, `unavailable`"),
    ),
)]
#[post("/api/v1/auth/federation/{provider}/token")]
pub async fn log_in(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    provider: Path<String>,
    _: LimitedFailures,
    body: Json<IdTokenBody>,
) -> Result<HttpResponse, Problem> {
    let Json(mut body) = body;
    let FederatedLoginParts { answers, captcha, client, delivery } = body.take_parts(&request, client)?;
    let login = IdTokenRequest {
        provider: provider.into_inner(),
        id_token: Secret::new(body.id_token),
        nonce: Secret::new(body.nonce),
        name: body.name,
        answers,
        captcha,
        client,
    };
    let outcome = state
        .run_for_stranger(|app| async move { app.authn.federation.log_in_with_token(login).await })
        .await?;
    Ok(respond(&request, outcome.ok_or_else(no_provider)?, &delivery))
}

fn no_provider() -> Problem {
    Problem::new(Code::NotFound).detail("There is no such provider, or it has no ID tokens.")
}
