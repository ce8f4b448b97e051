//! The generation of cookies that this node uses, held against those that were used before.

use super::core::Core;
use super::start_error::StartError;
use crate::config::Config;
use crate::http::browser::cookies::Cookies;
use crate::model::cookie_generation::{CookieGeneration, CookieScope};

/// Records the generation, and warns if browsers may have cookies under the same names that differ from those that will
/// be set.
pub(super) async fn cookies(config: &Config, core: &Core) -> Result<Cookies, StartError> {
    let secure = config.server.public_url.scheme() == "https";
    let scope = CookieScope { secure, domain: config.cookie.domain.clone() };
    let own = CookieGeneration { name: config.cookie.generation.clone(), scope };
    let used = core.store.use_cookie_generation(&own, core.store.clock().now()).await?;
    if let Some(before) = own.conflict(&used) {
        let (name, next) = (&own.name, own.next_name(&used));
        tracing::warn!(
            generation = name.as_str(),
            before = %before,
            now = %own.scope,
            "the cookies of this generation were set with other attributes before, and browsers keep both: set \
             cookie.generation to {next}, and cookie.accept_generations to {name} for the time of the change"
        );
    }
    Ok(Cookies::new(&config.cookie, &own, &used))
}
