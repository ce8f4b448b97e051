//! Certificates in files, and clients that look at the handshake.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use kindred::cli::AnyCertificate;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ServerConfig, StreamOwned, SupportedProtocolVersion};
use tempfile::TempDir;

use crate::support::eventually::DEADLINE;
use crate::support::process::Node;

/// A certificate and its key in two files.
pub struct Files {
    folder: TempDir,
    pub certificate: String,
}

impl Files {
    /// For `localhost` and 127.0.0.1.
    pub fn new() -> Files {
        let folder = tempfile::tempdir().expect("a folder");
        let mut files = Files { folder, certificate: String::new() };
        files.replace();
        files
    }

    pub fn cert_file(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Another certificate with another key.
    pub fn replace(&mut self) {
        self.replace_with(CertificateParams::new(names()).expect("names"));
    }

    /// A certificate that has expired.
    pub fn expire(&mut self) {
        self.replace_until(2021);
    }

    /// A certificate that is valid for long, for processes with another clock. Gives its end, in seconds since the Unix
    /// epoch.
    pub fn end_in_2099(&mut self) -> i64 {
        self.replace_until(2099);
        date_time_ymd(2099, 1, 1).unix_timestamp()
    }

    /// A certificate that is valid from 2020 to the beginning of this year.
    fn replace_until(&mut self, year: i32) {
        let mut parameters = CertificateParams::new(names()).expect("names");
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(year, 1, 1);
        self.replace_with(parameters);
    }

    /// A certificate of another host.
    pub fn rename(&mut self) {
        let names = vec!["elsewhere.test".to_owned()];
        self.replace_with(CertificateParams::new(names).expect("names"));
    }

    /// A server with this certificate.
    pub fn server_config(&self) -> ServerConfig {
        let chain = CertificateDer::pem_file_iter(self.cert_file()).expect("a file");
        let chain = chain.collect::<Result<Vec<_>, _>>().expect("certificates");
        let key = PrivateKeyDer::from_pem_file(self.key_file()).expect("a key");
        ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("they belong together")
    }

    fn replace_with(&mut self, parameters: CertificateParams) {
        let key = KeyPair::generate().expect("a key");
        self.certificate = parameters.self_signed(&key).expect("a certificate").pem();
        fs::write(self.cert_file(), &self.certificate).expect("a file");
        fs::write(self.key_file(), key.serialize_pem()).expect("a file");
    }

    /// A key that belongs to no certificate.
    pub fn spoil_key(&self) {
        let other = KeyPair::generate().expect("a key");
        fs::write(self.key_file(), other.serialize_pem()).expect("a file");
    }

    /// The settings for a node.
    pub fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("KINDRED_TLS__CERT_FILE", self.cert_file().display().to_string()),
            ("KINDRED_TLS__KEY_FILE", self.key_file().display().to_string()),
            ("KINDRED_TLS__CHECK_INTERVAL", "50ms".to_owned()),
        ]
    }
}

fn names() -> Vec<String> {
    vec!["localhost".to_owned(), "127.0.0.1".to_owned()]
}

/// Settings, as nodes take them.
pub fn pairs<'a>(settings: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    settings.iter().map(|(key, value)| (*key, value.as_str())).collect()
}

/// `ADDRESS:PORT` of the node.
pub fn address(node: &Node) -> &str {
    node.base_url().trim_start_matches("https://").trim_start_matches("http://")
}

/// A plain connection with a time-out.
pub fn connect(node: &Node) -> TcpStream {
    let stream = TcpStream::connect(address(node)).expect("a connection");
    stream.set_read_timeout(Some(DEADLINE)).expect("a time-out");
    stream
}

pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A client that takes any certificate.
pub fn client(versions: &[&'static SupportedProtocolVersion], provider: CryptoProvider) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_no_client_auth()
}

/// A client as programs of today are.
pub fn modern() -> ClientConfig {
    client(rustls::ALL_VERSIONS, default_provider())
}

/// Runs the handshake.
pub fn handshake(stream: TcpStream, config: ClientConfig) -> io::Result<Stream> {
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// Sends a request and reads the head of the answer.
pub fn ask(stream: &mut (impl Read + Write)) -> String {
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n").expect("it is open");
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    while !answer.windows(4).any(|part| part == b"\r\n\r\n") {
        match stream.read(&mut buffer).expect("an answer") {
            0 => break,
            read => answer.extend_from_slice(&buffer[..read]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The certificate that a new connection is shown.
pub fn shown(node: &Node) -> CertificateDer<'static> {
    let stream = handshake(connect(node), modern()).expect("a handshake");
    stream.conn.peer_certificates().expect("a chain")[0].clone().into_owned()
}
