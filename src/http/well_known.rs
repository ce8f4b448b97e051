//! `/.well-known/…`: what browsers, password managers and the makers of phones ask a site for (RFC 8615).
//!
//! The documents are public, the same for everyone, and served at their own address: their readers follow no redirect.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::Data;
use actix_web::{HttpResponse, route};

use super::problem::{Code, Problem};
use super::state::AppState;

/// How long a document may be cached. It changes with the configuration only.
const CACHE: &str = "public, max-age=3600";

/// Show the other sites that may use the passkeys
///
/// The origins of `webauthn.related_origins` (WebAuthn Level 3 §5.11). Browsers ask for it at the domain `webauthn.rp_id`.
#[utoipa::path(
    tag = "well-known",
    operation_id = "getRelatedOrigins",
    responses(
        (status = 200, description = "The origins.", body = Object, content_type = "application/json"),
        (status = 404, description = "`not_found`: no origins are configured"),
    ),
)]
#[route("/.well-known/webauthn", method = "GET", method = "HEAD")]
pub async fn related_origins(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    document(state.well_known.related_origins.as_ref())
}

/// Show where passkeys are enrolled and managed
///
/// The pages of `well_known.passkey_enroll_url` and `well_known.passkey_manage_url`, for password managers.
#[utoipa::path(
    tag = "well-known",
    operation_id = "getPasskeyEndpoints",
    responses(
        (status = 200, description = "The pages.", body = Object, content_type = "application/json"),
        (status = 404, description = "`not_found`: no pages are configured"),
    ),
)]
#[route("/.well-known/passkey-endpoints", method = "GET", method = "HEAD")]
pub async fn passkey_endpoints(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    document(state.well_known.passkey_endpoints.as_ref())
}

/// Go to the page on which the password is changed
///
/// Redirects to `well_known.change_password_url`, or else to the account page of this server, for password managers.
#[utoipa::path(
    tag = "well-known",
    operation_id = "goToPasswordChange",
    responses(
        (status = 303, description = "The page is at `Location`."),
        (status = 404, description = "`not_found`: no page is configured"),
    ),
)]
#[route("/.well-known/change-password", method = "GET", method = "HEAD")]
pub async fn change_password(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let page = state.well_known.change_password.as_ref().ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, page.as_str())).finish())
}

/// Show the Android apps that belong to the site
///
/// Digital Asset Links: the apps of `webauthn.android_apps`.
#[utoipa::path(
    tag = "well-known",
    operation_id = "getAssetLinks",
    responses(
        (status = 200, description = "The statements.", body = Vec<Object>, content_type = "application/json"),
        (status = 404, description = "`not_found`: no apps are configured"),
    ),
)]
#[route("/.well-known/assetlinks.json", method = "GET", method = "HEAD")]
pub async fn asset_links(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    document(state.well_known.asset_links.as_ref())
}

/// Show the apps of Apple's platforms that belong to the site
///
/// Associated domains: the apps of `webauthn.apple_apps`, which may use the passkeys and passwords.
#[utoipa::path(
    tag = "well-known",
    operation_id = "getAppleAppSiteAssociation",
    responses(
        (status = 200, description = "The apps.", body = Object, content_type = "application/json"),
        (status = 404, description = "`not_found`: no apps are configured"),
    ),
)]
#[route("/.well-known/apple-app-site-association", method = "GET", method = "HEAD")]
pub async fn apple_app_site_association(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    document(state.well_known.apple_app_site_association.as_ref())
}

fn document(body: Option<&String>) -> Result<HttpResponse, Problem> {
    let body = body.ok_or_else(|| Problem::new(Code::NotFound))?.clone();
    let mut response = HttpResponse::Ok();
    Ok(response.insert_header((CACHE_CONTROL, CACHE)).content_type("application/json").body(body))
}
