//! A TCP proxy on loopback that breaks the way between a node and what it talks to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

/// More connections than this at once are closed unheard.
const MAX_CONNECTIONS: usize = 512;

#[derive(Clone, Copy, Default)]
struct Faults {
    cut: bool,
    /// How often all connections were reset.
    resets: usize,
    frozen: bool,
    drop_responses: bool,
    /// How often connections were silenced, and at last those that had sent this.
    silences: usize,
    silenced: &'static str,
}

/// What is done with bytes.
enum Treatment {
    Delivered,
    /// They are gone, and the connection stays open.
    Lost,
    /// They end the connection.
    Fatal,
}

/// So much of what a client sends first is remembered.
const BEGINNING: usize = 4 * 1024;

/// Forwards to one upstream address; ends, with all its connections, when dropped.
pub struct ChaosProxy {
    addr: SocketAddr,
    upstream: watch::Sender<SocketAddr>,
    faults: watch::Sender<Faults>,
    acceptor: JoinHandle<()>,
}

impl ChaosProxy {
    /// Listens on a free port and forwards every connection to `upstream`.
    pub async fn start(upstream: SocketAddr) -> ChaosProxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("a bound address");
        let faults = watch::Sender::new(Faults::default());
        let upstream = watch::Sender::new(upstream);
        let acceptor = tokio::spawn(accept(listener, upstream.subscribe(), faults.subscribe()));
        ChaosProxy { addr, upstream, faults, acceptor }
    }

    /// A proxy before the server that `url` names, and the URL that leads through it.
    pub async fn before(url: &str) -> (ChaosProxy, String) {
        let authority = url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next());
        let host = authority.and_then(|text| text.rsplit('@').next()).expect("an authority in the URL");
        let proxy = ChaosProxy::start(host.parse().expect("ADDRESS:PORT in the URL")).await;
        let through = url.replacen(&proxy.upstream.borrow().to_string(), &proxy.addr.to_string(), 1);
        (proxy, through)
    }

    /// Where the proxy listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Forwards new connections to another server, as an address does after a failover. Those that are open stay.
    pub fn lead_to(&self, upstream: SocketAddr) {
        self.upstream.send_replace(upstream);
    }

    /// Resets every connection, and each new one at once, until [`ChaosProxy::restore`].
    pub fn cut(&self) {
        self.faults.send_modify(|faults| faults.cut = true);
    }

    /// Resets the connections that are open, and no others.
    pub fn reset(&self) {
        self.faults.send_modify(|faults| faults.resets += 1);
    }

    pub fn restore(&self) {
        self.faults.send_modify(|faults| faults.cut = false);
    }

    /// Holds every byte back, both ways, until [`ChaosProxy::thaw`]; connections stay open.
    pub fn freeze(&self) {
        self.faults.send_modify(|faults| faults.frozen = true);
    }

    pub fn thaw(&self) {
        self.faults.send_modify(|faults| faults.frozen = false);
    }

    /// From now on no byte comes back on the connections that have begun with something that contains this. They stay
    /// open, and those that are opened later are served: so does a firewall that has forgotten what was idle.
    pub fn silence(&self, sent: &'static str) {
        self.faults.send_modify(|faults| {
            faults.silences += 1;
            faults.silenced = sent;
        });
    }

    /// While true, requests reach the upstream; the first bytes of an answer are swallowed and end the
    /// connection: the lost answer.
    pub fn drop_responses(&self, on: bool) {
        self.faults.send_modify(|faults| faults.drop_responses = on);
    }
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

async fn accept(
    listener: TcpListener,
    upstream: watch::Receiver<SocketAddr>,
    faults: watch::Receiver<Faults>,
) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Dropped with this task when it is aborted; the set then aborts its connections.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
            continue;
        };
        let (upstream, faults) = (*upstream.borrow(), faults.clone());
        connections.spawn(async move {
            serve(client, upstream, faults).await;
            drop(slot);
        });
    }
}

async fn serve(mut client: TcpStream, upstream: SocketAddr, mut faults: watch::Receiver<Faults>) {
    let orderly = !faults.borrow().cut && forward(&mut client, upstream, &mut faults).await.is_some();
    if !orderly {
        // The close of a socket with this option is a reset.
        let _ = client.set_zero_linger();
    }
}

/// Forwards both ways until one side ends (`Some`) or a fault breaks the connection (`None`).
async fn forward(
    client: &mut TcpStream,
    upstream: SocketAddr,
    faults: &mut watch::Receiver<Faults>,
) -> Option<()> {
    let Faults { resets, silences, .. } = *faults.borrow();
    let mut server = TcpStream::connect(upstream).await.ok()?;
    client.set_nodelay(true).and_then(|()| server.set_nodelay(true)).ok()?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let begun = Mutex::new(Vec::new());
    let requests = pump(from_client, to_server, faults.clone(), |_, bytes| {
        let mut begun = begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() < BEGINNING {
            begun.extend_from_slice(bytes);
        }
        Treatment::Delivered
    });
    let responses = pump(from_server, to_client, faults.clone(), |faults, _| {
        let begun = begun.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.drop_responses {
            Treatment::Fatal
        } else if faults.silences != silences && contains(&begun, faults.silenced) {
            Treatment::Lost
        } else {
            Treatment::Delivered
        }
    });
    let both = async {
        tokio::pin!(requests, responses);
        tokio::select! {
            // A client may half-close and still wait for its answer.
            end = &mut requests => { end?; responses.await }
            end = &mut responses => end,
        }
    };
    tokio::select! {
        end = both => end,
        _ = faults.wait_for(|faults| faults.cut || faults.resets != resets) => None,
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Copies until the end of the stream (`Some`), or until an error or bytes that end the connection (`None`).
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut faults: watch::Receiver<Faults>,
    treat: impl Fn(&Faults, &[u8]) -> Treatment,
) -> Option<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await.ok()?;
        let now = *faults.wait_for(|faults| !faults.frozen).await.ok()?;
        if length == 0 {
            to.shutdown().await.ok()?;
            return Some(());
        }
        match treat(&now, &buffer[..length]) {
            Treatment::Delivered => to.write_all(&buffer[..length]).await.ok()?,
            Treatment::Lost => {}
            Treatment::Fatal => return None,
        }
    }
}

mod tests;
