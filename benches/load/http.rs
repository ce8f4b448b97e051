//! A minimal HTTP/1.1 client: it shares two cores with the server it measures, so it parses the
//! status and `Content-Length` and nothing else, and reuses its buffer.

use std::io;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::Result;

/// Where a server listens, and how it is spoken to.
#[derive(Clone)]
pub struct Endpoint {
    pub address: String,
    tls: Option<TlsConnector>,
}

impl Endpoint {
    pub fn plain(address: String) -> Self {
        Self { address, tls: None }
    }

    pub fn tls(address: String, connector: TlsConnector) -> Self {
        Self { address, tls: Some(connector) }
    }

    /// The origin of its own pages.
    pub fn origin(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

pub struct Connection {
    stream: Stream,
    buffer: Vec<u8>,
}

pub struct Response<'a> {
    pub status: u16,
    pub head: &'a [u8],
    pub body: &'a [u8],
}

impl Connection {
    pub async fn open(endpoint: &Endpoint) -> Result<Self> {
        let stream = TcpStream::connect(&endpoint.address).await?;
        stream.set_nodelay(true)?;
        let stream = match &endpoint.tls {
            None => Stream::Plain(stream),
            Some(connector) => {
                let name = ServerName::try_from("localhost")?;
                Stream::Tls(Box::new(connector.connect(name, stream).await?))
            }
        };
        Ok(Self { stream, buffer: vec![0; 16 * 1024] })
    }

    /// Sends one whole request and reads one whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Response<'_>> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let head = loop {
            filled += self.read_at(filled).await?;
            if let Some(end) = find(&self.buffer[..filled], b"\r\n\r\n") {
                break end + 4;
            }
        };
        let status = std::str::from_utf8(&self.buffer[9..12])?.parse()?;
        // RFC 9110 §8.6: the answer to HEAD may name a length but carries no body.
        let length = match content_length(&self.buffer[..head]) {
            _ if request.starts_with(b"HEAD ") || status == 204 => 0,
            Some(length) => length,
            None => return Err("an answer without Content-Length".into()),
        };
        while filled < head + length {
            filled += self.read_at(filled).await?;
        }
        Ok(Response { status, head: &self.buffer[..head], body: &self.buffer[head..head + length] })
    }

    async fn read_at(&mut self, filled: usize) -> Result<usize> {
        if filled == self.buffer.len() {
            self.buffer.resize(2 * filled, 0);
        }
        match self.stream.read(&mut self.buffer[filled..]).await? {
            0 => Err("the server closed the connection".into()),
            read => Ok(read),
        }
    }
}

impl Stream {
    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes).await,
            Self::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer).await,
            Self::Tls(stream) => stream.read(buffer).await,
        }
    }
}

impl Response<'_> {
    /// Fails with the answer's body where the status is not the `expected` one.
    pub fn expect(&self, expected: u16) -> Result<()> {
        if self.status == expected {
            return Ok(());
        }
        let body = String::from_utf8_lossy(self.body);
        Err(format!("status {} where {expected} was expected: {body}", self.status).into())
    }

    /// The string member `"name":"…"`, found by byte search; `pattern` is `"name":"`.
    pub fn member(&self, pattern: &[u8]) -> Result<&[u8]> {
        let rest = find(self.body, pattern).map(|at| &self.body[at + pattern.len()..]);
        let value = rest.and_then(|rest| Some(&rest[..memchr::memchr(b'"', rest)?]));
        value.ok_or_else(|| format!("no {} in the answer", String::from_utf8_lossy(pattern)).into())
    }
}

/// A request without a body; `headers` are whole lines with their line ends.
pub fn bare(method: &str, path: &str, headers: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").into_bytes()
}

pub fn post_json(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Like [`post_json`], with an access token.
pub fn post_json_as(access: &str, path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {access}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)))?;
    std::str::from_utf8(&line[NAME.len()..]).ok()?.trim().parse().ok()
}

pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}
