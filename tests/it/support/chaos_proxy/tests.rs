//! Each fault of the proxy, before a server that answers every byte with itself.

use std::time::Duration;

use tokio::time::timeout;

use super::*;

const SHORT: Duration = Duration::from_millis(100);

async fn echo_server() -> (SocketAddr, watch::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (received, count) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let received = received.clone();
            tokio::spawn(async move {
                let mut byte = [0];
                while stream.read_exact(&mut byte).await.is_ok() {
                    received.send_modify(|count| *count += 1);
                    if stream.write_all(&byte).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (addr, count)
}

async fn ask(stream: &mut TcpStream) -> std::io::Result<u8> {
    stream.write_all(b"x").await?;
    stream.read_u8().await
}

async fn setup() -> (ChaosProxy, TcpStream, watch::Receiver<usize>) {
    let (addr, count) = echo_server().await;
    let proxy = ChaosProxy::start(addr).await;
    let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
    assert_eq!(ask(&mut stream).await.unwrap(), b'x');
    (proxy, stream, count)
}

#[tokio::test]
async fn cut_resets_old_and_new_connections_until_restored() {
    let (proxy, mut old, _) = setup().await;
    proxy.cut();
    assert_eq!(old.read_u8().await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    let mut new = TcpStream::connect(proxy.addr()).await.unwrap();
    assert!(new.read_u8().await.is_err());
    proxy.restore();
    let mut healed = TcpStream::connect(proxy.addr()).await.unwrap();
    assert_eq!(ask(&mut healed).await.unwrap(), b'x');
}

#[tokio::test]
async fn freeze_holds_bytes_back_and_thaw_delivers_them() {
    let (proxy, mut stream, count) = setup().await;
    proxy.freeze();
    assert!(timeout(SHORT, ask(&mut stream)).await.is_err());
    assert_eq!(*count.borrow(), 1, "the request must not have passed");
    proxy.thaw();
    assert_eq!(stream.read_u8().await.unwrap(), b'x');
}

#[tokio::test]
async fn a_frozen_connection_can_be_cut() {
    let (proxy, mut stream, _) = setup().await;
    proxy.freeze();
    proxy.cut();
    assert!(stream.read_u8().await.is_err());
}

#[tokio::test]
async fn a_dropped_response_has_reached_the_server() {
    let (proxy, mut stream, count) = setup().await;
    proxy.drop_responses(true);
    assert!(ask(&mut stream).await.is_err());
    assert_eq!(*count.borrow(), 2, "the request must have passed");
    proxy.drop_responses(false);
    let mut next = TcpStream::connect(proxy.addr()).await.unwrap();
    assert_eq!(ask(&mut next).await.unwrap(), b'x');
}

#[tokio::test]
async fn a_half_closed_client_still_gets_its_answer() {
    let (_proxy, mut stream, _) = setup().await;
    stream.write_all(b"x").await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), b'x');
    assert!(stream.read_u8().await.is_err(), "then the end");
}

#[tokio::test]
async fn a_dropped_proxy_ends_its_connections() {
    let (proxy, mut stream, _) = setup().await;
    drop(proxy);
    assert!(stream.read_u8().await.is_err());
}

#[tokio::test]
async fn a_url_is_led_through_the_proxy() {
    let (addr, _) = echo_server().await;
    let (proxy, url) = ChaosProxy::before(&format!("postgres://me:pw@{addr}/db?x=1")).await;
    assert_eq!(url, format!("postgres://me:pw@{}/db?x=1", proxy.addr()));
}

#[tokio::test]
async fn who_began_so_is_silenced_and_others_are_not() {
    let (proxy, mut other, count) = setup().await;
    let mut talker = TcpStream::connect(proxy.addr()).await.unwrap();
    talker.write_all(b"say hello").await.unwrap();
    talker.read_exact(&mut [0; 9]).await.unwrap();
    proxy.silence("hello");
    assert!(timeout(SHORT, ask(&mut talker)).await.is_err());
    assert_eq!(*count.borrow(), 11, "the request must have passed");
    assert_eq!(ask(&mut other).await.unwrap(), b'x');
    let mut next = TcpStream::connect(proxy.addr()).await.unwrap();
    next.write_all(b"say hello").await.unwrap();
    next.read_exact(&mut [0; 9]).await.unwrap();
}
