//! Requests that no route handles: 404, or 405 with the methods of the resource.

use actix_web::dev::ResourceDef;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

use super::openapi::{self, API};
use super::problem::{Code, Problem};

/// The methods of each path of the OpenAPI document, and of the document itself.
pub struct MethodsByPath(Vec<(ResourceDef, String)>);

impl MethodsByPath {
    pub fn of(document: &OpenApi) -> Self {
        let documented =
            document.paths.paths.iter().map(|(path, item)| (path.as_str(), methods(item).join(", ")));
        let all = documented.chain([(openapi::PATH, "GET, HEAD".to_owned())]);
        Self(all.map(|(path, methods)| (ResourceDef::new(path), methods)).collect())
    }

    fn find(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, methods)| methods.as_str())
    }
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    [
        (item.get.is_some(), "GET"),
        (item.head.is_some(), "HEAD"),
        (item.post.is_some(), "POST"),
        (item.put.is_some(), "PUT"),
        (item.patch.is_some(), "PATCH"),
        (item.delete.is_some(), "DELETE"),
    ]
    .into_iter()
    .filter_map(|(has, method)| has.then_some(method))
    .collect()
}

pub async fn fallback(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(match API.methods.find(request.path()) {
        Some(methods) => Problem { allow: Some(methods.to_owned()), ..Problem::new(Code::MethodNotAllowed) },
        None => Problem::new(Code::NotFound),
    })
}
