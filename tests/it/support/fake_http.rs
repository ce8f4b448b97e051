//! A service on loopback that answers each request as a function says, and keeps what it was asked.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

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

/// A status and a body; `None` is silence.
pub type Answer = Option<(u16, String)>;

type Respond = Box<dyn Fn(&Request) -> Answer + Send + Sync>;

struct Shared {
    respond: Respond,
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
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared { respond: Box::new(respond), requests: Mutex::default() });
        let acceptor = tokio::spawn(accept(listener, Arc::clone(&shared)));
        FakeHttp { shared, url, acceptor }
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
            let _ = serve(socket, &shared).await;
        });
    }
}

/// One request a connection.
async fn serve(socket: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut stream = BufStream::new(socket);
    let request = read(&mut stream).await?;
    let answer = (shared.respond)(&request);
    shared.requests.lock().push(request);
    let Some((status, body)) = answer else { return std::future::pending().await };
    let head =
        format!("HTTP/1.1 {status} told\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.flush().await
}

async fn read(stream: &mut BufStream<TcpStream>) -> io::Result<Request> {
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
