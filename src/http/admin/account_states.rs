//! `/api/v1/admin/users/{id}/…`: an account disabled, enabled, unlocked, made to change its password.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};

use crate::http::extract::path_id::path_id;
use crate::http::extract::permission::{Manage, Permitted};
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::AppState;

/// Disable an account
///
/// It cannot log in any more, its sessions end at once, and the links in its mails are void.
#[utoipa::path(
    tag = "admin",
    operation_id = "disable_user",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 204, description = "The account is disabled."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: the last active administrator", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/admin/users/{id}/disable")]
pub async fn disable(
    state: Data<AppState>,
    caller: Permitted<Manage>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (administration, target) = (Arc::clone(&state.administration), path_id(&id)?);
    state.run(async move { administration.disable(&caller.agent, target).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Let a disabled account act again
///
/// Its old sessions stay ended.
#[utoipa::path(
    tag = "admin",
    operation_id = "enable_user",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 204, description = "The account is active."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/admin/users/{id}/enable")]
pub async fn enable(
    state: Data<AppState>,
    caller: Permitted<Manage>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (administration, target) = (Arc::clone(&state.administration), path_id(&id)?);
    state.run(async move { administration.enable(&caller.agent, target).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Forget an account's wrong passwords and second factors
///
/// And lift the locks they led to.
#[utoipa::path(
    tag = "admin",
    operation_id = "unlock_user",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 204, description = "The account is not locked."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/admin/users/{id}/unlock")]
pub async fn unlock(
    state: Data<AppState>,
    caller: Permitted<Manage>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (administration, target) = (Arc::clone(&state.administration), path_id(&id)?);
    state.run(async move { administration.unlock(&caller.agent, target).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Make somebody change the password
///
/// All sessions end, and the next ones can do nothing else. Nobody learns or chooses the password.
#[utoipa::path(
    tag = "admin",
    operation_id = "require_password_change_of",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 204, description = "The change is required."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/admin/users/{id}/require-password-change")]
pub async fn require_password_change(
    state: Data<AppState>,
    caller: Permitted<Manage>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (administration, target) = (Arc::clone(&state.administration), path_id(&id)?);
    state.run(async move { administration.require_password_change(&caller.agent, target).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
