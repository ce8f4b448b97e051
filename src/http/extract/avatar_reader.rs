//! Who may read an avatar.

use actix_web::HttpRequest;

use super::policy::{Policy, Unlimited};
use super::query::Query;
use crate::config::CrossOrigin;
use crate::http::avatar_links::PARAMETERS;
use crate::http::problem::{Code, Problem};
use crate::http::state::app_state;

/// An unlimited session or, with `avatars.cross_origin = signed_url`, a signed address.
#[derive(Debug)]
pub enum AvatarReader {}

impl Policy for AvatarReader {
    type Grant = ();
    const REFUSALS: &'static [Code] = Unlimited::REFUSALS;

    async fn admit(request: &HttpRequest) -> Result<Self::Grant, Problem> {
        let links = &app_state(request)?.avatar_links;
        if links.cross_origin == CrossOrigin::SignedUrl && !request.query_string().is_empty() {
            return links.check(request.path(), &Query::of(request, &PARAMETERS)?);
        }
        Unlimited::admit(request).await.map(drop)
    }
}
