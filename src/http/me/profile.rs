//! `GET` and `PATCH /api/v1/me`: the profile of the caller.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::account::OwnProfile;
use crate::clock::Timestamp;
use crate::http::avatar_links::AvatarLinks;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::extract::nullable::nullable;
use crate::http::extract::policy::{AnySession, Unlimited};
use crate::http::problem::{Code, Problem, Validated};
use crate::http::state::AppState;
use crate::store::account::Profile;
use crate::store::account::profile::ProfileEdit;

#[derive(Serialize, ToSchema)]
pub struct ProfileResponse {
    pub id: Uuid,
    #[schema(example = "ada@example.com")]
    pub email: String,
    pub email_verified: bool,
    #[schema(example = "Ada")]
    pub display_name: Option<String>,
    /// The language of mails, as a BCP 47 tag; English by default.
    #[schema(example = "de")]
    pub locale: Option<String>,
    #[schema(example = json!(["user"]))]
    pub roles: Vec<&'static str>,
    pub password_must_change: bool,
    /// Whether the account has a password. People who have come from another provider may have none, and can set one.
    pub has_password: bool,
    /// The path of the avatar on this server, if the account has one.
    #[schema(
        example = "/api/v1/avatars/01a1fdfe-9b6f-7f8b-8a1a-5ce5e7342e04/5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592"
    )]
    pub avatar_url: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When the account will be erased, if its owner has requested it; otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub erase_at: Option<String>,
}

/// A member that is absent leaves the value as it is, and `null` removes it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "Ada")]
    display_name: Option<Option<String>>,
    /// A BCP 47 tag such as `de` or `pt-BR`.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "de", pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length = 35)]
    locale: Option<Option<String>>,
}

/// Show the caller's profile
#[utoipa::path(
    tag = "me",
    operation_id = "getProfile",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The profile.", body = ProfileResponse),
        Caller<AnySession>,
    ),
)]
#[get("/api/v1/me")]
pub async fn profile(state: Data<AppState>, caller: Caller<AnySession>) -> Result<HttpResponse, Problem> {
    let user = caller.user_id;
    let found = state.run(|app| async move { app.store.profile(user).await }).await?;
    // The account was deleted after the token was issued.
    let found = found.ok_or_else(|| Problem::new(Code::SessionRevoked))?;
    Ok(HttpResponse::Ok().json(ProfileResponse::of(found, &state.avatar_links)))
}

/// Change the caller's name and language
///
/// A member that is absent leaves the value as it is, and `null` removes it. Control characters are removed from the
/// name.
#[utoipa::path(
    tag = "me",
    operation_id = "updateProfile",
    security(("bearer" = [])),
    request_body = ProfileBody,
    responses(
        (status = 200, description = "The profile after the change.", body = ProfileResponse),
        Caller<Unlimited>,
        Validated,
    ),
)]
#[patch("/api/v1/me")]
pub async fn change_profile(
    state: Data<AppState>,
    client: Client,
    caller: Caller<Unlimited>,
    body: Json<ProfileBody>,
) -> Result<HttpResponse, Problem> {
    let (edit, principal) = (body.0.edit()?, caller.principal(client));
    let change = |app: Arc<AppState>| async move {
        let own = OwnProfile {
            store: Arc::clone(&app.store),
            clock: Arc::clone(&app.clock),
            entropy: Arc::clone(&app.entropy),
            principal,
        };
        own.change(edit).await
    };
    let changed = state.run(change).await?;
    let changed = changed.ok_or_else(|| Problem::new(Code::SessionRevoked))?;
    Ok(HttpResponse::Ok().json(ProfileResponse::of(changed, &state.avatar_links)))
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

impl ProfileResponse {
    fn of(own: Profile, links: &AvatarLinks) -> Self {
        Self {
            id: own.user.id,
            email: own.user.email,
            email_verified: own.email_verified,
            display_name: own.display_name,
            locale: own.locale.map(|locale| locale.to_string()),
            roles: own.user.roles.names(),
            password_must_change: own.user.password_must_change,
            has_password: own.has_password,
            avatar_url: own.avatar.map(|picture| links.address(own.user.id, picture.digest)),
            created_at: own.created_at.rfc3339(),
            erase_at: own.erase_at.map(Timestamp::rfc3339),
        }
    }
}
