//! A node whose way to PostgreSQL a test can break.

use std::net::SocketAddr;

use crate::support::backend::{Backend, Env};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::client::Client;
use crate::support::process::Node;

/// A node behind a proxy to its database.
pub struct Proxied {
    pub env: Env,
    pub node: Node,
    pub proxy: ChaosProxy,
    pub client: Client,
}

impl Proxied {
    pub async fn start(environment: &[(&str, &str)]) -> Proxied {
        let env = Env::new(Backend::Postgres).await;
        let (proxy, url) = ChaosProxy::before(env.database_url()).await;
        let mut setup = env.setup(environment);
        setup.database_url = url;
        let node = tokio::task::block_in_place(|| Node::start(setup));
        let client = node.client();
        Proxied { env, node, proxy, client }
    }
}

/// The address in `http://ADDRESS:PORT`.
pub fn address(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").parse().expect("ADDRESS:PORT")
}
