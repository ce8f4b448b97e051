//! `kindred health`: asks the server on this machine whether it is ready, for containers without a shell.

mod tls;

pub use tls::AnyCertificate;

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::failed;
use crate::config::Config;

const TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(super) struct Health {
    /// The address of the server; by default the configured one.
    #[arg(long)]
    address: Option<SocketAddr>,
}

impl Health {
    pub fn run(self, config: &Config) -> ExitCode {
        let address = reachable(self.address.unwrap_or(config.server.listen));
        match ask(address, config) {
            Ok(status) if status.contains(" 200 ") => {
                println!("ready");
                ExitCode::SUCCESS
            }
            Ok(status) => failed(format!("{address} is not ready: {status}")),
            Err(error) => failed(format!("{address} does not answer: {error}")),
        }
    }
}

/// A server that listens on all addresses is reached on loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// Sends one request by hand, since a whole HTTP client is not worth it here.
fn ask(address: SocketAddr, config: &Config) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let own = stream.local_addr()?.ip();
    if config.server.proxy_protocol && config.server.trusted_proxies.iter().any(|net| net.contains(&own)) {
        stream.write_all(b"PROXY UNKNOWN\r\n")?;
    }
    if config.tls.is_on() {
        return exchange(tls::stream(stream, address.ip())?, address);
    }
    exchange(stream, address)
}

fn exchange(mut stream: impl Read + Write, address: SocketAddr) -> std::io::Result<String> {
    write!(stream, "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    stream.flush()?;
    let mut answer = String::new();
    stream.take(16 * 1024).read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
