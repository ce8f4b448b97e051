//! A connection of the public listener: its stream, and the way there from the kernel. First the header of the PROXY
//! protocol is read, if a proxy sends one, then TLS is agreed on, and then HTTP begins.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::dev::Extensions;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connection_table::{Connections, Place};
use super::proxy_protocol;
use crate::config;
use crate::telemetry::metrics::{HandshakeOutcome, TlsMetrics};
use crate::tls::{Tls, TlsStream};

/// See the module's description.
pub struct Connection {
    stream: Stream,
    /// Its entry among all connections.
    place: Arc<Place>,
}

enum Stream {
    Plain(TcpStream),
    // Boxed, because it is much larger than the other one.
    Tls(Box<TlsStream>),
}

/// What happens to a connection before HTTP begins.
pub struct Introduction {
    pub connections: Arc<Connections>,
    pub tls: Option<Arc<Tls>>,
    /// The peers whose connections begin with a header of the PROXY protocol.
    proxies: Vec<IpNet>,
    /// The time for all of it.
    timeout: Duration,
    metrics: TlsMetrics,
}

impl Introduction {
    pub fn new(
        connections: Arc<Connections>,
        tls: Option<Arc<Tls>>,
        config: &config::Server,
        metrics: TlsMetrics,
    ) -> Self {
        let proxies = if config.proxy_protocol { config.trusted_proxies.clone() } else { Vec::new() };
        Self { connections, tls, proxies, timeout: config.request_timeout, metrics }
    }

    /// The connection, ready for HTTP, and the address of its client.
    ///
    /// # Errors
    /// The peer did not do its part in time. The connection is closed.
    pub async fn introduce(&self, stream: TcpStream) -> io::Result<(Connection, SocketAddr)> {
        let peer = stream.peer_addr()?;
        // A handshake is a few small writes, each of which would wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let is_proxy = self.proxies.iter().any(|network| network.contains(&peer.ip().to_canonical()));
        if !is_proxy && self.tls.is_none() {
            let place = Arc::new(self.connections.enter(&stream)?);
            return Ok((Connection { stream: Stream::Plain(stream), place }, peer));
        }
        let place = self.connections.enter_handshake(&stream)?;
        let steps = timeout(self.timeout, self.steps(stream, peer, is_proxy)).await;
        let steps = steps.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        self.count(&steps);
        let (stream, client) = steps?;
        place.finish_handshake();
        Ok((Connection { stream, place: Arc::new(place) }, client))
    }

    async fn steps(
        &self,
        mut stream: TcpStream,
        peer: SocketAddr,
        is_proxy: bool,
    ) -> io::Result<(Stream, SocketAddr)> {
        let client = if is_proxy { proxy_protocol::client(&mut stream, peer).await? } else { peer };
        let Some(tls) = &self.tls else { return Ok((Stream::Plain(stream), client)) };
        let stream = tls.accept(stream).await?;
        Ok((Stream::Tls(Box::new(stream)), client))
    }

    fn count<T>(&self, steps: &io::Result<T>) {
        let outcome = match steps {
            Ok(_) => HandshakeOutcome::Completed,
            Err(error) if error.kind() == io::ErrorKind::TimedOut => HandshakeOutcome::TimedOut,
            Err(error) => {
                tracing::debug!(%error, "a connection ended before its first request");
                HandshakeOutcome::Failed
            }
        };
        if self.tls.is_some() {
            self.metrics.handshakes.with_label_values(&[outcome.as_str()]).inc();
        }
    }
}

impl Connection {
    /// Called by the framework before HTTP begins.
    pub fn describe(&self, data: &mut Extensions) {
        data.insert(Arc::clone(&self.place));
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut dyn Duplex> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream),
            Stream::Tls(stream) => Pin::new(stream.as_mut()),
        }
    }
}

trait Duplex: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Duplex for T {}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.stream().poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }
}
