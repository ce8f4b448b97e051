//! Calls to servers on loopback.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use reqwest::dns::Resolve;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

use super::error::CallRefusal;
use super::*;

/// A server that gives the same answer to everyone.
struct Server {
    address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answer: &'static str) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let requests = Arc::clone(&lines);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, answer, Arc::clone(&requests)));
            }
        });
        Server { address, lines }
    }

    fn url(&self) -> Url {
        self.named(&self.address.ip().to_string())
    }

    fn named(&self, host: &str) -> Url {
        format!("http://{host}:{}/path", self.address.port()).parse().unwrap()
    }

    fn requests(&self) -> Vec<String> {
        self.lines.lock().clone()
    }
}

/// One request a connection. An empty answer is silence; one without `Content-Length` does not end.
async fn serve(socket: TcpStream, answer: &str, lines: Arc<Mutex<Vec<String>>>) -> io::Result<()> {
    let mut stream = BufStream::new(socket);
    let mut first = String::new();
    stream.read_line(&mut first).await?;
    lines.lock().push(first.trim_end().to_owned());
    let mut line = first;
    while line.trim_end() != "" {
        line.clear();
        stream.read_line(&mut line).await?;
    }
    if answer.is_empty() {
        return std::future::pending().await;
    }
    stream.write_all(answer.as_bytes()).await?;
    stream.flush().await?;
    if answer.contains("Content-Length") {
        return Ok(());
    }
    loop {
        stream.write_all(&[b'x'; 1024]).await?;
        stream.flush().await?;
    }
}

/// Answers each question with the next list, and the last of them for ever.
struct Changing {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    questions: AtomicUsize,
}

impl Changing {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |list: &&[&str]| list.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().map(parse).collect()),
            questions: AtomicUsize::new(0),
        })
    }
}

impl NameLookup for Changing {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(std::future::ready(Ok(answer.unwrap())))
    }
}

const LOCAL: Policy =
    Policy { purpose: Purpose::Sms, allow_private: true, timeout: Duration::from_secs(20), max_answer: 4096 };
const STRICT: Policy = Policy { allow_private: false, ..LOCAL };

const NO_PROXY: config::Outgoing = config::Outgoing { proxy: None };

fn client(policy: Policy) -> GuardedClient {
    Outgoing::new(&NO_PROXY, &Metrics::new().unwrap()).client(policy).unwrap()
}

fn count(client: &GuardedClient, outcome: &str) -> u64 {
    client.metrics.requests.with_label_values(&["sms", outcome]).get()
}

#[tokio::test]
async fn an_answer_is_read_whole_and_counted() {
    let server = Server::start("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\":[1]}").await;
    let client = client(LOCAL);
    let answer = client.get(server.url()).send().await.unwrap();
    assert!(answer.is_success());
    assert_eq!(answer.json::<serde_json::Value>(), Some(serde_json::json!({"a": [1]})));
    assert_eq!(answer.json::<Vec<u8>>(), None);
    assert_eq!(server.requests(), ["GET /path HTTP/1.1"]);
    assert_eq!((count(&client, "answered"), count(&client, "error_status")), (1, 0));
    let timed = client.metrics.duration.with_label_values(&["sms", "answered"]);
    assert_eq!(timed.get_sample_count(), 1);
}

