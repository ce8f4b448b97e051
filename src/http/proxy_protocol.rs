//! The PROXY protocol of HAProxy, versions 1 and 2: what a proxy writes before the client's own bytes, to tell the
//! client's address. It is read only from peers that are known to send it, as the protocol demands (§2).

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};

use ppp::{v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Every header has at least this many bytes: the shortest one is `PROXY UNKNOWN` with its end of line.
const SHORTEST: usize = 15;
/// The longest header of version 1 (§2.1).
const LONGEST_V1: usize = 107;
/// The fixed part of version 2 (§2.2).
const FIXED_V2: usize = 16;
/// The longest variable part of version 2 that is read. It carries TLVs, which are not used here.
const LONGEST_V2: usize = 4_096;

/// The address of the client by the header, which must come first on the stream; the peer's for connections of the
/// proxy itself, such as its health checks.
///
/// # Errors
/// There is no header, or it is broken.
pub async fn client(stream: &mut (impl AsyncRead + Unpin), peer: SocketAddr) -> io::Result<SocketAddr> {
    let mut header = vec![0; SHORTEST];
    stream.read_exact(&mut header).await?;
    let client = if header.starts_with(b"PROXY ") {
        of_version_1(stream, header).await?
    } else if header.starts_with(v2::PROTOCOL_PREFIX) {
        of_version_2(stream, header).await?
    } else {
        tracing::warn!(%peer, "a trusted proxy sent no header of the PROXY protocol; closing the connection");
        return Err(refused("no header"));
    };
    Ok(client.unwrap_or(peer))
}

async fn of_version_1(
    stream: &mut (impl AsyncRead + Unpin),
    mut header: Vec<u8>,
) -> io::Result<Option<SocketAddr>> {
    // Byte by byte, because what follows the line belongs to TLS or HTTP.
    while !header.ends_with(b"\r\n") {
        if header.len() == LONGEST_V1 {
            return Err(refused("the line is too long"));
        }
        header.push(stream.read_u8().await?);
    }
    let parsed = v1::Header::try_from(header.as_slice()).map_err(|_| refused("a broken line"))?;
    Ok(match parsed.addresses {
        v1::Addresses::Tcp4(from) => Some((from.source_address, from.source_port).into()),
        v1::Addresses::Tcp6(from) => Some((from.source_address, from.source_port).into()),
        v1::Addresses::Unknown => None,
    })
}

async fn of_version_2(
    stream: &mut (impl AsyncRead + Unpin),
    mut header: Vec<u8>,
) -> io::Result<Option<SocketAddr>> {
    header.push(stream.read_u8().await?);
    let length = usize::from(u16::from_be_bytes([header[14], header[15]]));
    if length > LONGEST_V2 {
        return Err(refused("the header is too long"));
    }
    header.resize(FIXED_V2 + length, 0);
    stream.read_exact(&mut header[FIXED_V2..]).await?;
    let parsed = v2::Header::try_from(header.as_slice()).map_err(|_| refused("a broken header"))?;
    if parsed.command == v2::Command::Local {
        return Ok(None);
    }
    let from: Option<(IpAddr, u16)> = match parsed.addresses {
        v2::Addresses::IPv4(from) => Some((from.source_address.into(), from.source_port)),
        v2::Addresses::IPv6(from) => Some((from.source_address.into(), from.source_port)),
        v2::Addresses::Unspecified | v2::Addresses::Unix(_) => None,
    };
    Ok(from.map(SocketAddr::from))
}

fn refused(reason: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "10.0.0.1:7";

    /// The client's address, and what is left on the stream.
    async fn read(mut bytes: &[u8]) -> Result<(String, Vec<u8>), ErrorKind> {
        let client = client(&mut bytes, PEER.parse().unwrap()).await.map_err(|error| error.kind())?;
        Ok((client.to_string(), bytes.to_vec()))
    }

    fn version_2(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let mut header = v2::PROTOCOL_PREFIX.to_vec();
        header.extend([command, family]);
        header.extend(u16::try_from(addresses.len()).unwrap().to_be_bytes());
        header.extend(addresses);
        header
    }

    #[tokio::test]
    async fn lines_are_read_and_no_byte_more() {
        for (line, address) in [
            ("PROXY TCP4 192.0.2.1 10.0.0.2 51008 443\r\n", "192.0.2.1:51008"),
            ("PROXY TCP6 2001:db8::1 ::1 51008 443\r\n", "[2001:db8::1]:51008"),
            ("PROXY UNKNOWN\r\n", PEER),
            ("PROXY UNKNOWN ffff::1 ffff::1 1 2\r\n", PEER),
        ] {
            let bytes = format!("{line}GET /");
            assert_eq!(read(bytes.as_bytes()).await, Ok((address.to_owned(), b"GET /".to_vec())), "{line}");
        }
    }

    #[tokio::test]
    async fn binary_headers_are_read_and_no_byte_more() {
        let v4 = [192, 0, 2, 1, 10, 0, 0, 2, 0xc7, 0x40, 1, 187];
        let with_tlv = [&v4[..], &[4, 0, 1, 0]].concat();
        for (header, address) in [
            (version_2(0x21, 0x11, &v4), "192.0.2.1:51008"),
            (version_2(0x21, 0x11, &with_tlv), "192.0.2.1:51008"),
            (version_2(0x20, 0x00, &[]), PEER),
            (version_2(0x20, 0x11, &v4), PEER),
            (version_2(0x21, 0x00, &[]), PEER),
        ] {
            let bytes = [&header[..], b"\x16\x03"].concat();
            assert_eq!(read(&bytes).await, Ok((address.to_owned(), b"\x16\x03".to_vec())), "{header:?}");
        }
    }

    #[tokio::test]
    async fn what_is_no_header_is_refused() {
        let endless = format!("PROXY TCP4 {}", "1".repeat(200));
        let long = [v2::PROTOCOL_PREFIX, &[0x21, 0x11, 0xff, 0xff], &[0; 5000]].concat();
        for bytes in [
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".as_slice(),
            b"PROXY TCP4 192.0.2.1 10.0.0.2 51008 70000\r\n",
            b"PROXY TCP4 2001:db8::1 ::1 51008 443\r\n",
            endless.as_bytes(),
            &long,
            &version_2(0x31, 0x11, &[0; 12]),
            &version_2(0x21, 0x11, &[0; 4]),
        ] {
            assert_eq!(
                read(bytes).await,
                Err(ErrorKind::InvalidData),
                "{:?}",
                String::from_utf8_lossy(bytes)
            );
        }
        assert_eq!(read(b"PROXY TCP4").await, Err(ErrorKind::UnexpectedEof));
    }
}
