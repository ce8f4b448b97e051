//! `/continue`: a page that refreshes the session of a browser and goes on to where its user wanted to be.
//!
//! Gateways check the access token of each request and cannot refresh it. They send a browser whose token has expired here.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, REFERRER_POLICY};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;

use super::destinations::PARAMETER;
use super::problem::{Code, Problem};
use super::state::AppState;

const SCRIPT: &str = include_str!("continuation/continue.js");
/// The page loads its own script, and the script asks its own server.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "pages/continue.html")]
struct ContinuePage<'a> {
    /// The path under which the server is published.
    base: &'a str,
    return_to: &'a str,
    login_url: &'a str,
}

/// The page. It is not part of the API.
#[get("/continue")]
pub async fn page(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let destinations = &state.destinations;
    let target = target(request.query_string());
    let return_to = target.and_then(|target| destinations.allowed(&target));
    let return_to = return_to.ok_or_else(|| {
        Problem::new(Code::InvalidRequest)
            .detail("returnTo must be one path, or one URL of an allowed origin.")
    })?;
    let page = ContinuePage {
        base: &state.base_path,
        return_to: &return_to,
        login_url: &destinations.login(&return_to),
    };
    let body = page.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be rendered");
        Problem::new(Code::Internal)
    })?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        // With `no-referrer` browsers would send `Origin: null`.
        .insert_header((REFERRER_POLICY, "strict-origin"))
        .body(body))
}

/// The one parameter; `/` without it. Gateways that cannot encode a URL append it as it is. It then begins with a plain
/// slash or scheme, and is taken to the end of the query.
fn target(query: &str) -> Option<String> {
    let rest = query.strip_prefix(PARAMETER).and_then(|rest| rest.strip_prefix('='));
    let is_plain = |rest: &&str| ["/", "http://", "https://"].iter().any(|start| rest.starts_with(start));
    if let Some(plain) = rest.filter(is_plain) {
        return Some(plain.to_owned());
    }
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let mut values = pairs.filter(|(name, _)| name == PARAMETER).map(|(_, value)| value.into_owned());
    let first = values.next().unwrap_or_else(|| "/".to_owned());
    values.next().is_none().then_some(first)
}

/// The script of the page.
#[get("/continue.js")]
pub async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(SCRIPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_target_is_taken() {
        assert_eq!(target("").as_deref(), Some("/"));
        assert_eq!(target("a=b&returnTo=%2Fa%3Fb").as_deref(), Some("/a?b"));
        assert_eq!(target("returnTo=%2Fa&returnTo=%2Fb"), None);
        assert_eq!(target("returnTo=/a?b=%20c&d=e").as_deref(), Some("/a?b=%20c&d=e"));
        assert_eq!(target("returnTo=https://a/?b&c").as_deref(), Some("https://a/?b&c"));
    }
}
