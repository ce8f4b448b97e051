//! The client of a request: its address, user agent and correlation id.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::http::middleware::application::acts_for;
use crate::http::middleware::correlation::CorrelationId;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::device::{Device, plain_user_agent};
use crate::model::mask;
use crate::model::security_event::RequestContext;
use crate::model::time_zone::TimeZone;
use crate::model::transport::Transport;
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
            replaces: None,
            transport: Transport::Bearer,
            remembered: true,
            time_zone: None,
            network: self.network,
            context: self.context,
        }
    }
}

/// The time zone that a client names. A name that the database of this version lacks is ignored.
///
/// # Errors
/// A problem for text that is no name of a zone.
pub fn time_zone(name: Option<&str>) -> Result<Option<TimeZone>, Problem> {
    let zone = name.map(TimeZone::find).transpose().map(Option::flatten);
    zone.map_err(|error| {
        Problem::field(Code::ValidationFailed, "time_zone", "invalid", format!("This {error}."))
    })
}

impl FromRequest for Client {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let address = address_of(request);
        let correlation_id = request.extensions().get::<CorrelationId>().map(|id| id.0.clone());
        let user_agent = user_agent_of(request);
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

/// What the client calls itself, in plain signs.
fn user_agent_of(request: &HttpRequest) -> Option<String> {
    let told = acts_for(request).and_then(|client| client.user_agent);
    let sent = || request.headers().get(USER_AGENT)?.to_str().ok();
    told.as_deref().or_else(sent).map(plain_user_agent)
}

/// The client's address, as far as it can be trusted.
pub fn address_of(request: &HttpRequest) -> Option<IpAddr> {
    if let Some(address) = acts_for(request).and_then(|client| client.address) {
        return Some(address);
    }
    let state = request.app_data::<Data<AppState>>()?;
    let peer = request.peer_addr()?.ip();
    Some(state.forwarding.client_address(peer, request.headers()))
}
