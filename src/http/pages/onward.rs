//! `/continue`: refreshes the session of a browser and goes on to where its user wanted to be. Gateways, which check the
//! access token of each request and cannot refresh it, send a browser here whose token has expired.
//!
//! The page uses the client of all pages, because one token is spent with one key, whichever tab spends it.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, guard};
use askama::Template;

use super::frame::Frame;
use super::shell::configuration;
use crate::http::continuation::target;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;

#[derive(Template)]
#[template(path = "pages/continue.html")]
struct Onward<'a> {
    page: Frame<'a>,
    config: String,
    return_to: &'a str,
    login_url: String,
}

pub(super) fn routes(app: &mut ServiceConfig) {
    let reads = guard::Any(guard::Get()).or(guard::Head());
    app.service(web::resource("/continue").guard(reads).to(onward));
}

async fn onward(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let return_to = target(request.query_string()).and_then(|target| state.destinations.allowed(&target));
    let return_to = return_to.ok_or_else(|| {
        Problem::new(Code::InvalidRequest)
            .detail("returnTo must be one path, or one URL of an allowed origin.")
    })?;
    let page = Frame::of(&request, &state.pages);
    let config = configuration(&page, None)?;
    let login_url = state.destinations.login(&return_to);
    let shown = Onward { page, config, return_to: &return_to, login_url };
    shown.page.respond(StatusCode::OK, &shown)
}
