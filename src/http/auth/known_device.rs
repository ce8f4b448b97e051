//! Device tokens for clients that have proven that they own the account's address.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use crate::http::dto::link::AddressProven;
use crate::http::extract::presented::Delivery;
use crate::http::state::AppState;

/// The answer to someone who has proven that they own the address.
pub async fn address_proven(
    request: &HttpRequest,
    state: &Arc<AppState>,
    delivery: &Delivery,
    user_id: Uuid,
) -> HttpResponse {
    let token = known_device(state, user_id).await;
    with_device(request, delivery, (user_id, token), |device_token| {
        HttpResponse::Ok().json(AddressProven { device_token })
    })
}

/// The answer with a device token: in its body, or in the cookie.
pub fn with_device(
    request: &HttpRequest,
    delivery: &Delivery,
    (user_id, token): (Uuid, Option<String>),
    answer: impl FnOnce(Option<String>) -> HttpResponse,
) -> HttpResponse {
    let Delivery::Cookies(transport) = delivery else { return answer(token) };
    let mut response = answer(None);
    if let Some(token) = token {
        transport.remember_device(request, &mut response, user_id, &token);
    }
    response
}

/// The token that makes the client's device known to the account. The change it belongs to is already made, and stays
/// if no token can be issued.
pub async fn known_device(state: &Arc<AppState>, user_id: Uuid) -> Option<String> {
    match state.run(|app| async move { app.authn.devices.new_token(user_id, None).await }).await {
        Ok(token) => Some(token.expose().clone()),
        Err(_) => {
            tracing::warn!(%user_id, "cannot issue a device token; the change that it belongs to is made");
            None
        }
    }
}
