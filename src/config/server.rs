//! `server.*`: the public listener.

use std::net::SocketAddr;
use std::num::NonZero;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::{Environment, Reader};

#[derive(Clone, Debug)]
pub struct Server {
    /// Address and port of the public HTTP listener. Port 0 lets the system choose.
    pub listen: SocketAddr,
    /// What clients call this server: the issuer's default, and the base of links. Never taken from `Host`.
    pub public_url: Url,
    /// The name of the product in messages.
    pub name: String,
    /// HTTP worker threads.
    pub workers: usize,
    /// How long a request may stay in flight after SIGTERM.
    pub drain_timeout: Duration,
    /// How long a client may take to send its request line and headers, and again its body.
    pub request_timeout: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// Connections per worker at most; further ones wait in the kernel's queue. The limit of open files may allow fewer.
    pub max_connections: usize,
    /// Proxies whose `X-Forwarded-For` is believed. Empty: the peer's address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether `/docs` (Swagger UI) is served.
    pub docs: bool,
}

impl Server {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        let listen = reader.value("server.listen", SocketAddr::from(([127, 0, 0, 1], 8080)));
        let server = Self {
            listen,
            public_url: public_url(reader, listen, profile),
            name: reader.value("server.name", "Kindred".to_owned()),
            workers: reader.value("server.workers", default_workers()),
            drain_timeout: reader.duration("server.drain_timeout", Duration::from_secs(10)),
            request_timeout: reader.duration("server.request_timeout", Duration::from_secs(5)),
            keep_alive: reader.duration("server.keep_alive", Duration::from_secs(75)),
            max_connections: reader.value("server.max_connections", 25_000),
            trusted_proxies: reader.list("server.trusted_proxies"),
            docs: reader.value("server.docs", !profile.is_production()),
        };
        reader.check("server.workers", (1..=256).contains(&server.workers), "must be between 1 and 256");
        reader.check("server.max_connections", server.max_connections > 0, "must be at least 1");
        let (millis, seconds) = (Duration::from_millis, Duration::from_secs);
        for (key, value, sane, rule) in [
            (
                "server.request_timeout",
                server.request_timeout,
                millis(100)..=seconds(120),
                "must be between 100ms and 2m",
            ),
            (
                "server.drain_timeout",
                server.drain_timeout,
                seconds(1)..=seconds(600),
                "must be between 1s and 10m",
            ),
            ("server.keep_alive", server.keep_alive, seconds(1)..=seconds(3600), "must be between 1s and 1h"),
        ] {
            reader.check(key, sane.contains(&value), rule);
        }
        server
    }
}

fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

fn public_url(reader: &mut Reader, listen: SocketAddr, profile: Environment) -> Url {
    let key = "server.public_url";
    if profile.is_production() && !reader.is_given(key) {
        reader.problem(key, "is required in production: the https address that clients use");
    }
    let default = format!("http://{listen}/");
    let url = match Url::parse(&default) {
        Ok(default) => reader.value(key, default),
        Err(error) => {
            reader.problem("server.listen", error.to_string());
            return Url::from_directory_path("/").unwrap_or_else(|()| unreachable!("/ is absolute"));
        }
    };
    let scheme_ok = url.scheme() == "https" || (url.scheme() == "http" && !profile.is_production());
    reader.check(key, scheme_ok, "must be an https URL (http is accepted outside production)");
    reader.check(key, url.query().is_none() && url.fragment().is_none(), "must have no query or fragment");
    url
}
