//! What trusted proxies tell about the client: entries of `X-Forwarded-For` or of `Forwarded` (RFC 7239).

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};
use ipnet::IpNet;
use parking_lot::Mutex;

use crate::config::{ForwardedHeader, Server};
use crate::model::mask;

/// The shortest time between two warnings.
const QUIET: Duration = Duration::from_secs(60);
/// How much of an entry is logged.
const SHOWN: usize = 64;
/// In how many networks peers that are not trusted are warned of.
const MOST_WARNED_OF: usize = 64;
/// The headers by which proxies tell the client's address.
const HEADERS: [HeaderName; 2] = [X_FORWARDED_FOR, FORWARDED];

/// Who is trusted to tell the client's address, and where they tell it.
pub struct Forwarding {
    proxies: Vec<IpNet>,
    header: ForwardedHeader,
    last_warning: Mutex<Option<Instant>>,
    /// The networks of peers that are not trusted and were warned of.
    untrusted: Mutex<BTreeSet<String>>,
}

impl Forwarding {
    pub fn new(config: &Server) -> Self {
        let (proxies, header) = (config.trusted_proxies.clone(), config.forwarded_header);
        Self { proxies, header, last_warning: Mutex::default(), untrusted: Mutex::default() }
    }

    /// The peer address or, behind trusted proxies, the right-most untrusted address in the header. What a client itself
    /// writes into that header stands to the left of what trusted proxies append.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let is_proxy = |address: IpAddr| self.proxies.iter().any(|network| network.contains(&address));
        let mut client = peer.to_canonical();
        if !is_proxy(client) {
            self.warn_of_untrusted(client, headers);
            return client;
        }
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => FORWARDED,
        };
        // A line with bytes that are not UTF-8 is kept: to drop it would drop what a proxy has appended to it.
        let lines: Vec<_> =
            headers.get_all(&name).map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        for entry in lines.iter().rev().flat_map(|line| from_the_right(line, ',')) {
            let Some(address) = self.address(entry) else {
                self.warn(client, name.as_str(), entry);
                return client;
            };
            client = address.to_canonical();
            if !is_proxy(client) {
                return client;
            }
        }
        client
    }

    /// Whether this peer is trusted to tell the client's address.
    pub fn is_proxy(&self, peer: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&peer))
    }

    fn address(&self, entry: &str) -> Option<IpAddr> {
        match self.header {
            ForwardedHeader::XForwardedFor => node(entry.trim()),
            ForwardedHeader::Forwarded => node(&for_parameter(entry)?),
        }
    }

    /// A proxy that was not configured makes all of its clients share one address, and with it their limits. A client that
    /// writes such a header by itself looks the same, so each network is named in one warning, and only a bounded number of
    /// networks.
    fn warn_of_untrusted(&self, peer: IpAddr, headers: &HeaderMap) {
        let Some(header) = HEADERS.into_iter().find(|name| headers.contains_key(name)) else { return };
        let network = mask::network(peer);
        let mut warned_of = self.untrusted.lock();
        if warned_of.len() < MOST_WARNED_OF && warned_of.insert(network.clone()) {
            tracing::warn!(
                network,
                header = header.as_str(),
                "this header is ignored, because the peer is not in server.trusted_proxies; if it is a proxy of yours, \
                 all its clients count as one"
            );
        }
    }

    /// All clients behind such a proxy count as one, which the operator should know. One line in a minute tells it.
    fn warn(&self, proxy: IpAddr, header: &str, entry: &str) {
        let now = Instant::now();
        let mut last = self.last_warning.lock();
        if last.is_some_and(|last| now.duration_since(last) < QUIET) {
            return;
        }
        *last = Some(now);
        let entry: String = entry.chars().take(SHOWN).collect();
        tracing::warn!(%proxy, header, entry, "cannot read the client's address from a trusted proxy; using the proxy's");
    }
}

/// The parts between separators that are not quoted, from the right. What a proxy has appended is read in the same way
/// whatever quotes a client has left open before it.
fn from_the_right(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let whole = rest?;
        let mut is_quoted = false;
        for (place, sign) in whole.char_indices().rev() {
            if sign == '"' && !is_escaped(&whole[..place]) {
                is_quoted = !is_quoted;
            } else if sign == separator && !is_quoted {
                rest = Some(&whole[..place]);
                return Some(&whole[place + sign.len_utf8()..]);
            }
        }
        rest = None;
        Some(whole)
    })
}

fn is_escaped(before: &str) -> bool {
    before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// The value of the one `for` in an element of `Forwarded`.
fn for_parameter(element: &str) -> Option<String> {
    let mut values = from_the_right(element, ';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| unquoted(value.trim()))
    });
    values.next().filter(|_| values.next().is_none())
}

fn unquoted(value: &str) -> String {
    let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    inside.map_or_else(|| value.to_owned(), |inside| inside.replace('\\', ""))
}

/// `IP`, `IP:port`, `[IPv6]` or `[IPv6]:port` (RFC 7239 §6), where an IPv6 address may have a zone (RFC 4007 §11).
fn node(text: &str) -> Option<IpAddr> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        let is_plain = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return is_plain.then(|| zoned(address)).flatten();
    }
    match text.split_once(':') {
        Some((address, port)) if !port.contains(':') => {
            is_port(port).then(|| address.parse::<Ipv4Addr>().ok()).flatten().map(IpAddr::from)
        }
        Some(_) => zoned(text),
        None => text.parse::<Ipv4Addr>().ok().map(IpAddr::from),
    }
}

fn zoned(text: &str) -> Option<IpAddr> {
    let address = match text.split_once('%') {
        Some((_, "")) => return None,
        Some((address, _)) => address,
        None => text,
    };
    address.parse::<Ipv6Addr>().ok().map(IpAddr::from)
}

/// A number, or an obfuscated port (RFC 7239 §6.3).
fn is_port(text: &str) -> bool {
    text.starts_with('_') || (text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests;
