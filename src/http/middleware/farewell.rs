//! `Connection: close` from the signal to shut down on, so that clients and proxies leave before the listener closes.

use actix_web::dev::ServiceResponse;
use actix_web::http::ConnectionType;
use actix_web::web::Data;

use crate::http::state::AppState;

/// Announces the end of the connection while the server shuts down.
pub fn announce<B>(response: &mut ServiceResponse<B>) {
    let state = response.request().app_data::<Data<AppState>>();
    if state.is_some_and(|state| state.is_draining()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
}
