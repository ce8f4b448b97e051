//! The OpenAPI 3.1 document, generated from the handlers.

use std::sync::LazyLock;

use actix_web::{App, HttpResponse, routes as methods};
use utoipa::Modify;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_actix_web::AppExt;

use super::methods::MethodsByPath;
use super::problem::{CookieProblems, FieldError, ProblemBodies, ProblemBody};
use super::routes;

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

/// What the server keeps of the document. It is generated at its first use, because that takes megabytes of memory for a
/// moment, which a server without such requests saves.
pub struct Api {
    pub rendered: String,
    pub methods: MethodsByPath,
}

pub static API: LazyLock<Api> = LazyLock::new(|| {
    let document = document();
    let rendered = serde_json::to_string(&document).unwrap_or_default();
    Api { rendered, methods: MethodsByPath::of(&document, PATH) }
});

/// The path of the document.
pub const PATH: &str = "/api/openapi.json";

#[methods]
#[get("/api/openapi.json")]
#[head("/api/openapi.json")]
pub async fn openapi_document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(API.rendered.as_str())
}
