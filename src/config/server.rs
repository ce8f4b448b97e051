//! `server.*`: the public listener.

use std::net::SocketAddr;
use std::num::NonZero;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::{Environment, Reader, setting};

/// The largest number of HTTP worker threads.
const MAX_WORKERS: usize = 256;

#[derive(Clone, Debug)]
pub struct Server {
    /// Address and port of the public HTTP listener. Port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The URL under which clients reach this server: the base of links and the default issuer. Never taken from
    /// `Host`.
    pub public_url: Url,
    /// HTTP worker threads.
    pub workers: usize,
    /// How long a request may stay in flight after SIGTERM.
    pub drain_timeout: Duration,
    /// How long the server goes on serving after SIGTERM while it reports that it is not ready.
    pub shutdown_delay: Duration,
    /// How long a client may take to send its request line and headers, and again its body.
    pub request_timeout: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// The largest number of connections per worker. The limit of open files may allow fewer.
    pub max_connections: usize,
    /// The proxies that are trusted to tell the client's address. If there are none, the address of the peer counts.
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which they tell it.
    pub forwarded_header: ForwardedHeader,
    /// Whether connections of trusted proxies begin with a header of the PROXY protocol.
    pub proxy_protocol: bool,
    /// Whether `/docs` (Swagger UI) is served.
    pub docs: bool,
    /// Whether `Strict-Transport-Security` covers the sub-domains of the public URL's host.
    pub hsts_subdomains: bool,
}

/// Where trusted proxies tell the client's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardedHeader {
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

super::text_enum!(ForwardedHeader { XForwardedFor => "x-forwarded-for", Forwarded => "forwarded" });

impl Server {
    /// The path of `server.public_url`, under which a proxy publishes the server: empty, or like `/auth`.
    pub fn base_path(&self) -> &str {
        self.public_url.path().trim_end_matches('/')
    }

    pub(super) fn read(reader: &mut Reader, profile: Environment, is_tls: bool) -> Self {
        reader.section("Public listener");
        let listen = setting(
            "server.listen",
            "The address of the public listener, which speaks HTTP/1.1: in plain text, or over TLS with the settings \
            `tls.*`. Port 0 lets the system choose.",
        );
        let listen = reader.value(listen, SocketAddr::from(([127, 0, 0, 1], 8080)));
        let (millis, seconds) = (Duration::from_millis, Duration::from_secs);
        let server = Self {
            listen,
            public_url: public_url(reader, listen, profile, is_tls),
            workers: reader.value(
                setting("server.workers", "The threads that serve HTTP.")
                    .between(1, MAX_WORKERS)
                    .default_note("cores"),
                default_workers(),
            ),
            drain_timeout: reader.value(
                setting(
                    "server.drain_timeout",
                    "How long requests may stay in flight after SIGTERM. Whole seconds count.",
                )
                .between(seconds(1), seconds(600)),
                seconds(10),
            ),
            shutdown_delay: reader.value(
                setting(
                    "server.shutdown_delay",
                    "How long the server goes on serving after SIGTERM, with a readiness of 503 and \
                    `Connection: close`, before it closes its listener: the time in which load \
                    balancers notice.",
                )
                .at_most(seconds(600)),
                Duration::ZERO,
            ),
            request_timeout: reader.value(
                setting(
                    "server.request_timeout",
                    "How long a client may take to send the head of its request, and again for \
                    the body.",
                )
                .between(millis(100), seconds(120)),
                seconds(5),
            ),
            keep_alive: reader.value(
                setting("server.keep_alive", "How long an idle connection is kept.")
                    .between(seconds(1), seconds(3600)),
                seconds(75),
            ),
            max_connections: reader.value(
                setting(
                    "server.max_connections",
                    "The number of connections per worker. The limit of open files may allow \
                    fewer. Before a connection is refused, the one that has been idle for \
                    longest is closed.",
                )
                .at_least(1),
                25_000,
            ),
            trusted_proxies: reader.list(
                setting(
                    "server.trusted_proxies",
                    "The proxies that are trusted to tell the client's address. With an empty \
                    list, the address of the peer counts.",
                ),
                Vec::new(),
            ),
            forwarded_header: reader.choice(
                setting(
                    "server.forwarded_header",
                    "The header in which trusted proxies tell the client's address: \
                    `X-Forwarded-For`, or `Forwarded` (RFC 7239). The other one is never read.",
                ),
                ForwardedHeader::XForwardedFor,
            ),
            proxy_protocol: reader.value(
                setting(
                    "server.proxy_protocol",
                    "Whether the connections of trusted proxies begin with a header of the PROXY protocol, version 1 \
                    or 2, before TLS. Its address is the client's. Other peers connect without one.",
                )
                .note("needs `server.trusted_proxies`"),
                false,
            ),
            docs: reader.value(
                setting("server.docs", "Whether `/docs/` is served. `/api/openapi.json` always is."),
                !profile.is_production(),
            ),
            hsts_subdomains: reader.value(
                setting(
                    "server.hsts_subdomains",
                    "Whether `Strict-Transport-Security` covers the sub-domains of this host. The header is sent \
                    where `server.public_url` is https, except in development.",
                ),
                false,
            ),
        };
        let has_proxies = !server.trusted_proxies.is_empty() || reader.is_refused("server.trusted_proxies");
        reader.check(
            "server.proxy_protocol",
            !server.proxy_protocol || has_proxies,
            "needs the proxies in server.trusted_proxies",
        );
        server
    }
}

fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(MAX_WORKERS)
}

fn public_url(reader: &mut Reader, listen: SocketAddr, profile: Environment, is_tls: bool) -> Url {
    let key = "server.public_url";
    let declaration = setting(
        key,
        "The URL under which clients reach this server: the base of links and the default issuer. \
        It is never taken from the `Host` header. The default follows `server.listen`.",
    )
    .note("https (http is accepted outside production), without query and fragment");
    if profile.is_production() && !reader.is_given(key) {
        reader.problem(key, "is required in production: the https address that clients use");
    }
    let default = format!("{}://{listen}/", if is_tls { "https" } else { "http" });
    let url = match Url::parse(&default) {
        Ok(default) => reader.value(declaration, default),
        Err(error) => {
            reader.problem("server.listen", error.to_string());
            return Url::from_directory_path("/").unwrap_or_else(|()| unreachable!("/ is absolute"));
        }
    };
    let scheme_ok = url.scheme() == "https" || (url.scheme() == "http" && !profile.is_production());
    reader.check(key, scheme_ok, "must be an https URL (http is accepted outside production)");
    let is_same = !is_tls || url.scheme() == "https";
    reader.check(key, is_same, "must be an https URL, because the listener speaks TLS");
    reader.check(key, url.query().is_none() && url.fragment().is_none(), "must have no query or fragment");
    url
}
