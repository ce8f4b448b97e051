//! Admission to work that is bounded, shared fairly among those who ask for it.
//!
//! Every request is somebody's: a client's network, or a signed-in user. The middleware says whose, for all that the
//! request does ([`Request::scope`]), and a pool of places ([`Pool`]) gives its places to those who wait in turn,
//! one client after the other. So a client who sends a thousand requests waits behind itself, and not before others.
//! What a request waits for ends with its client: when it hangs up, its place in the queue is free again.

mod pool;

use std::future::Future;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;
use uuid::Uuid;

pub use pool::{Overloaded, Place, Pool, Size};

/// Who has a share of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sharer {
    /// An IPv4 address, or the /64 of an IPv6 address: a client has a whole one of those to itself.
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
    /// Closed when the client has hung up, or has its answer.
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

    /// The one that is being answered here, if it is one.
    pub fn current() -> Option<Self> {
        REQUEST.try_with(Clone::clone).ok()
    }

    /// Runs what belongs to this request.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        REQUEST.scope(self, work).await
    }

    /// Now it is known who asks: from here on the request has the user's share, and not its network's.
    pub fn belongs_to(user: Uuid) {
        let _ = REQUEST.try_with(|request| request.user.set(user));
    }

    fn sharer(&self) -> Sharer {
        self.user.get().map_or(self.network, |user| Sharer::User(*user))
    }

    async fn hung_up(mut self) {
        // An error says that the sender is gone; nothing is ever sent.
        while self.client.changed().await.is_ok() {}
    }
}

/// Whose share this work is of.
pub fn sharer() -> Sharer {
    Request::current().map_or(Sharer::Internal, |request| request.sharer())
}

/// Whose network it comes from, whoever it is of.
pub fn network() -> Sharer {
    Request::current().map_or(Sharer::Internal, |request| request.network)
}

/// When the client has hung up; never where there is none.
async fn hung_up() {
    match Request::current() {
        Some(request) => request.hung_up().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
