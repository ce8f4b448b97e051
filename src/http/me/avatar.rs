//! `PUT` and `DELETE /api/v1/me/avatar`

use std::time::Duration;

use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, delete, put};
use futures_util::StreamExt;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;

use crate::account::avatar::{AvatarError, Upload};
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::content_coding::require_plain_body;
use crate::http::extract::policy::Unlimited;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::avatar::AvatarFormat;

/// The stored picture.
#[derive(Serialize, ToSchema)]
pub struct AvatarResponse {
    /// The path of the picture on this server, below that of `server.public_url`.
    #[schema(example = "/api/v1/avatars/01a1fdfe-9b6f-7f8b-8a1a-5ce5e7342e04/5d41…")]
    pub url: String,
    /// `image/png` or `image/jpeg`.
    #[schema(example = "image/png")]
    pub content_type: &'static str,
    /// In pixels, at most 512.
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
}

/// Set the caller's avatar
///
/// The body is the picture itself. It is decoded and encoded again: upright, at most 512 × 512 pixels, only the first
/// frame, and without metadata. JPEG remains JPEG; other formats become PNG.
#[utoipa::path(
    tag = "me",
    operation_id = "setAvatar",
    security(("bearer" = [])),
    request_body(description = "PNG, JPEG, WebP or GIF", content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/gif"),
    )),
    responses(
        (status = 200, description = "The stored picture.", body = AvatarResponse),
        Caller<Unlimited>,
        (status = 408, description = "`request_timeout`"),
        (status = 413, description = "`payload_too_large`: more than `avatars.max_bytes`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`validation_failed`: the picture is of another type than announced, is damaged, or has too many pixels"),
        (status = 503, description = "`overloaded`, `unavailable`: the old picture remains"),
    ),
)]
#[put("/api/v1/me/avatar")]
pub async fn change(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    caller: Caller<Unlimited>,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    let format = announced_format(&request)?;
    let upload = receive(&request, &state, body).await?;
    let acting_session = caller.acting_session();
    let avatar = state
        .run(|app| async move { app.avatars.change(acting_session, upload, format, client.context).await })
        .await?;
    Ok(HttpResponse::Ok().json(AvatarResponse {
        url: state.avatar_links.address(acting_session.user_id, avatar.digest),
        content_type: avatar.format.media_type(),
        width: avatar.width,
        height: avatar.height,
        bytes: avatar.bytes,
    }))
}

/// Remove the caller's avatar
#[utoipa::path(
    tag = "me",
    operation_id = "removeAvatar",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "The account has no avatar."),
        Caller<Unlimited>,
    ),
)]
#[delete("/api/v1/me/avatar")]
pub async fn remove(
    state: Data<AppState>,
    client: Client,
    caller: Caller<Unlimited>,
) -> Result<HttpResponse, Problem> {
    let acting_session = caller.acting_session();
    state.run(|app| async move { app.avatars.remove(acting_session, client.context).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn announced_format(request: &HttpRequest) -> Result<AvatarFormat, Problem> {
    require_plain_body(request.headers())?;
    let value = header(request, &CONTENT_TYPE).unwrap_or_default();
    AvatarFormat::from_media_type(value.trim()).ok_or_else(|| {
        Problem::new(Code::UnsupportedMediaType)
            .detail("The body must be image/png, image/jpeg, image/webp or image/gif.")
    })
}

/// Receives the body part by part. Each part may take as long as a whole body elsewhere (`server.request_timeout`), and
/// all of them as long as the largest upload takes on a slow connection. A slow connection is therefore not cut, but one
/// that has stalled is.
async fn receive(
    request: &HttpRequest,
    state: &Data<AppState>,
    mut body: Payload,
) -> Result<Upload, Problem> {
    let avatars = &state.avatars;
    let length = header(request, &CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if length.is_some_and(|length| length > avatars.max_bytes()) {
        return Err(AvatarError::TooLarge.into());
    }
    let mut upload = state.run(|app| async move { app.avatars.receive().await }).await?;
    let last_moment = Instant::now() + state.request_timeout + avatars.slowest_upload();
    while let Some(part) = next(&mut body, state.request_timeout, last_moment).await? {
        upload.write(&part).await?;
    }
    Ok(upload)
}

async fn next(body: &mut Payload, pause: Duration, last_moment: Instant) -> Result<Option<Bytes>, Problem> {
    let until = last_moment.min(Instant::now() + pause);
    match timeout_at(until, body.next()).await {
        Err(_) => Err(Problem::new(Code::RequestTimeout)),
        Ok(None) => Ok(None),
        Ok(Some(Ok(part))) => Ok(Some(part)),
        Ok(Some(Err(_))) => Err(Problem::new(Code::InvalidRequest).detail("The body is incomplete.")),
    }
}

fn header<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}
