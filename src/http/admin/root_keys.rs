//! `/api/v1/admin/root-keys`

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::dto::page::Page;
use crate::http::extract::administrator::{Administrator, Manage, Read};
use crate::http::extract::caller::Caller;
use crate::http::problem::{NotFound, Problem};
use crate::http::state::AppState;
use crate::keys::root_retirement::RootKeyRetirement;
use crate::keys::root_rotation::{ListedRootKey, RootKeyStep};
use crate::keys::rotation::SigningKeyError;

/// A key that refresh tokens are derived under.
#[derive(Serialize, ToSchema)]
pub struct RootKeyItem {
    /// Part of each refresh token.
    #[schema(example = 1, minimum = 1)]
    pub id: u8,
    /// `standby` (announced, not used yet), `active` or `retired` (kept, so that reuse of its tokens is recognized).
    #[schema(example = "active")]
    pub state: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When a superseded key is deleted.
    #[schema(format = DateTime)]
    pub kept_until: Option<String>,
    /// How many sessions end if the key is retired.
    #[schema(example = 4711)]
    pub sessions: u64,
}

impl From<ListedRootKey> for RootKeyItem {
    fn from(key: ListedRootKey) -> Self {
        Self {
            id: key.id,
            state: key.state.to_owned(),
            created_at: key.created_at.rfc3339(),
            kept_until: key.kept_until.map(|at| at.rfc3339()),
            sessions: key.sessions,
        }
    }
}

/// The key that a rotation has announced.
#[derive(Serialize, ToSchema)]
pub struct AnnouncedRootKey {
    #[schema(example = 2, minimum = 1)]
    pub id: u8,
    /// `standby`: the nodes use it in a minute.
    #[schema(example = "standby")]
    pub state: String,
}

impl From<RootKeyStep> for AnnouncedRootKey {
    fn from(step: RootKeyStep) -> Self {
        Self { id: step.id, state: step.state.to_owned() }
    }
}

/// A root key after its retirement.
#[derive(Serialize, ToSchema)]
pub struct RetiredRootKey {
    #[schema(example = 1, minimum = 1)]
    pub id: u8,
    /// How many sessions under the key were revoked.
    #[schema(example = 4711)]
    pub revoked: u64,
    /// Whether the key is deleted. If not, it was the active one: another key is announced and takes over in a minute, and
    /// then the key must be retired again.
    pub deleted: bool,
}

impl From<RootKeyRetirement> for RetiredRootKey {
    fn from(retirement: RootKeyRetirement) -> Self {
        Self { id: retirement.id, revoked: retirement.revoked, deleted: retirement.deleted }
    }
}

/// List the root keys
#[utoipa::path(
    tag = "admin",
    operation_id = "listRootKeys",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All root keys, by their ids.", body = Page<RootKeyItem>),
        Caller<Administrator<Read>>,
    ),
)]
#[get("/api/v1/admin/root-keys")]
pub async fn list(
    state: Data<AppState>,
    _caller: Caller<Administrator<Read>>,
) -> Result<HttpResponse, Problem> {
    let keys = state.run(|app| async move { app.administration.root_rotation.list().await }).await?;
    Ok(HttpResponse::Ok().json(Page::whole(keys.into_iter().map(RootKeyItem::from).collect())))
}

/// Rotate the root keys
///
/// Announces a key, which takes over once every node has known it for a minute. No session ends: each moves to the new key
/// with its next refresh. While a key is announced already the answer is 409 `conflict` with `Retry-After`. Requires an
/// administrator with a recent authentication.
#[utoipa::path(
    tag = "admin",
    operation_id = "rotateRootKeys",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A key is announced.", body = AnnouncedRootKey),
        Caller<Administrator<Manage>>,
        (status = 409, description = "`conflict`: a key is announced already"),
    ),
)]
#[post("/api/v1/admin/root-keys/rotate")]
pub async fn rotate(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
) -> Result<HttpResponse, Problem> {
    let step =
        state.run(|app| async move { app.administration.rotate_root_key(&caller.principal).await }).await?;
    Ok(HttpResponse::Ok().json(AnnouncedRootKey::from(step)))
}

/// Retire a root key
///
/// For a key that may have been stolen. Every session under it ends, perhaps the caller's too; the list of the keys says how
/// many these are. A superseded key is deleted. The active one cannot be, because logins need it: another one is announced,
/// `deleted` is `false`, and the key must be retired again a minute later. Requires an administrator with a recent
/// authentication.
#[utoipa::path(
    tag = "admin",
    operation_id = "retireRootKey",
    security(("bearer" = [])),
    params(("id" = u8, Path, description = "The id of the key")),
    responses(
        (status = 200, description = "The sessions under the key have ended.", body = RetiredRootKey),
        Caller<Administrator<Manage>>,
        NotFound,
        (status = 409, description = "`conflict`: the key is announced and not used yet"),
    ),
)]
#[post("/api/v1/admin/root-keys/{id}/retire")]
pub async fn retire(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: u8 = id.parse().map_err(|_| SigningKeyError::Unknown)?;
    let retirement = state
        .run(move |app| async move { app.administration.retire_root_key(&caller.principal, id).await })
        .await?;
    Ok(HttpResponse::Ok().json(RetiredRootKey::from(retirement)))
}
