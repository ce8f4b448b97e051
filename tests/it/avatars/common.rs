//! Small pictures, and where they go.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb};
use reqwest::Method;

use crate::support::client::{Client, Reply, SignedIn, send};

pub const AVATAR: &str = "/api/v1/me/avatar";

/// Media type and format of what may be uploaded.
pub const TYPES: [(&str, ImageFormat); 4] = [
    ("image/png", ImageFormat::Png),
    ("image/jpeg", ImageFormat::Jpeg),
    ("image/webp", ImageFormat::WebP),
    ("image/gif", ImageFormat::Gif),
];

/// A picture of one color.
pub fn picture(format: ImageFormat, width: u32, height: u32, color: [u8; 3]) -> Vec<u8> {
    encode(DynamicImage::ImageRgb8(ImageBuffer::from_pixel(width, height, Rgb(color))), format)
}

pub fn png(color: [u8; 3]) -> Vec<u8> {
    picture(ImageFormat::Png, 32, 32, color)
}

/// A PNG that compresses to nothing less than its pixels.
pub fn noise(side: u32) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    let picture = ImageBuffer::from_fn(side, side, |_, _| Rgb([next(), next(), next()]));
    encode(DynamicImage::ImageRgb8(picture), ImageFormat::Png)
}

fn encode(picture: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).expect("an encoder");
    bytes
}

pub async fn put(client: &Client, user: &SignedIn, media_type: &str, body: impl Into<Vec<u8>>) -> Reply {
    let request = client.request(Method::PUT, AVATAR).bearer_auth(&user.access);
    send(request.header("Content-Type", media_type).body(body.into())).await
}

pub async fn remove(client: &Client, user: &SignedIn) -> Reply {
    send(client.request(Method::DELETE, AVATAR).bearer_auth(&user.access)).await
}

/// Where the user's picture is served, as `GET /me` tells it.
pub async fn url(client: &Client, user: &SignedIn) -> Option<String> {
    client.me(&user.access).await.body["avatar_url"].as_str().map(str::to_owned)
}

/// The bytes behind an address; the status where there are none.
pub async fn fetch(client: &Client, user: &SignedIn, url: &str) -> Result<Vec<u8>, u16> {
    let response =
        client.request(Method::GET, url).bearer_auth(&user.access).send().await.expect("an answer");
    let status = response.status().as_u16();
    let bytes = response.bytes().await.expect("a whole body");
    if status == 200 { Ok(bytes.to_vec()) } else { Err(status) }
}

/// The files of all pictures below a data directory, and of uploads that are still there.
pub fn files(data_dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![data_dir.join("avatars")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}
