//! `/api/v1/me/devices`: trusted devices, which need no second factor.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::dto::page::Page;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::path_id::path_id;
use crate::http::extract::policy::Unlimited;
use crate::http::problem::{Code, NotFound, Problem};
use crate::http::state::AppState;
use crate::store::authenticator::trusted_device::TrustedDevice;

/// A trusted device, without its secret.
#[derive(Serialize, ToSchema)]
pub struct DeviceView {
    id: Uuid,
    #[schema(example = "Ada's laptop")]
    name: Option<String>,
    #[schema(example = "Firefox 133")]
    browser: Option<String>,
    #[schema(example = "Linux")]
    os: Option<String>,
    #[schema(example = "desktop")]
    device_type: &'static str,
    /// The masked network from which it was last used.
    #[schema(example = "192.0.2.0/24")]
    network: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_used_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// List the trusted devices
#[utoipa::path(
    tag = "me",
    operation_id = "listTrustedDevices",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The trusted devices, the most recently used first.", body = Page<DeviceView>),
        Caller<Unlimited>,
    ),
)]
#[get("/api/v1/me/devices")]
pub async fn list(state: Data<AppState>, caller: Caller<Unlimited>) -> Result<HttpResponse, Problem> {
    let (user, now) = (caller.user_id, state.clock.now());
    let devices = state.run(|app| async move { app.store.trusted_devices(user, now).await }).await?;
    Ok(HttpResponse::Ok().json(Page::whole(devices.into_iter().map(view).collect())))
}

/// Remove a trusted device
///
/// The next login from it requires the second factor. Its sessions remain.
#[utoipa::path(
    tag = "me",
    operation_id = "removeTrustedDevice",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the device")),
    responses(
        (status = 204, description = "The device is no longer trusted."),
        Caller<Unlimited>,
        NotFound,
    ),
)]
#[delete("/api/v1/me/devices/{id}")]
pub async fn remove(
    state: Data<AppState>,
    client: Client,
    caller: Caller<Unlimited>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (principal, id) = (caller.principal(client), path_id(&id)?);
    let removed =
        state.run(|app| async move { app.authn.devices.remove_trusted(&principal, id).await }).await?;
    if removed { Ok(HttpResponse::NoContent().finish()) } else { Err(Problem::new(Code::NotFound)) }
}

fn view(device: TrustedDevice) -> DeviceView {
    DeviceView {
        id: device.id,
        name: device.name,
        browser: device.browser,
        os: device.os,
        device_type: device.device_type.as_str(),
        network: device.network,
        created_at: device.created_at.rfc3339(),
        last_used_at: device.last_used_at.rfc3339(),
        expires_at: device.expires_at.rfc3339(),
    }
}
