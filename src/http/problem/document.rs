//! Problems in the OpenAPI document. A type that implements [`IntoResponses`] stands for the problems of one concern,
//! such as a JSON body, and an operation lists the concerns that it has. A response that an operation describes itself
//! comes after them, and takes the place of one with the same status.

use std::collections::BTreeMap;

use utoipa::openapi::content::Content;
use utoipa::openapi::{OpenApi, Ref, RefOr, Response};
use utoipa::{IntoResponses, Modify};

use super::Code;

/// One response for each status of the codes, which its description names.
pub fn described(codes: impl IntoIterator<Item = Code>) -> BTreeMap<String, RefOr<Response>> {
    let mut descriptions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for code in codes {
        let status = code.status().as_str().to_owned();
        descriptions.entry(status).or_default().push(format!("`{}`", code.as_str()));
    }
    let response = |(status, names): (String, Vec<String>)| (status, Response::new(names.join(", ")).into());
    descriptions.into_iter().map(response).collect()
}

macro_rules! concerns {
    ($($(#[$doc:meta])* $name:ident: $($code:ident),+;)+) => {
        $($(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                described([$(Code::$code),+])
            }
        })+
    };
}

concerns! {
    /// The operation has a JSON body, which must arrive in time and be valid.
    Validated: InvalidRequest, RequestTimeout, PayloadTooLarge, UnsupportedMediaType, ValidationFailed;
    /// The operation has query parameters, which must be valid.
    Filtered: ValidationFailed;
    /// The operation waits for a place among others, or for a password hash.
    Overloadable: Overloaded, Unavailable;
    /// The operation is limited in how often it may be tried.
    RateLimited: RateLimited;
    /// The operation is about something that may not exist.
    NotFound: NotFound;
}

/// The operation uses up the link of a mail.
#[derive(Debug)]
pub enum LinkInvalid {}

impl IntoResponses for LinkInvalid {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let response = Response::new("`token_invalid`: the link is wrong, expired, void or was used before");
        BTreeMap::from([("401".to_owned(), response.into())])
    }
}

/// Adds the problems of requests with cookies to the operations that have effects and take an access token.
pub struct CookieProblems;

impl Modify for CookieProblems {
    fn modify(&self, document: &mut OpenApi) {
        let items = document.paths.paths.values_mut();
        let operations = items.flat_map(|item| {
            [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
        });
        for operation in operations.filter(|operation| operation.security.is_some()) {
            let responses = &mut operation.responses.responses;
            let refused = responses.entry("403".to_owned()).or_insert_with(|| Response::new("").into());
            if let RefOr::T(refused) = refused {
                let before = if refused.description.is_empty() { "" } else { "; " };
                refused.description += before;
                refused.description += "`csrf_failed`, `origin_not_allowed`: with cookies";
            }
        }
    }
}

/// Gives the body of a problem to each response with an error status that describes no body of its own.
pub struct ProblemBodies;

impl Modify for ProblemBodies {
    fn modify(&self, document: &mut OpenApi) {
        let items = document.paths.paths.values_mut();
        let operations = items.flat_map(|item| {
            [&mut item.get, &mut item.head, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
                .into_iter()
                .flatten()
        });
        for (status, response) in operations.flat_map(|operation| &mut operation.responses.responses) {
            if let RefOr::T(response) = response
                && status.starts_with(['4', '5'])
                && response.content.is_empty()
            {
                let content = Content::new(Some(Ref::from_schema_name("Problem")));
                response.content.insert("application/problem+json".to_owned(), content.into());
            }
        }
    }
}
