//! What accompanies a refresh token: the time of arrival, the idempotency key, and the client.

use std::future::{Ready, ready};
use std::time::Instant;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use super::client::Client;
use super::idempotency::IdempotencyKey;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::idempotency::AttemptKey;
use crate::model::refresh_token::RefreshToken;
use crate::model::session_family::RequestFacts;
use crate::model::transport::Transport;
use crate::session::message::Refresh;

/// What accompanies the refresh token of a request. The time of arrival is that of the request's head, so that a request
/// counts as sent before a rotation even if its body arrives slowly.
pub struct Presenter {
    arrived: Instant,
    attempt: Option<AttemptKey>,
    device_hash: [u8; 8],
    client: Client,
}

impl FromRequest for Presenter {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(presenter(request, payload))
    }
}

fn presenter(request: &HttpRequest, payload: &mut Payload) -> Result<Presenter, Problem> {
    let state = request.app_data::<Data<AppState>>().ok_or_else(|| Problem::new(Code::Internal))?;
    let arrived: Instant = state.clock.monotonic();
    let key = IdempotencyKey::from_request(request, payload).into_inner()?;
    let client = Client::from_request(request, payload).into_inner()?;
    let device_hash =
        if state.sessions.compares_devices() { client.device(None).fingerprint() } else { [0; 8] };
    Ok(Presenter { arrived, attempt: key.0, device_hash, client })
}

impl Presenter {
    /// With the token, and the way in which it came.
    pub fn present(self, token: RefreshToken, transport: Transport) -> Refresh {
        let Self { arrived, attempt, device_hash, client: Client { network, context, .. } } = self;
        let facts = RequestFacts { arrived, attempt, device_hash, transport };
        Refresh { token, facts, network, context }
    }
}
