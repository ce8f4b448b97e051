//! `POST /api/v1/admin/users/{id}/reset-mfa`

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};

use crate::http::extract::path_id::path_id;
use crate::http::extract::permission::{Manage, Permitted};
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::AppState;

/// Remove all second factors of an account
///
/// For who has lost them. All sessions end, no device is trusted any more, and the owner is told by mail. Nobody can
/// log in for `mfa.reset_cooldown`; afterwards the password alone opens the account. An account without a second
/// factor stays as it is.
#[utoipa::path(
    tag = "admin",
    operation_id = "reset_mfa_of",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 204, description = "The account has no second factor."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden` (also for one's own account), `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/admin/users/{id}/reset-mfa")]
pub async fn reset_mfa(
    state: Data<AppState>,
    caller: Permitted<Manage>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (administration, target) = (Arc::clone(&state.administration), path_id(&id)?);
    state.run(async move { administration.reset_mfa(&caller.agent, target).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
