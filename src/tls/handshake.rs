//! The handshake: which versions, key exchanges and protocols the server agrees to.

use std::io;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768};
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::server::{Acceptor, ResolvesServerCert};
use rustls::version::{TLS12, TLS13};
use rustls::{Error, ServerConfig};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;

use super::acme::PROTOCOL;
use super::{Source, Tls};

/// A connection over TLS.
pub type TlsStream = tokio_rustls::server::TlsStream<TcpStream>;

/// The one protocol that the server speaks over TLS.
const HTTP: &[u8] = b"http/1.1";

/// TLS 1.2 and 1.3 with forward secrecy (rustls has nothing else). A recording of today stays secret from the quantum
/// computers of tomorrow where the client offers X25519MLKEM768. rustls knows neither renegotiation nor compression, and
/// early data stays off, because it could be replayed.
pub(super) fn server_config(resolver: Arc<dyn ResolvesServerCert>) -> Result<ServerConfig, Error> {
    let kx_groups = vec![X25519MLKEM768, X25519, SECP256R1, SECP384R1];
    let provider = CryptoProvider { kx_groups, ..default_provider() };
    let builder = ServerConfig::builder_with_provider(Arc::new(provider));
    let mut config =
        builder.with_protocol_versions(&[&TLS13, &TLS12])?.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = vec![HTTP.to_vec()];
    // The keys of tickets are this process's own, and are replaced every six hours.
    config.ticketer = Ticketer::new()?;
    Ok(config)
}

impl Tls {
    /// Runs the handshake of a connection. The authority's check of a challenge ends with it.
    ///
    /// # Errors
    /// The client does not speak TLS as this server does, or is gone. It was told by an alert where that is possible.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let hello = start.client_hello();
        let is_challenge = hello.alpn().is_some_and(|mut names| names.any(|name| name == PROTOCOL));
        let (Source::Acme(acme), true) = (&self.source, is_challenge) else {
            return start.into_stream(Arc::clone(&self.config)).await;
        };
        let name = hello.server_name().map(str::to_owned).unwrap_or_default();
        let answer = acme.challenge(&name).await;
        let answer = answer.ok_or_else(|| io::Error::other("there is no challenge for this name"))?;
        start.into_stream(answer).await?.shutdown().await?;
        Err(io::ErrorKind::ConnectionAborted.into())
    }
}
