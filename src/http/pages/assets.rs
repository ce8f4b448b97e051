//! The files that browsers get: modules, styles and pictures of `web/`, the stylesheet of the branding, and the texts of
//! the application.
//!
//! All of them are below one folder whose name is a hash of everything, so that modules import each other by relative
//! addresses and browsers keep the files for good.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, VARY};
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, guard};
use aws_lc_rs::digest;
use rust_embed::RustEmbed;

use super::comments::without_comments;
use super::file::{File, accepts_gzip};
use super::sheets::sheets;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::color::Color;
use crate::text::Texts;

const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// How many bytes of the hash are in the name of the folder.
const HASH_BYTES: usize = 16;

/// What the program contains of `web/`. A debug build reads the files instead, once after each start.
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
    files: BTreeMap<String, File>,
}

impl Assets {
    pub fn new(accent: Option<Color>, texts: &Texts) -> Self {
        let mut files = BTreeMap::new();
        for path in Web::iter().filter(|path| !path.starts_with("styles/")) {
            let Some(file) = Web::get(&path) else { continue };
            let content = match file.data {
                Cow::Borrowed(content) => Bytes::from_static(content),
                Cow::Owned(content) => Bytes::from(content),
            };
            let content = if path.starts_with("app/") { uncommented(content) } else { content };
            files.insert(path.into_owned(), File::new(content));
        }
        for (path, sheet) in sheets(accent, style) {
            files.insert(path, File::new(sheet));
        }
        for language in texts.languages() {
            let path = format!("locales/{}.ftl", language.tag());
            files.insert(path, File::new(language.application().to_owned()));
        }
        Self { hash: hash(&files), files }
    }

    /// A file that is a text.
    pub fn text(&self, path: &str) -> Option<String> {
        let file = self.files.get(path)?;
        std::str::from_utf8(file.content()).ok().map(str::to_owned)
    }

    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// A file of `web/styles/`.
fn style(name: &str) -> Option<String> {
    let file = Web::get(&format!("styles/{name}.css"))?;
    String::from_utf8(file.data.into_owned()).ok()
}

/// A module without its comments.
fn uncommented(module: Bytes) -> Bytes {
    match std::str::from_utf8(&module) {
        Ok(source) => Bytes::from(without_comments(source)),
        Err(_) => module,
    }
}

fn hash(files: &BTreeMap<String, File>) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for (path, file) in files {
        for part in [path.as_bytes(), file.content()] {
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
async fn file(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let assets = &state.pages.files().assets;
    let (hash, path) = path.into_inner();
    let file = assets.files.get(&path).ok_or_else(|| Problem::new(Code::NotFound))?;
    let caching = if hash == assets.hash { FOR_GOOD } else { "no-store" };
    let compressed = if accepts_gzip(request.headers()) { file.compressed() } else { None };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CACHE_CONTROL, caching))
        .insert_header((VARY, "Accept-Encoding"))
        .content_type(media_type(&path));
    if compressed.is_some() {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(compressed.unwrap_or_else(|| file.content()).clone()))
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
