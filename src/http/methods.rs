//! The methods of each resource, for the header `Allow`.

use actix_web::dev::ResourceDef;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

/// The methods of each path of the OpenAPI document, and of the document itself.
pub struct MethodsByPath(Vec<(ResourceDef, String)>);

impl MethodsByPath {
    pub fn of(document: &OpenApi, own_path: &str) -> Self {
        let documented =
            document.paths.paths.iter().map(|(path, item)| (path.as_str(), methods(item).join(", ")));
        let all = documented.chain([(own_path, "GET, HEAD".to_owned())]);
        Self(all.map(|(path, methods)| (ResourceDef::new(path), methods)).collect())
    }

    /// The methods as the value of `Allow`.
    pub fn find(&self, path: &str) -> Option<&str> {
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
