//! `GET /.well-known/jwks.json`: the public keys of access tokens (RFC 7517).

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, route};

use crate::config::JWKS_MAX_AGE;
use crate::http::state::AppState;
use crate::telemetry::metrics::JwksOutcome;

/// Show the public keys of access tokens
///
/// A JWK Set (RFC 7517 §5) with an entity tag.
#[utoipa::path(
    tag = "well-known",
    operation_id = "getJwks",
    responses(
        (status = 200, description = "The JWK Set.", body = Object, content_type = "application/jwk-set+json"),
        (status = 304, description = "The set has not changed."),
    ),
)]
#[route("/.well-known/jwks.json", method = "GET", method = "HEAD")]
pub async fn jwks(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let published = state.sessions.verifier.signer.published();
    let known = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    let unchanged = known.flat_map(|value| value.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.trim_start_matches("W/") == published.etag
    });
    let outcome = if unchanged { JwksOutcome::NotModified } else { JwksOutcome::Ok };
    state.metrics.jwks_requests.with_label_values(&[outcome.as_str()]).inc();
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    // A new key is published for longer than this before it signs.
    let cache = format!("public, max-age={}", JWKS_MAX_AGE.as_secs());
    response.insert_header((CACHE_CONTROL, cache)).insert_header((ETAG, published.etag));
    if unchanged {
        return response.finish();
    }
    // The set is public, so that any site may fetch it.
    response
        .insert_header(("Access-Control-Allow-Origin", "*"))
        .content_type("application/jwk-set+json")
        .body(published.body)
}
