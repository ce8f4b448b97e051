//! The files that browsers get: modules, styles and pictures of `web/`, the stylesheet of the branding, and the texts of
//! the application.
//!
//! All of them are below one folder whose name is a hash of everything, so that modules import each other by relative
//! addresses and browsers keep the files for good.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpResponse, guard};
use aws_lc_rs::digest;
use rust_embed::RustEmbed;

use super::brand::stylesheet;
use crate::config::Config;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::text::Texts;

const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// How many bytes of the hash are in the name of the folder.
const HASH_BYTES: usize = 16;

/// What the program contains of `web/`. A debug build reads the files at each start instead.
#[derive(RustEmbed)]
#[folder = "web/"]
#[include = "app/*.js"]
#[include = "app/**/*.js"]
#[include = "vendor/*.js"]
#[include = "vendor/**/*.js"]
#[include = "styles/*.css"]
#[include = "images/*.svg"]
#[include = "images/*.png"]
struct Web;

/// The files by their paths below the folder.
pub(super) struct Assets {
    hash: String,
    files: BTreeMap<String, Bytes>,
}

impl Assets {
    pub fn new(config: &Config, texts: &Texts) -> Self {
        let mut files = BTreeMap::new();
        for path in Web::iter() {
            let Some(file) = Web::get(&path) else { continue };
            let content = match file.data {
                Cow::Borrowed(content) => Bytes::from_static(content),
                Cow::Owned(content) => Bytes::from(content),
            };
            files.insert(path.into_owned(), content);
        }
        files.insert("brand.css".to_owned(), stylesheet(config.branding.accent).into());
        for language in texts.languages() {
            let path = format!("locales/{}.ftl", language.tag());
            files.insert(path, Bytes::from(language.application().to_owned()));
        }
        Self { hash: hash(&files), files }
    }

    pub fn hash(&self) -> &str {
        &self.hash
    }
}

fn hash(files: &BTreeMap<String, Bytes>) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for (path, content) in files {
        for part in [path.as_bytes(), content] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
    }
    hex::encode(&context.finish().as_ref()[..HASH_BYTES])
}

pub(super) fn routes(app: &mut ServiceConfig) {
    let reads = guard::Any(guard::Get()).or(guard::Head());
    app.service(web::resource("/assets/{hash}/{path:.*}").guard(reads).to(file));
}

/// A file of another version of the server, which a page may ask for while versions run side by side, is answered with
/// that of this one, and is not to be kept.
async fn file(state: Data<AppState>, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let assets = &state.pages.assets;
    let (hash, path) = path.into_inner();
    let content = assets.files.get(&path).ok_or_else(|| Problem::new(Code::NotFound))?;
    let caching = if hash == assets.hash { FOR_GOOD } else { "no-store" };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, caching))
        .content_type(media_type(&path))
        .body(content.clone()))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "text/plain; charset=utf-8",
    }
}
