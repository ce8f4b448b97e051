//! The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), for limits by network only:
//! what is counted for an account must not be told to strangers.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};

use crate::http::extract::throttled::Limits;
use crate::http::state::AppState;
use crate::throttle::Throttle;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

pub async fn rate_limit_fields(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let limits = response.request().extensions().get::<Limits>().cloned();
    let Some(limits) = limits else { return Ok(response) };
    if let Some(state) = response.request().app_data::<Data<AppState>>().cloned() {
        write(response.headers_mut(), &limits, &state.throttle);
    }
    Ok(response)
}

fn write(headers: &mut HeaderMap, limits: &Limits, throttle: &Throttle) {
    let (mut policies, mut states) = (Vec::new(), Vec::new());
    for rule in limits.rules {
        let ((limit, left), name) = (throttle.left(*rule, limits.networks), rule.as_str());
        policies.push(format!("\"{name}\";q={};w={}", limit.burst, seconds(limit.window())));
        states.push(format!("\"{name}\";r={};t={}", left.remaining, seconds(left.reset)));
    }
    for (field, members) in [(POLICY, policies), (STATE, states)] {
        if let Ok(value) = HeaderValue::from_str(&members.join(", ")) {
            headers.insert(field, value);
        }
    }
}

/// Whole seconds, rounded up.
fn seconds(span: Duration) -> u128 {
    span.as_micros().div_ceil(1_000_000)
}
