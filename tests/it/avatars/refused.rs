//! What is no picture, or not the one that was announced, leaves everything as it was.

use image::ImageFormat;

use super::common::{TYPES, fetch, files, picture, png, put, url};
use crate::http::common::shared;
use crate::support::client::{Client, SignedIn};

async fn refused(client: &Client, user: &SignedIn, media_type: &str, body: &[u8], field: &str, code: &str) {
    let reply = put(client, user, media_type, body).await;
    let start = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
    assert_eq!((reply.status, reply.code()), (422, "validation_failed"), "{media_type} {start:?}: {reply:?}");
    reply.assert_problem(422, "validation_failed");
    assert_eq!((&*reply.text("/errors/0/field"), &*reply.text("/errors/0/code")), (field, code), "{start:?}");
}

/// A client with a picture, to which nothing that follows may happen.
async fn settled(client: &Client) -> (SignedIn, String, Vec<u8>) {
    let user = client.signed_in().await;
    let address = put(client, &user, "image/png", png([4, 5, 6])).await.text("/url");
    let bytes = fetch(client, &user, &address).await.expect("a picture");
    (user, address, bytes)
}

#[tokio::test]
async fn a_type_that_lies_is_found_out() {
    let shared = shared().await;
    let client = shared.client();
    let (user, address, bytes) = settled(&client).await;
    for (announced, _) in TYPES {
        for (real, format) in TYPES.iter().filter(|(real, _)| *real != announced) {
            let body = picture(*format, 8, 8, [1, 1, 1]);
            refused(&client, &user, announced, &body, "content-type", "invalid").await;
            assert_ne!(*real, announced);
        }
    }
    assert_eq!(url(&client, &user).await, Some(address.clone()));
    assert_eq!(fetch(&client, &user, &address).await, Ok(bytes));
}

#[tokio::test]
async fn programs_are_no_pictures() {
    let shared = shared().await;
    let client = shared.client();
    let (user, address, bytes) = settled(&client).await;
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let html = "<!DOCTYPE html><script>alert(1)</script>";
    for (media_type, _) in TYPES {
        for body in [svg, html, "", " ", "%PDF-1.7", "<?php ?>", "\u{feff}<html>"] {
            refused(&client, &user, media_type, body.as_bytes(), "content-type", "invalid").await;
        }
    }
    for media_type in
        ["image/svg+xml", "text/html", "application/octet-stream", "image/*", "image/png, x", ""]
    {
        put(&client, &user, media_type, png([1, 1, 1])).await.assert_problem(415, "unsupported_media_type");
    }
    assert_eq!(fetch(&client, &user, &address).await, Ok(bytes));
}

#[tokio::test]
async fn half_pictures_and_double_ones_are_refused() {
    let shared = shared().await;
    let client = shared.client();
    let (user, address, bytes) = settled(&client).await;
    for (media_type, format) in TYPES {
        let whole = picture(format, 64, 64, [1, 200, 1]);
        refused(&client, &user, media_type, &whole[..whole.len() / 2], ".", "damaged").await;
        if format != ImageFormat::Jpeg {
            let double = [&whole[..], b"PK\x03\x04<script>alert(1)</script>"].concat();
            refused(&client, &user, media_type, &double, ".", "damaged").await;
        }
    }
    refused(&client, &user, "image/gif", b"GIF89a/*\x01\0\x01\0\0\0\0\0*/=1;alert(1)//", ".", "damaged")
        .await;
    assert_eq!(fetch(&client, &user, &address).await, Ok(bytes));
}

#[tokio::test]
async fn what_follows_a_jpeg_is_not_kept() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let script = b"<script>alert(1)</script>";
    let double = [&picture(ImageFormat::Jpeg, 64, 64, [1, 200, 1]), &script[..]].concat();
    let address = put(&client, &user, "image/jpeg", double).await.text("/url");
    let kept = fetch(&client, &user, &address).await.expect("a picture");
    assert!(!kept.windows(script.len()).any(|part| part == script));
}

#[tokio::test]
async fn bombs_are_refused_before_they_are_decoded() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let wide = picture(ImageFormat::Png, 8_193, 2, [0, 0, 0]);
    refused(&client, &user, "image/png", &wide, ".", "too_many_pixels").await;
    let mut gif = picture(ImageFormat::Gif, 4, 4, [0, 0, 0]);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    refused(&client, &user, "image/gif", &gif, ".", "too_many_pixels").await;
    // Within the sides, but one color over and over: a few kilobytes that become 48 MiB.
    let flat = picture(ImageFormat::Png, 4_096, 4_096, [7, 7, 7]);
    assert!(flat.len() < 400_000, "{}", flat.len());
    assert_eq!(put(&client, &user, "image/png", flat).await.status, 200);
}

#[tokio::test]
async fn it_takes_a_session() {
    let shared = shared().await;
    let client = shared.client();
    let request = client.request(reqwest::Method::PUT, super::common::AVATAR);
    let request = request.header("Content-Type", "image/png").body(png([1, 1, 1]));
    crate::support::client::send(request).await.assert_problem(401, "token_missing");
    let request = client.request(reqwest::Method::DELETE, super::common::AVATAR);
    crate::support::client::send(request).await.assert_problem(401, "token_missing");
    let left = files(shared.node.data_dir());
    assert!(left.iter().all(|file| !file.display().to_string().contains("incoming")), "{left:?}");
}
