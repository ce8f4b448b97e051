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

use tokio::sync::watch;
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
    user: Arc<OnceLock<Uuid>>,
    /// Closed when the client has hung up or has received its answer.
    client: watch::Receiver<()>,
}

/// Held while the client waits for the answer.
#[derive(Debug)]
pub struct Waiting {
    _client: watch::Sender<()>,
}

impl Request {
    pub fn new(network: Sharer) -> (Self, Waiting) {
        let (sender, client) = watch::channel(());
        (Self { network, user: Arc::default(), client }, Waiting { _client: sender })
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
        let _ = REQUEST.try_with(|request| request.user.set(user));
    }

    fn sharer(&self) -> Sharer {
        self.user.get().map_or(self.network, |user| Sharer::User(*user))
    }

    async fn hung_up(mut self) {
        // Nothing is ever sent, so the loop ends when the sender is dropped.
        while self.client.changed().await.is_ok() {}
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
