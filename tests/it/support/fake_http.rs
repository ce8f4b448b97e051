//! A service on loopback, such as a provider of SMS, that answers as a test says and keeps what it was asked.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET /PATH HTTP/1.1`
    pub line: String,
    headers: Vec<(String, String)>,
    form: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, |key| key.eq_ignore_ascii_case(name))
    }

    /// A member of the form in the body.
    pub fn member(&self, name: &str) -> Option<&str> {
        find(&self.form, |key| key == name)
    }
}

fn find(pairs: &[(String, String)], is_it: impl Fn(&str) -> bool) -> Option<&str> {
    pairs.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value.as_str())
}

/// What the service does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Status(u16, String),
    /// Sends the client elsewhere.
    Redirect(String),
    /// Reads the request and never answers.
    Silence,
}

impl Answer {
    pub fn status(status: u16, body: impl Into<String>) -> Answer {
        Answer::Status(status, body.into())
    }
}

type Respond = Box<dyn Fn(&Request) -> Answer + Send + Sync>;

struct Shared {
    tls: Option<TlsAcceptor>,
    respond: Mutex<Respond>,
    requests: Mutex<Vec<Request>>,
}

/// A running service; ends when dropped.
pub struct FakeHttp {
    shared: Arc<Shared>,
    url: String,
    acceptor: JoinHandle<()>,
}

impl FakeHttp {
    pub async fn start(respond: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> FakeHttp {
        FakeHttp::listen(None, respond).await
    }

    async fn listen(
        tls: Option<TlsAcceptor>,
        respond: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> FakeHttp {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let url = match &tls {
            Some(_) => format!("https://localhost:{}/", address.port()),
            None => format!("http://{address}/"),
        };
        let respond = Mutex::new(Box::new(respond) as Respond);
        let shared = Arc::new(Shared { tls, respond, requests: Mutex::default() });
        let acceptor = tokio::spawn(accept(listener, Arc::clone(&shared)));
        FakeHttp { shared, url, acceptor }
    }

    /// A service that is called by TLS and accepts every request.
    pub async fn over_tls(tls: TlsAcceptor) -> FakeHttp {
        FakeHttp::listen(Some(tls), |_| Answer::status(201, "{}")).await
    }

    /// A service that gives this answer to every request, until it is told another one.
    pub async fn answering(answer: Answer) -> FakeHttp {
        FakeHttp::start(move |_| answer.clone()).await
    }

    /// The answer from now on.
    pub fn answer(&self, answer: Answer) {
        *self.shared.respond.lock() = Box::new(move |_| answer.clone());
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().clone()
    }
}

impl Drop for FakeHttp {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            // A client may give up.
            let _ = match shared.tls.clone() {
                Some(tls) => match tls.accept(socket).await {
                    Ok(stream) => serve(stream, &shared).await,
                    Err(error) => Err(error),
                },
                None => serve(socket, &shared).await,
            };
        });
    }
}

/// One request a connection.
async fn serve(socket: impl AsyncRead + AsyncWrite + Unpin, shared: &Shared) -> io::Result<()> {
    let mut stream = BufStream::new(socket);
    let request = read(&mut stream).await?;
    let answer = (shared.respond.lock())(&request);
    shared.requests.lock().push(request);
    let (head, body) = match answer {
        Answer::Silence => return std::future::pending().await,
        Answer::Status(status, body) => (format!("{status} told"), body),
        Answer::Redirect(location) => (format!("307 elsewhere\r\nLocation: {location}"), String::new()),
    };
    let length = body.len();
    let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await?;
    stream.flush().await
}

async fn read(stream: &mut BufStream<impl AsyncRead + AsyncWrite + Unpin>) -> io::Result<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let pairs = lines.iter().skip(1).filter_map(|line| line.split_once(": "));
    let headers: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let length = find(&headers, |key| key.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    Ok(Request { line: lines.first().cloned().unwrap_or_default(), headers, form, body })
}
