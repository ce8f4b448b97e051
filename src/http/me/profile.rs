//! `GET /api/v1/me`

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::caller::AnyCaller;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::AppState;
use crate::http::text;
use crate::model::avatar;

#[derive(Serialize, ToSchema)]
pub struct ProfileResponse {
    pub id: Uuid,
    pub email: String,
    pub email_verified: bool,
    pub display_name: Option<String>,
    pub roles: Vec<&'static str>,
    pub password_must_change: bool,
    /// Where the picture is served, if there is one; a path of this server.
    pub avatar_url: Option<String>,
    pub created_at: String,
}

/// The caller's own account
#[utoipa::path(
    tag = "me",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The account.", body = ProfileResponse),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/api/v1/me")]
pub async fn profile(state: Data<AppState>, caller: AnyCaller) -> Result<HttpResponse, Problem> {
    let (store, user) = (Arc::clone(&state.store), caller.0.user_id);
    let profile = state.run(async move { store.profile(user).await }).await?;
    // The account was deleted after the token was issued.
    let profile = profile.ok_or_else(|| Problem::new(Code::SessionRevoked))?;
    Ok(HttpResponse::Ok().json(ProfileResponse {
        id: profile.user.id,
        email: profile.user.email,
        email_verified: profile.email_verified,
        display_name: profile.display_name,
        roles: profile.user.roles.names(),
        password_must_change: profile.user.password_must_change,
        avatar_url: profile.avatar.map(|avatar| avatar::path(profile.user.id, avatar.digest)),
        created_at: text::time(profile.created_at),
    }))
}