#[tokio::test]
async fn every_outcome_is_shown_from_zero() {
    let metrics = Metrics::new().unwrap();
    Outgoing::new(&NO_PROXY, &metrics).client(LOCAL).unwrap();
    let page = String::from_utf8(metrics.render().unwrap()).unwrap();
    for outcome in CallOutcome::ALL.iter().map(|outcome| outcome.as_str()) {
        let labels = format!("{{outcome=\"{outcome}\",purpose=\"sms\"}} 0");
        assert!(page.contains(&format!("auth_outgoing_requests_total{labels}")), "{page}");
        assert!(page.contains(&format!("auth_outgoing_duration_seconds_count{labels}")), "{outcome}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let elsewhere = Server::start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let location = elsewhere.url();
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    let server = Server::start(answer.leak()).await;
    assert_eq!(client(LOCAL).get(server.url()).send().await.unwrap().status, 302);
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let server = Server::start("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await;
    let client = client(LOCAL);
    let error = client.get(server.url()).send().await.unwrap_err();
    assert_eq!(error, CallError::TooLarge { status: 200 });
    assert_eq!((error.status(), count(&client, "too_large")), (Some(200), 1));
}

#[tokio::test]
async fn a_silent_service_is_not_waited_for() {
    let server = Server::start("").await;
    let client = client(Policy { timeout: Duration::from_millis(500), ..LOCAL });
    let error = client.get(server.url()).send().await.unwrap_err();
    assert_eq!(error, CallError::TimedOut { status: None });
    assert!(!error.is_unsent());
}

#[tokio::test]
async fn nothing_listens() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("http://{free}/?secret").parse().unwrap();
    let error = client(LOCAL).get(url).send().await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable(_)) && error.is_unsent(), "{error:?}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

/// A name of the internal network, and one that has both kinds of addresses.
#[tokio::test]
async fn a_name_that_leads_inside_is_refused() {
    let server = Server::start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    for answer in [&["127.0.0.1"] as &[&str], &["8.8.8.8", "127.0.0.1"], &["::ffff:127.0.0.1"], &["::1"]] {
        let lookup = Changing::new(&[answer]);
        let outgoing = Outgoing::with_lookup(&NO_PROXY, &Metrics::new().unwrap(), lookup);
        let client = outgoing.client(STRICT).unwrap();
        let url = format!("https://inside.test:{}/", server.address.port()).parse().unwrap();
        let error = client.get(url).send().await.unwrap_err();
        assert!(matches!(error, CallError::Refused(CallRefusal::NotPublic(_))), "{error:?}");
        assert_eq!(count(&client, "refused"), 1);
    }
    assert!(server.requests().is_empty());
}

/// DNS rebinding: the name is asked for once for a connection, and what was checked is what is connected to.
#[tokio::test]
async fn the_checked_address_is_the_one_that_is_called() {
    let server = Server::start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    // Nothing listens at the second one.
    let lookup = Changing::new(&[&["127.0.0.1"], &["127.0.0.99"]]);
    let names = Arc::clone(&lookup) as Arc<dyn NameLookup>;
    let outgoing = Outgoing::with_lookup(&NO_PROXY, &Metrics::new().unwrap(), names);
    let client = outgoing.client(LOCAL).unwrap();
    assert_eq!(client.get(server.named("rebinding.test")).send().await.unwrap().status, 200);
    assert_eq!(lookup.questions.load(Ordering::SeqCst), 1);
    let error = client.get(server.named("rebinding.test")).send().await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable(_)), "{error:?}");
    assert_eq!(lookup.questions.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_name_that_turns_inside_is_refused_then() {
    let lookup = Changing::new(&[&["8.8.8.8"], &["169.254.169.254"]]);
    let resolver = GuardedResolver { lookup, admits_private: false };
    let resolve = || resolver.resolve("rebinding.test".parse().unwrap());
    let first: Vec<SocketAddr> = resolve().await.ok().unwrap().collect();
    assert_eq!(first, ["8.8.8.8:0".parse().unwrap()]);
    let second = resolve().await.err().unwrap();
    let metadata = CallRefusal::NotPublic(Ipv4Addr::new(169, 254, 169, 254).into());
    assert_eq!(second.downcast_ref(), Some(&metadata));
}

#[tokio::test]
async fn a_service_that_keeps_failing_is_left_alone() {
    let server = Server::start("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    let client = client(LOCAL);
    for _ in 0..5 {
        assert_eq!(client.get(server.url()).send().await.unwrap().status, 503);
    }
    assert_eq!(client.get(server.url()).send().await, Err(CallError::Resting));
    assert_eq!(server.requests().len(), 5);
    assert_eq!((count(&client, "error_status"), count(&client, "resting")), (5, 1));
}

#[tokio::test]
async fn a_refusal_of_ours_is_no_failure_of_the_service() {
    let client = client(STRICT);
    for _ in 0..10 {
        let error = client.get("https://10.0.0.1/".parse().unwrap()).send().await.unwrap_err();
        assert!(matches!(error, CallError::Refused(_)), "{error:?}");
    }
}

#[tokio::test]
async fn calls_go_through_the_proxy_of_the_settings() {
    let proxy = Server::start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let config = config::Outgoing { proxy: Some(Secret::new(format!("http://{}", proxy.address))) };
    let outgoing = Outgoing::new(&config, &Metrics::new().unwrap());
    let url: Url = "http://service.test/path".parse().unwrap();
    outgoing.client(LOCAL).unwrap().get(url).send().await.unwrap();
    let _ = outgoing.client(STRICT).unwrap().get("https://service.test/".parse().unwrap()).send().await;
    assert_eq!(
        proxy.requests(),
        ["GET http://service.test/path HTTP/1.1", "CONNECT service.test:443 HTTP/1.1"]
    );
    let inside = "https://127.0.0.1/".parse().unwrap();
    let error = outgoing.client(STRICT).unwrap().get(inside).send().await.unwrap_err();
    assert!(matches!(error, CallError::Refused(CallRefusal::NotPublic(_))), "{error:?}");
}
