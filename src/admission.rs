//! Admission to limited resources, shared fairly among clients.
//!
//! Every request belongs to a sharer: the network of its client, or a signed-in user. The middleware sets the sharer
//! for everything that the request does ([`Request::scope`]), and a [`Pool`] gives its places to the waiting sharers
//! in turn. A client that sends a thousand requests therefore waits behind itself and does not delay others. A
//! request that waits leaves the queue when its client hangs up.

mod pool;

use std::future::Future;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

use tokio::sync::Semaphore;
use uuid::Uuid;

pub use pool::{Overloaded, Place, Pool, Size};

/// The owner of a share of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sharer {
    /// An IPv4 address, or the /64 of an IPv6 address, which one client usually has to itself.
    Network(IpAddr),
    User(Uuid),
    /// The server itself, and commands.
    Internal,
}

impl Sharer {
    pub fn client(address: IpAddr) -> Self {
        Self::Network(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
        })
    }
}

tokio::task_local! {
    static REQUEST: Request;
}

/// A request that is being answered.
#[derive(Clone, Debug)]
pub struct Request {
    network: Sharer,
    state: Arc<RequestState>,
}

#[derive(Debug)]
struct RequestState {
    user: OnceLock<Uuid>,
    /// It has no permits, and is closed when the client has hung up or has received its answer.
    client: Semaphore,
}

/// Held while the client waits for the answer.
#[derive(Debug)]
pub struct Waiting(Arc<RequestState>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.client.close();
    }
}

impl Request {
    pub fn new(network: Sharer) -> (Self, Waiting) {
        let state = Arc::new(RequestState { user: OnceLock::new(), client: Semaphore::new(0) });
        (Self { network, state: Arc::clone(&state) }, Waiting(state))
    }

    /// The request that the present task answers, if any.
    pub fn current() -> Option<Self> {
        REQUEST.try_with(Clone::clone).ok()
    }

    /// Runs work on behalf of this request.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        REQUEST.scope(self, work).await
    }

    /// Sets the user: from here on the request counts against the share of the user instead of that of its network.
    pub fn belongs_to(user: Uuid) {
        let _ = REQUEST.try_with(|request| request.state.user.set(user));
    }

    fn sharer(&self) -> Sharer {
        self.state.user.get().map_or(self.network, |user| Sharer::User(*user))
    }

    async fn hung_up(self) {
        // There is never a permit, so this ends when the semaphore is closed.
        let _ = self.state.client.acquire().await;
    }
}

/// The sharer of the present task.
pub fn sharer() -> Sharer {
    Request::current().map_or(Sharer::Internal, |request| request.sharer())
}

/// The network of the present request, even if a user is known.
pub fn network() -> Sharer {
    Request::current().map_or(Sharer::Internal, |request| request.network)
}

/// Completes when the client has hung up. Never completes outside a request.
async fn hung_up() {
    match Request::current() {
        Some(request) => request.hung_up().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
