//! `POST /api/v1/auth/federation/{provider}/backchannel-logout`

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, post};
use url::form_urlencoded;
use utoipa::ToSchema;

use crate::http::extract::client::Client;
use crate::http::extract::form;
use crate::http::problem::{Code, NotFound, Problem};
use crate::http::state::AppState;
use crate::secret::Secret;

/// What a provider sends when a session there is over.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of what a provider sends, for the OpenAPI document")]
pub struct LogoutTokenForm {
    #[schema(format = Password)]
    logout_token: String,
}

/// Revoke the sessions that a provider has ended
///
/// For the provider, not for applications (OpenID Connect Back-Channel Logout 1.0). The token in the form counts once. A
/// session that is unknown here is no error.
#[utoipa::path(
    tag = "auth",
    operation_id = "logoutByProvider",
    params(("provider" = String, Path, description = "The name of the provider in the settings", example = "staff")),
    request_body(content = LogoutTokenForm, content_type = "application/x-www-form-urlencoded", description = "The token"),
    responses(
        (status = 204, description = "The sessions are revoked."),
        NotFound,
        (status = 400, description = "`invalid_request`: the token does not count, or was used before"),
        (status = 408, description = "`request_timeout`"),
        (status = 413, description = "`payload_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 503, description = "`provider_unavailable`: its keys cannot be fetched; `unavailable`"),
    ),
)]
#[post("/api/v1/auth/federation/{provider}/backchannel-logout")]
pub async fn log_out(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    provider: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = form::read(&request, payload).await?;
    let mut tokens = form_urlencoded::parse(&body).filter(|(name, _)| name == "logout_token");
    let token = match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => Secret::new(token.into_owned()),
        _ => return Err(Problem::new(Code::InvalidRequest).detail("There must be one logout_token.")),
    };
    let (provider, context) = (provider.into_inner(), client.context);
    state
        .run(|app| async move { app.authn.federation.log_out_by_provider(&provider, &token, &context).await })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
