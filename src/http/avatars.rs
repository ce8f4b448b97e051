//! `GET /api/v1/avatars/{user_id}/{digest}`: avatars, for all signed-in users.

use actix_web::body::SizedStream;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, ETAG, HeaderValue, IF_NONE_MATCH,
};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, route};
use futures_util::stream::{BoxStream, unfold};
use futures_util::{Stream, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::extract::avatar_reader::AvatarReader;
use super::extract::caller::Caller;
use super::middleware::security_headers::RESOURCE_POLICY;
use super::problem::{Code, NotFound, Problem};
use super::state::AppState;
use crate::blob_store::BlobStoreError;
use crate::http::dto::words::PictureDigest;
use crate::model::avatar::{Avatar, Digest};

/// A URL always names the same content. Caches may keep it for a day only, so that a removed avatar disappears from them.
const CACHE: &str = "private, max-age=86400, immutable";
/// A picture that is opened as a document of its own has no rights (ASVS 5.0 §3.2.1).
const POLICY: &str = "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'none'; \
    frame-ancestors 'none'; sandbox";
/// The number of chunks that are read ahead for a slow client.
const AHEAD: usize = 2;

/// Show a user's avatar
///
/// An avatar is found under its own digest only, until it is replaced or removed. With `avatars.cross_origin =
/// signed_url`, the address in `avatar_url` needs no token: its parameters `until` and `signature` take its place.
#[utoipa::path(
    tag = "avatars",
    operation_id = "getAvatar",
    security(("bearer" = [])),
    params(
        ("user_id" = Uuid, Path, description = "The id of the user"),
        ("digest" = inline(PictureDigest), Path, description = "The SHA-256 digest of the picture, in hex"),
    ),
    responses(
        (status = 200, description = "The picture.", content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"))),
        (status = 304, description = "The client already has the picture."),
        Caller<AvatarReader>,
        NotFound,
    ),
)]
#[route("/api/v1/avatars/{user_id}/{digest}", method = "GET", method = "HEAD")]
pub async fn picture(
    request: HttpRequest,
    state: Data<AppState>,
    _caller: Caller<AvatarReader>,
    place: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (user, digest) = parse(&place).ok_or_else(|| Problem::new(Code::NotFound))?;
    let found = state.run(|app| async move { app.avatars.find(user, digest).await }).await?;
    let etag = format!("\"{digest}\"");
    if is_known(&request, &etag) {
        return Ok(answer(HttpResponse::NotModified(), &state, &etag).finish());
    }
    let wanted = found.clone();
    let content = state.run(|app| async move { app.avatars.content(&wanted).await }).await?;
    Ok(answer(HttpResponse::Ok(), &state, &etag)
        .content_type(found.format.media_type())
        .insert_header((CONTENT_DISPOSITION, disposition(&found)))
        .body(SizedStream::new(found.bytes, forward(&state.runtime, content))))
}

fn parse(place: &(String, String)) -> Option<(Uuid, Digest)> {
    Some((Uuid::try_parse(&place.0).ok()?, Digest::parse(&place.1)?))
}

/// Whether `If-None-Match` names the entity tag, by the weak comparison of RFC 9110 §13.1.2.
fn is_known(request: &HttpRequest, etag: &str) -> bool {
    let known = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.trim_start_matches("W/") == etag
    })
}

fn answer(mut response: HttpResponseBuilder, state: &AppState, etag: &str) -> HttpResponseBuilder {
    response
        .insert_header((CACHE_CONTROL, CACHE))
        .insert_header((ETAG, etag))
        .insert_header((RESOURCE_POLICY, state.avatar_links.resource_policy()))
        .insert_header((CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)));
    response
}

fn disposition(avatar: &Avatar) -> String {
    format!("inline; filename=\"avatar.{}\"", avatar.format.extension())
}

/// Moves the chunks from the runtime of the blob store to the HTTP worker of the client. The task ends when either side
/// ends.
fn forward(
    runtime: &Handle,
    mut content: BoxStream<'static, Result<Bytes, BlobStoreError>>,
) -> impl Stream<Item = Result<Bytes, BlobStoreError>> + 'static {
    let (sender, receiver) = mpsc::channel(AHEAD);
    runtime.spawn(async move {
        while let Some(piece) = content.next().await {
            if let Err(error) = &piece {
                tracing::warn!(%error, "cannot read an avatar to its end");
            }
            if sender.send(piece).await.is_err() {
                return;
            }
        }
    });
    unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|piece| (piece, receiver)) })
        .boxed()
}
