//! `POST /api/v1/auth/refresh`

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, post};
use serde::Deserialize;
use std::future::{Ready, ready};
use std::time::Instant;
use utoipa::ToSchema;

use super::token_response::{self, TokenResponse};
use crate::clock::Timestamp;
use crate::http::extract::client::Client;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::json::Json;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::AppState;
use crate::model::refresh_token::RefreshToken;
use crate::model::session_family::RequestFacts;
use crate::secret::Secret;
use crate::session::message::{Refresh, RefreshError};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    #[schema(example = "kr1_…")]
    refresh_token: String,
}

/// When the request's head was read: before its body, so that a request counts as sent before a
/// rotation even if its body came slowly.
pub struct Arrival {
    moment: Instant,
    at: Timestamp,
}

impl FromRequest for Arrival {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let clock = request.app_data::<Data<AppState>>().map(|state| &state.clock);
        let moment = clock.map_or_else(Instant::now, |clock| clock.monotonic());
        ready(Ok(Self { moment, at: clock.map(|clock| clock.now()).unwrap_or_default() }))
    }
}

/// Exchange a refresh token for its successor
///
/// Every refresh token is used once. A client that did not get the answer sends the same token again
/// with the same `Idempotency-Key` and gets the same successor. A spent token sent otherwise ends its
/// session: somebody else may have it (RFC 9700 §4.14.2).
#[utoipa::path(
    tag = "auth",
    request_body = RefreshBody,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "16 to 128 visible ASCII characters, chosen for one attempt and repeated with its retries")),
    responses(
        (status = 200, description = "The next tokens.", body = TokenResponse),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`refresh_token_invalid`, `refresh_token_reused`, `session_revoked`, `session_expired`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "`request_timeout`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`refresh_in_flight`: use the token that the other request returns", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`: too many requests wait for this session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `unavailable`: retry with the same Idempotency-Key", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/auth/refresh")]
pub async fn refresh(
    request: HttpRequest,
    state: Data<AppState>,
    arrival: Arrival,
    client: Client,
    idempotency_key: IdempotencyKey,
    body: Json<RefreshBody>,
) -> Result<HttpResponse, Problem> {
    let presented = Secret::new(body.0.refresh_token);
    let Ok(token) = RefreshToken::parse(presented.expose()) else {
        state.metrics.refreshes.with_label_values(&[RefreshError::Forged.outcome()]).inc();
        return Err(RefreshError::Forged.into());
    };
    let facts = RequestFacts {
        arrived: arrival.moment,
        arrived_at: arrival.at,
        idempotency_key: idempotency_key.0,
        device_hash: if state.sessions.compares_devices() {
            client.device(None).fingerprint()
        } else {
            [0; 8]
        },
    };
    let refresh = Refresh { token, facts, network: client.network, origin: client.origin };
    let tokens = state.sessions.refresh(refresh).await?;
    Ok(token_response::respond(&request, &tokens))
}
