//! A mail relay on loopback, with TLS, that keeps what it is sent and misbehaves on demand.

mod dialogue;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::mailbox::{Mail, parse};

pub const USERNAME: &str = "relay-user";
pub const PASSWORD: &str = "relay-password";
/// What a login by OAuth needs.
pub const ACCESS_TOKEN: &str = "ya29.fresh";

/// What the relay does to the next client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    Works,
    /// Closes each connection at once.
    Down,
    /// Takes connections and says nothing.
    Silent,
    /// Answers with what is no SMTP.
    Garbage,
    /// Shows a certificate of no one known.
    WrongCertificate,
    /// Shows a certificate of a known authority for another host.
    WrongHost,
    /// Does not offer STARTTLS, as if someone had taken the offer away.
    StarttlsStripped,
    /// Offers it, and goes on without.
    StarttlsRefused,
    /// Answers each recipient so.
    Recipient(u16),
    /// Refuses all logins.
    LoginRefused,
    /// Takes no more connections at a time than these (RFC 5321 §3.8).
    AtMost(usize),
    /// Does not offer SMTPUTF8.
    AsciiOnly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    Starttls,
    Tls,
}

impl Security {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starttls => "starttls",
            Self::Tls => "tls",
        }
    }
}

/// What all connections share.
struct Shared {
    security: Security,
    behaviour: Mutex<Behaviour>,
    mails: Mutex<Vec<String>>,
    in_plain: Mutex<Vec<String>>,
    /// `MAIL` and `RCPT`, in the order of their arrival.
    envelopes: Mutex<Vec<String>>,
    connections: Mutex<usize>,
    open: Mutex<usize>,
    refused: Mutex<usize>,
    hang_up: Notify,
    known: TlsAcceptor,
    unknown: TlsAcceptor,
    elsewhere: TlsAcceptor,
}

/// A running relay; ends when dropped.
pub struct SmtpServer {
    shared: Arc<Shared>,
    port: u16,
    folder: TempDir,
    acceptor: JoinHandle<()>,
}

impl SmtpServer {
    pub async fn start(security: Security) -> SmtpServer {
        SmtpServer::start_at("127.0.0.1", security).await
    }

    /// At this address of the loopback interface.
    pub async fn start_at(address: &str, security: Security) -> SmtpServer {
        let listener = TcpListener::bind((address, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let folder = tempfile::Builder::new().prefix("kindred-relay-").tempdir().expect("a folder");
        let (known, pem) = certificate("localhost");
        let (elsewhere, elsewhere_pem) = certificate("elsewhere.example");
        std::fs::write(folder.path().join("ca.pem"), pem + &elsewhere_pem).expect("a file");
        let shared = Arc::new(Shared {
            security,
            behaviour: Mutex::new(Behaviour::Works),
            mails: Mutex::default(),
            in_plain: Mutex::default(),
            envelopes: Mutex::default(),
            connections: Mutex::default(),
            open: Mutex::default(),
            refused: Mutex::default(),
            hang_up: Notify::new(),
            known,
            unknown: certificate("localhost").0,
            elsewhere,
        });
        let acceptor = tokio::spawn(accept(listener, Arc::clone(&shared)));
        SmtpServer { shared, port, folder, acceptor }
    }

    /// The settings of a node that sends through this relay.
    pub fn settings(&self) -> Vec<(String, String)> {
        let ca = self.ca_file().display().to_string();
        let pairs = [
            ("KINDRED_MAIL__TRANSPORT", "smtp"),
            ("KINDRED_MAIL__FROM", "Kindred <no-reply@id.example>"),
            ("KINDRED_MAIL__SMTP_HOST", "localhost"),
            ("KINDRED_MAIL__SMTP_PORT", &self.port.to_string()),
            ("KINDRED_MAIL__SMTP_SECURITY", self.shared.security.as_str()),
            ("KINDRED_MAIL__SMTP_USERNAME", USERNAME),
            ("KINDRED_MAIL__SMTP_PASSWORD", PASSWORD),
            ("KINDRED_MAIL__SMTP_CA_FILE", &ca),
            // Long, so that a busy machine is not taken for a slow relay.
            ("KINDRED_MAIL__SMTP_TIMEOUT", "20s"),
            ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms"),
            ("KINDRED_OUTBOX__RETRY_BASE", "50ms"),
            ("KINDRED_OUTBOX__RETRY_MAX", "200ms"),
            ("KINDRED_OUTBOX__MAX_ATTEMPTS", "100"),
        ];
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificates that a node is to trust.
    pub fn ca_file(&self) -> PathBuf {
        Path::new(self.folder.path()).join("ca.pem")
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.shared.behaviour.lock() = behaviour;
    }

    /// What was accepted, the oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.lock().iter().map(|raw| parse(raw.as_bytes())).collect()
    }

    /// Every line that came without TLS.
    pub fn in_plain(&self) -> Vec<String> {
        self.shared.in_plain.lock().clone()
    }

    /// `MAIL` and `RCPT` of all mails.
    pub fn envelopes(&self) -> Vec<String> {
        self.shared.envelopes.lock().clone()
    }

    /// How many connections were one too many.
    pub fn refused(&self) -> usize {
        *self.shared.refused.lock()
    }

    /// Closes all connections.
    pub fn hang_up(&self) {
        self.shared.hang_up.notify_one();
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        *self.shared.connections.lock()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

/// A certificate of its own authority, and that in PEM.
fn certificate(host: &str) -> (TlsAcceptor, String) {
    let own = rcgen::generate_simple_self_signed([host.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .expect("a key");
    (TlsAcceptor::from(Arc::new(config)), own.cert.pem())
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task when it is aborted; the set then aborts its connections.
    let mut connections = JoinSet::new();
    loop {
        let socket = tokio::select! {
            accepted = listener.accept() => accepted.expect("a connection").0,
            () = shared.hang_up.notified() => {
                connections.shutdown().await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        *shared.connections.lock() += 1;
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            // A client may leave in the middle of a sentence.
            let _ = dialogue::serve(socket, &shared).await;
        });
    }
}
