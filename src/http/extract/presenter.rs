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
use crate::model::refresh_token::RefreshToken;
use crate::model::session_family::RequestFacts;
use crate::session::message::Refresh;

/// What accompanies the refresh token of a request. The time of arrival is that of the request's head, so that a request
/// counts as sent before a rotation even if its body arrives slowly.
pub struct Presenter {
    facts: RequestFacts,
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
    Ok(Presenter { facts: RequestFacts { arrived, attempt: key.0, device_hash }, client })
}

impl Presenter {
    pub fn present(self, token: RefreshToken) -> Refresh {
        let Client { network, context, .. } = self.client;
        Refresh { token, facts: self.facts, network, context }
    }
}
