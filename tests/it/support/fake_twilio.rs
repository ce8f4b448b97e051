//! An SMS provider on loopback that keeps what it is asked and answers as it is told.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What the provider does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A status, and a body.
    Status(u16, &'static str),
    /// Sends the client elsewhere.
    Redirect(String),
    /// Reads the request and never answers.
    Silence,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `POST /PATH HTTP/1.1`
    pub line: String,
    pub authorization: Option<String>,
    /// Decoded, in order.
    pub form: Vec<(String, String)>,
}

struct Shared {
    answer: Mutex<Answer>,
    requests: Mutex<Vec<Request>>,
}

/// A running provider; ends when dropped.
pub struct FakeTwilio {
    shared: Arc<Shared>,
    url: String,
    acceptor: JoinHandle<()>,
}

impl FakeTwilio {
    pub async fn start() -> FakeTwilio {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let answer = Mutex::new(Answer::Status(201, "{}"));
        let shared = Arc::new(Shared { answer, requests: Mutex::default() });
        let acceptor = tokio::spawn(accept(listener, Arc::clone(&shared)));
        FakeTwilio { shared, url, acceptor }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn answer(&self, answer: Answer) {
        *self.shared.answer.lock() = answer;
    }

    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().clone()
    }
}

impl Drop for FakeTwilio {
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
    shared.requests.lock().push(request);
    let answer = shared.answer.lock().clone();
    let (head, body) = match answer {
        Answer::Silence => return std::future::pending().await,
        Answer::Status(status, body) => (format!("{status} told"), body),
        Answer::Redirect(location) => (format!("307 elsewhere\r\nLocation: {location}"), ""),
    };
    let page =
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    stream.write_all(page.as_bytes()).await?;
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
    let header = |name: &str| {
        let found = lines.iter().filter_map(|line| line.split_once(": "));
        found.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    Ok(Request {
        line: lines.first().cloned().unwrap_or_default(),
        authorization: header("authorization"),
        form,
    })
}
