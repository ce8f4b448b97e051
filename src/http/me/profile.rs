//! `GET|PATCH /api/v1/me`

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::account::OwnProfile;
use crate::http::extract::caller::{AnyCaller, Caller};
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::AppState;
use crate::http::text;
use crate::model::avatar;
use crate::store::account::Profile;
use crate::store::account::profile::ProfileEdit;

#[derive(Serialize, ToSchema)]
pub struct ProfileResponse {
    pub id: Uuid,
    pub email: String,
    pub email_verified: bool,
    pub display_name: Option<String>,
    /// The language of mails, as a tag (RFC 5646); without one they are in English.
    pub locale: Option<String>,
    pub roles: Vec<&'static str>,
    pub password_must_change: bool,
    /// Where the picture is served, if there is one; a path of this server.
    pub avatar_url: Option<String>,
    pub created_at: String,
    /// When the account will be erased, if its owner wished so. Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erase_at: Option<String>,
}

/// What is absent stays; `null` takes away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "Ada")]
    display_name: Option<Option<String>>,
    /// A language tag such as `de` or `pt-BR`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "de", max_length = 35)]
    locale: Option<Option<String>>,
}

/// Tells `null` from a member that is absent.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
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
    let found = state.run(async move { store.profile(user).await }).await?;
    // The account was deleted after the token was issued.
    let found = found.ok_or_else(|| Problem::new(Code::SessionRevoked))?;
    Ok(HttpResponse::Ok().json(ProfileResponse::from(found)))
}

/// Change the caller's own name and language
///
/// What is absent stays, `null` takes away. Control characters are taken out of the name.
#[utoipa::path(
    tag = "me",
    security(("bearer" = [])),
    request_body = ProfileBody,
    responses(
        (status = 200, description = "The account as it is now.", body = ProfileResponse),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "`request_timeout`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[patch("/api/v1/me")]
pub async fn change_profile(
    state: Data<AppState>,
    client: Client,
    caller: Caller,
    body: Json<ProfileBody>,
) -> Result<HttpResponse, Problem> {
    let edit = body.0.edit()?;
    let own = OwnProfile {
        store: Arc::clone(&state.store),
        clock: Arc::clone(&state.clock),
        entropy: Arc::clone(&state.entropy),
        user_id: caller.0.user_id,
        session_id: caller.0.session_id,
    };
    let changed = state.run(async move { own.change(edit, client.context).await }).await?;
    let changed = changed.ok_or_else(|| Problem::new(Code::SessionRevoked))?;
    Ok(HttpResponse::Ok().json(ProfileResponse::from(changed)))
}

impl ProfileBody {
    fn edit(self) -> Result<ProfileEdit, Problem> {
        let locale = self.locale.map(|tag| tag.as_deref().map(str::parse).transpose()).transpose();
        let locale = locale.map_err(|error| {
            Problem::field(Code::ValidationFailed, "locale", "invalid", format!("This {error}."))
        })?;
        Ok(ProfileEdit { display_name: self.display_name, locale })
    }
}

impl From<Profile> for ProfileResponse {
    fn from(own: Profile) -> Self {
        Self {
            id: own.user.id,
            email: own.user.email,
            email_verified: own.email_verified,
            display_name: own.display_name,
            locale: own.locale.map(|locale| locale.to_string()),
            roles: own.user.roles.names(),
            password_must_change: own.user.password_must_change,
            avatar_url: own.avatar.map(|picture| avatar::path(own.user.id, picture.digest)),
            created_at: text::time(own.created_at),
            erase_at: own.erase_at.map(text::time),
        }
    }
}
