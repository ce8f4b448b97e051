//! The OpenAPI 3.1 document, generated from the handlers.

use std::sync::LazyLock;

use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpResponse, routes as methods};
use url::Url;
use utoipa::Modify;
use utoipa::OpenApi;
use utoipa::openapi::Server;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_actix_web::AppExt;

use super::methods::MethodsByPath;
use super::problem::{FieldError, ProblemBodies, ProblemBody};
use super::routes;
use super::state::AppState;

/// The parts of the document that do not come from handlers.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kindred",
        description = "Authentication with sessions whose refresh tokens rotate. Errors are problem details \
                       (RFC 9457) with a stable `code`. Every response has the header `X-Correlation-ID`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
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

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    let app = App::new().into_utoipa_app().openapi(Document::openapi()).configure(routes::described);
    let mut document = app.split_for_parts().1;
    ProblemBodies.modify(&mut document);
    // A handler of two methods has one id, but ids must be unique (OpenAPI 3.1 §4.8.10).
    for item in document.paths.paths.values_mut() {
        if let Some(head) = &mut item.head {
            head.operation_id = head.operation_id.as_ref().map(|id| format!("{id}Head"));
        }
    }
    document
}

/// The methods of each path. The document is generated at its first use, because that takes megabytes of memory for a
/// moment, which a server without such requests saves.
pub static METHODS: LazyLock<MethodsByPath> = LazyLock::new(|| MethodsByPath::of(&document(), PATH));

/// The document of the server that clients reach under this URL.
fn served(public_url: &Url) -> Bytes {
    let mut document = document();
    document.servers = Some(vec![Server::new(public_url.as_str().trim_end_matches('/'))]);
    Bytes::from(serde_json::to_string(&document).unwrap_or_default())
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
