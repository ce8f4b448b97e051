//! The state of the public server: the services that handlers call, and what all requests share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::Data;
use bytes::Bytes;
use tokio::runtime::Handle;
use url::Url;

use super::avatar_links::AvatarLinks;
use super::browser::Browsers;
use super::continuation::Destinations;
use super::pages::Pages;
use super::problem::{Code, Problem};
use crate::account::avatar::Avatars;
use crate::account::{Administration, Applications, Privacy};
use crate::admission::{Pool, Size};
use crate::authn::Authn;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::http::extract::forwarded::Forwarding;
use crate::http::published::PublishedDocuments;
use crate::notification::quota::Quotas;
use crate::session::Sessions;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::trace::Tracing;
use crate::throttle::Throttle;
use crate::tls::Tls;

/// How many requests of clients that are not signed in are worked on at once: most of the time, each of them waits
/// for the database or for a password hash.
pub const STRANGERS: Size = Size { places: 64, waiting: 1_024, share: 32 };

/// Shared by all workers. Handlers reach it with [`AppState::run`].
pub struct AppState {
    pub authn: Arc<Authn>,
    pub privacy: Arc<Privacy>,
    pub administration: Arc<Administration>,
    pub avatars: Arc<Avatars>,
    pub applications: Arc<Applications>,
    pub quotas: Arc<Quotas>,
    pub throttle: Arc<Throttle>,
    pub sessions: Arc<Sessions>,
    pub store: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub metrics: Metrics,
    /// Begins the traces of requests.
    pub tracing: Tracing,
    /// The runtime on which the database connections live.
    pub runtime: Handle,
    /// The places for the work of clients that are not signed in.
    pub strangers: Pool,
    pub forwarding: Forwarding,
    /// The path under which a proxy publishes the server: empty, or like `/auth`.
    pub base_path: String,
    pub avatar_links: AvatarLinks,
    /// The OpenAPI document for this server, made at its first use.
    pub document: OnceLock<Bytes>,
    pub public_url: Url,
    pub request_timeout: Duration,
    /// A request that takes longer gets a warning (`telemetry.slow_request`).
    pub slow_request: Duration,
    /// The greatest age of an authentication that counts as recent (`sessions.step_up_max_age`).
    pub step_up_max_age: Duration,
    pub browsers: Browsers,
    /// Where `/continue` may lead.
    pub destinations: Destinations,
    pub pages: Pages,
    /// Whether Swagger UI is served.
    pub docs: bool,
    /// What password managers and app stores ask for.
    pub well_known: PublishedDocuments,
    /// TLS on the public listener.
    pub tls: Option<Arc<Tls>>,
    pub draining: AtomicBool,
}

impl AppState {
    /// From now on the server reports that it is not ready.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// The state of the listener that received a request.
///
/// # Errors
/// 500 if the listener has no state, which would be a mistake in its construction.
pub fn app_state(request: &HttpRequest) -> Result<&Data<AppState>, Problem> {
    request.app_data::<Data<AppState>>().ok_or_else(|| Problem::new(Code::Internal))
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AppState")
    }
}
