//! Headers of every response (ASVS 5.0 §3.4, §14.3).

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::{DefaultHeaders, Next};
use actix_web::web::Data;

use crate::http::state::AppState;

/// Which pages may embed a response (Fetch standard §3.7).
pub const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What a handler does not set itself. Responses are personal, and no page embeds them, unless a handler says otherwise.
const DEFAULTS: [(HeaderName, HeaderValue); 7] = [
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "geolocation=(), microphone=(), camera=(), publickey-credentials-get=(self), \
     publickey-credentials-create=(self)",
);
const STRICT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// Swagger UI loads its own scripts and styles, and uses inline styles.
const DOCS_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The headers of the operations listener, whose responses no page uses.
pub fn for_operators() -> DefaultHeaders {
    with_policy(STRICT_POLICY).fold(DefaultHeaders::new(), |headers, pair| headers.add(pair))
}

fn with_policy(policy: HeaderValue) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    DEFAULTS.into_iter().chain([(CONTENT_SECURITY_POLICY, policy)])
}

pub async fn security_headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let policy = if response.request().path().starts_with("/docs") { DOCS_POLICY } else { STRICT_POLICY };
    let state = response.request().app_data::<Data<AppState>>();
    let hsts = state.and_then(|state| state.browsers.hsts.clone());
    let headers = response.headers_mut();
    if let Some(hsts) = hsts {
        headers.insert(STRICT_TRANSPORT_SECURITY, hsts);
    }
    for (name, value) in with_policy(policy) {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}
