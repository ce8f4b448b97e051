//! `/api/v1/me/devices`: the devices that need no second factor.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::mfa::owner;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::path_id::path_id;
use crate::http::extract::policy::Unlimited;
use crate::http::problem::{Code, NotFound, Problem};
use crate::http::state::AppState;
use crate::http::text::{self, Page};
use crate::store::authenticator::trusted_device::TrustedDevice;

/// A device that is trusted. Its secret is nowhere.
#[derive(Serialize, ToSchema)]
pub struct DeviceView {
    id: Uuid,
    name: Option<String>,
    browser: Option<String>,
    os: Option<String>,
    device_type: String,
    /// The masked network that it was last used from.
    network: Option<String>,
    created_at: String,
    last_used_at: String,
    expires_at: String,
}

/// The devices that are trusted
#[utoipa::path(
    tag = "me",
    operation_id = "listTrustedDevices",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The one used last first.", body = Page<DeviceView>),
        Caller<Unlimited>,
    ),
)]
#[get("/api/v1/me/devices")]
pub async fn list(state: Data<AppState>, caller: Caller<Unlimited>) -> Result<HttpResponse, Problem> {
    let (user, now) = (caller.user_id, state.clock.now());
    let devices = state.run(|app| async move { app.store.trusted_devices(user, now).await }).await?;
    Ok(HttpResponse::Ok().json(Page::whole(devices.into_iter().map(view).collect())))
}

/// Trust a device no longer
///
/// Its next login asks for the second factor. Its sessions stay.
#[utoipa::path(
    tag = "me",
    operation_id = "removeTrustedDevice",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Device id")),
    responses(
        (status = 204, description = "It is not trusted."),
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
    let (owner, id) = (owner(&caller, client), path_id(&id)?);
    let removed = state.run(|app| async move { app.authn.devices.remove_trusted(&owner, id).await }).await?;
    if removed { Ok(HttpResponse::NoContent().finish()) } else { Err(Problem::new(Code::NotFound)) }
}

fn view(device: TrustedDevice) -> DeviceView {
    DeviceView {
        id: device.id,
        name: device.name,
        browser: device.browser,
        os: device.os,
        device_type: device.device_type,
        network: device.network,
        created_at: text::time(device.created_at),
        last_used_at: text::time(device.last_used_at),
        expires_at: text::time(device.expires_at),
    }
}
