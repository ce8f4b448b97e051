//! `redis.*`: the counters that all nodes share.

use std::time::Duration;

use url::Url;

use super::{Environment, Reader, setting};
use crate::secret::Secret;

const DEFAULT_TIMEOUT: Duration = Duration::from_millis(50);

#[derive(Clone, Debug)]
pub struct Redis {
    /// Absent: each node counts by itself. It may contain a password.
    pub url: Option<Secret<String>>,
    /// How long a request waits for it.
    pub timeout: Duration,
}

impl Redis {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        reader.section("Redis");
        let url = setting(
            "redis.url",
            "The Redis (or Valkey) server in which nodes share the limits by network. Without it, each node counts by \
            itself.",
        )
        .note("`rediss://` (TLS), `redis://` or `redis+unix://`, with user, password and database number");
        let url: Option<String> = reader.secret(url);
        if let Some(text) = &url {
            check(reader, profile, text);
        }
        let timeout = setting(
            "redis.timeout",
            "How long a request waits for Redis. After a later answer the node counts by itself, until Redis answers in \
            time again.",
        );
        Self {
            url: url.map(Secret::new),
            timeout: reader
                .value(timeout.between(Duration::from_millis(5), Duration::from_secs(2)), DEFAULT_TIMEOUT),
        }
    }
}

fn check(reader: &mut Reader, profile: Environment, text: &str) {
    let url = Url::parse(text).ok();
    let scheme = url.as_ref().map(Url::scheme);
    let is_known = scheme.is_some_and(|scheme| {
        ["rediss", "redis", "redis+unix", "unix", "valkeys", "valkey", "valkey+unix"].contains(&scheme)
    });
    reader.check("redis.url", is_known, "must be a URL of the kind rediss://, redis:// or redis+unix://");
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let is_local = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    if profile.is_production()
        && scheme.is_some_and(|scheme| ["redis", "valkey"].contains(&scheme))
        && !is_local
    {
        reader.warn(
            "redis.url has no TLS (rediss://): addresses of clients cross the network in plain text, and others \
            there can change limits",
        );
    }
}
