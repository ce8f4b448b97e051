//! Device tokens for clients that have proven that they own the account's address.

use std::sync::Arc;

use actix_web::HttpResponse;
use uuid::Uuid;

use crate::http::dto::link::AddressProven;
use crate::http::state::AppState;

/// The answer to someone who has proven that they own the address.
pub async fn address_proven(state: &Arc<AppState>, user_id: Uuid) -> HttpResponse {
    HttpResponse::Ok().json(AddressProven { device_token: known_device(state, user_id).await })
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
