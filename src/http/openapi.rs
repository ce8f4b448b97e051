//! The OpenAPI 3.1 document, generated from the handlers.

mod browser;
mod complete;
mod conditions;
mod example;

use std::sync::LazyLock;

use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpResponse, routes as methods};
use serde_json::{Value, json};
use url::Url;
use utoipa::Modify;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_actix_web::AppExt;

use super::methods::MethodsByPath;
use super::problem::{CookieProblems, FieldError, ProblemBodies, ProblemBody};
use super::routes;
use super::state::AppState;

/// The parts of the document that do not come from handlers.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kindred",
        description = "Authentication with sessions whose refresh tokens rotate. Errors are problem details \
                       (RFC 9457) with a stable `code`. Every response has the header `X-Correlation-ID`. Browsers \
                       send the access token in a cookie instead of `Authorization`, and then need the header \
                       `X-CSRF-Token` for requests with effects.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "The server that serves this document")),
    tags(
        (name = "auth", description = "Registration, login, tokens, passwords and addresses"),
        (name = "me", description = "The caller's own account"),
        (name = "avatars", description = "Pictures of accounts"),
        (name = "admin", description = "Administration, for users with a role that allows it"),
        (name = "well-known", description = "Documents at well-known places"),
        (name = "health", description = "The state of the service"),
    ),
    components(schemas(ProblemBody, FieldError)),
    modifiers(&Bearer),
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// What the handlers declare.
fn declared() -> utoipa::openapi::OpenApi {
    let app = App::new().into_utoipa_app().openapi(Document::openapi()).configure(routes::described);
    let mut document = app.split_for_parts().1;
    CookieProblems.modify(&mut document);
    ProblemBodies.modify(&mut document);
    // A handler of two methods has one id, but ids must be unique (OpenAPI 3.1 §4.8.10).
    for item in document.paths.paths.values_mut() {
        if let Some(head) = &mut item.head {
            head.operation_id = head.operation_id.as_ref().map(|id| format!("{id}Head"));
        }
    }
    document
}

/// The whole document.
///
/// # Errors
/// If it cannot be written as JSON.
pub fn document() -> serde_json::Result<Value> {
    serde_json::to_value(declared()).map(complete::complete)
}

/// The methods of each path. The document is generated at its first use, because that takes megabytes of memory for a
/// moment, which a server without such requests saves.
pub static METHODS: LazyLock<MethodsByPath> = LazyLock::new(|| MethodsByPath::of(&declared(), PATH));

/// The document of the server that clients reach under this URL.
fn served(public_url: &Url) -> Bytes {
    let mut document = document().unwrap_or_default();
    if let Some(document) = document.as_object_mut() {
        let servers = json!([{ "url": public_url.as_str().trim_end_matches('/') }]);
        document.insert("servers".to_owned(), servers);
    }
    Bytes::from(document.to_string())
}

/// The path of the document.
pub const PATH: &str = "/api/openapi.json";

#[methods]
#[get("/api/openapi.json")]
#[head("/api/openapi.json")]
pub async fn openapi_document(state: Data<AppState>) -> HttpResponse {
    let document = state.document.get_or_init(|| served(&state.public_url));
    HttpResponse::Ok().content_type("application/json").body(document.clone())
}
