//! `/api/v1/admin/users/{id}/…`: an account disabled, enabled, unlocked, made to change its password.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};

use crate::http::extract::administrator::{Administrator, Manage};
use crate::http::extract::caller::Caller;
use crate::http::extract::path_id::path_id;
use crate::http::problem::{NotFound, Problem};
use crate::http::state::AppState;

/// Disable an account
///
/// It cannot log in any more, its sessions end at once, and the links in its mails are void.
#[utoipa::path(
    tag = "admin",
    operation_id = "disableUser",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 204, description = "The account is disabled."),
        Caller<Administrator<Manage>>,
        NotFound,
        (status = 409, description = "`conflict`: the last active administrator"),
    ),
)]
#[post("/api/v1/admin/users/{id}/disable")]
pub async fn disable(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    state.run(|app| async move { app.administration.disable(&caller.principal, target).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Let a disabled account act again
///
/// Its old sessions stay ended.
#[utoipa::path(
    tag = "admin",
    operation_id = "enableUser",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 204, description = "The account is active."),
        Caller<Administrator<Manage>>,
        NotFound,
    ),
)]
#[post("/api/v1/admin/users/{id}/enable")]
pub async fn enable(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    state.run(|app| async move { app.administration.enable(&caller.principal, target).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Forget an account's wrong passwords and second factors
///
/// And lift the locks they led to.
#[utoipa::path(
    tag = "admin",
    operation_id = "unlockUser",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 204, description = "The account is not locked."),
        Caller<Administrator<Manage>>,
        NotFound,
    ),
)]
#[post("/api/v1/admin/users/{id}/unlock")]
pub async fn unlock(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    state.run(|app| async move { app.administration.unlock(&caller.principal, target).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Make somebody change the password
///
/// All sessions end, and the next ones can do nothing else. Nobody learns or chooses the password.
#[utoipa::path(
    tag = "admin",
    operation_id = "requirePasswordChange",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 204, description = "The change is required."),
        Caller<Administrator<Manage>>,
        NotFound,
    ),
)]
#[post("/api/v1/admin/users/{id}/require-password-change")]
pub async fn require_password_change(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    state
        .run(|app| async move { app.administration.require_password_change(&caller.principal, target).await })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
