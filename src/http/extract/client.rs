//! The client of a request: its address, user agent and correlation id.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, USER_AGENT};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use ipnet::IpNet;

use crate::http::middleware::correlation::CorrelationId;
use crate::http::problem::Problem;
use crate::http::state::AppState;
use crate::model::device::{Device, plain_user_agent};
use crate::model::mask;
use crate::model::security_event::RequestContext;
use crate::secret::Secret;
use crate::store::session::login::LoginClient;

/// The client of a request.
#[derive(Clone, Debug)]
pub struct Client {
    pub context: RequestContext,
    /// The masked network of the address, which may be shown and logged.
    pub network: Option<String>,
}

impl Client {
    /// The device, described by the user agent and the name that the client gives.
    pub fn device(&self, name: Option<&str>) -> Device {
        Device::describe(name, self.context.user_agent.as_deref())
    }

    /// The client as a login describes it.
    pub fn for_login(self, device_name: Option<&str>, device_token: Option<String>) -> LoginClient {
        LoginClient {
            device: self.device(device_name),
            device_token: device_token.map(Secret::new),
            network: self.network,
            context: self.context,
        }
    }
}

impl FromRequest for Client {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let address = address_of(request);
        let correlation_id = request.extensions().get::<CorrelationId>().map(|id| id.0.clone());
        let user_agent =
            request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).map(plain_user_agent);
        ready(Ok(Self {
            context: RequestContext {
                correlation_id: correlation_id.unwrap_or_default(),
                address: address.map(|address| address.to_string()),
                user_agent,
            },
            network: address.map(mask::network),
        }))
    }
}

/// The client's address, as far as it can be trusted.
pub fn address_of(request: &HttpRequest) -> Option<IpAddr> {
    let proxies = request.app_data::<Data<AppState>>().map_or(&[][..], |state| &state.trusted_proxies);
    let peer = request.peer_addr().map(|peer| peer.ip());
    peer.map(|peer| client_address(peer, request.headers(), proxies))
}

/// The peer address or, behind trusted proxies, the right-most untrusted address in `X-Forwarded-For`. What a client
/// itself writes into that header stands to the left of what trusted proxies append.
fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_proxy = |address: IpAddr| proxies.iter().any(|network| network.contains(&address));
    let peer = peer.to_canonical();
    if !is_proxy(peer) {
        return peer;
    }
    // A line with bytes that are not UTF-8 is kept: to drop it would drop what a proxy has appended to it.
    let forwarded: Vec<_> =
        headers.get_all("x-forwarded-for").map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let mut client = peer;
    for entry in forwarded.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Ok(address) = entry.trim().parse::<IpAddr>() else {
            return client;
        };
        client = address.to_canonical();
        if !is_proxy(client) {
            return client;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(value).unwrap());
        }
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        client_address(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.7, 192.0.2.1"]), "192.0.2.1");
    }

    #[test]
    fn bytes_that_are_no_text_hide_nothing() {
        let mut headers = HeaderMap::new();
        let line = HeaderValue::from_bytes(b"\xff, 198.51.100.7").unwrap();
        headers.append(HeaderName::from_static("x-forwarded-for"), line);
        let client = client_address("10.0.0.1".parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(client.to_string(), "198.51.100.7");
    }

    #[test]
    fn trusted_proxies_are_passed_through() {
        assert_eq!(client("10.0.0.1", &["198.51.100.7, 10.0.0.9"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["198.51.100.7", "10.0.0.9"]), "198.51.100.7");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn nonsense_ends_the_walk() {
        assert_eq!(client("10.0.0.1", &["198.51.100.7, unknown, 10.0.0.9"]), "10.0.0.9");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }
}
