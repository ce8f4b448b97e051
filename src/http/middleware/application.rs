//! Requests of applications, which act for the browsers of their users. The header `Kindred-Application` proves who asks.
//! Then the request needs no CSRF token, because no page of another site can make it, and what it says about the client
//! is believed.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use uuid::Uuid;

use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::secret::Secret;

const APPLICATION: HeaderName = HeaderName::from_static("kindred-application");
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("kindred-client-address");
const CLIENT_USER_AGENT: HeaderName = HeaderName::from_static("kindred-client-user-agent");

/// The client that an application acts for, in the extensions of its request.
#[derive(Clone, Debug)]
pub struct ActsFor {
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
}

/// Notes the client that the application of a request acts for.
///
/// # Errors
/// A problem for an application that is not known, or whose secret others may have read.
pub async fn admit(request: &ServiceRequest) -> Result<(), Problem> {
    if request.headers().contains_key(&APPLICATION) {
        let client = client(request.request()).await?;
        request.extensions_mut().insert(client);
    }
    Ok(())
}

async fn client(request: &HttpRequest) -> Result<ActsFor, Problem> {
    let state = request.app_data::<Data<AppState>>().ok_or_else(|| Problem::new(Code::Internal))?;
    if !is_confidential(request, state) {
        return Err(Problem::new(Code::Forbidden).detail("Kindred-Application is accepted over TLS only."));
    }
    let unknown = || Problem::new(Code::InvalidCredentials).detail("There is no such application.");
    let (id, secret) = credentials(request.headers()).ok_or_else(unknown)?;
    let verified = state.run(move |app| async move { app.applications.verify(id, &secret).await });
    if !verified.await? {
        return Err(unknown());
    }
    let address = text(request.headers(), &CLIENT_ADDRESS).map(str::parse::<IpAddr>).transpose();
    let address = address.map_err(|_| {
        Problem::new(Code::InvalidRequest)
            .detail("Kindred-Client-Address must be an IP address without a port.")
    })?;
    let user_agent = text(request.headers(), &CLIENT_USER_AGENT).map(str::to_owned);
    Ok(ActsFor { address: address.map(|address| address.to_canonical()), user_agent })
}

/// Whether no one between the application and this server could read the secret: it came over TLS, from this machine, or
/// through a trusted proxy, which terminates TLS.
fn is_confidential(request: &HttpRequest, state: &AppState) -> bool {
    let Some(peer) = request.peer_addr().map(|peer| peer.ip().to_canonical()) else { return false };
    state.tls.is_some() || peer.is_loopback() || state.forwarding.is_proxy(peer)
}

fn credentials(headers: &HeaderMap) -> Option<(Uuid, Secret<String>)> {
    let mut values = headers.get_all(&APPLICATION);
    let value = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    let (id, secret) = value.trim().split_once(':')?;
    Some((Uuid::try_parse(id).ok()?, Secret::new(secret.to_owned())))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// The client that the request's application acts for.
pub fn acts_for(request: &HttpRequest) -> Option<ActsFor> {
    request.extensions().get::<ActsFor>().cloned()
}
