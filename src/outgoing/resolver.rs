//! Names are resolved once for a connection, and the answer is checked before it is used.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;
use super::error::CallRefusal;

/// Looks names up.
pub trait NameLookup: Send + Sync {
    /// The addresses of a host.
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// As the system does.
#[derive(Clone, Copy, Debug)]
pub struct SystemLookup;

impl NameLookup for SystemLookup {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((host, 0)).await?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    }
}

/// Gives the addresses to connect to. All of them must be admitted: a name with both public and other addresses is
/// refused as well.
pub(super) struct GuardedResolver {
    pub lookup: Arc<dyn NameLookup>,
    pub admits_private: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (answer, admits_private) = (self.lookup.lookup(name.as_str().to_owned()), self.admits_private);
        Box::pin(async move {
            let addresses = answer.await?;
            match addresses.iter().find(|address| !admits_private && !is_public(**address)) {
                Some(address) => Err(CallRefusal::NotPublic(*address).into()),
                // The client replaces port 0 by that of the URL.
                None => Ok(Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs),
            }
        })
    }
}
