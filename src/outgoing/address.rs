//! Which addresses are public, by the registries of special-purpose addresses of IANA (RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use url::{Host, Url};

use super::error::CallRefusal;

const SPECIAL_V4: [Ipv4Net; 17] = [
    v4([0, 0, 0, 0], 8),        // this network
    v4([10, 0, 0, 0], 8),       // private use
    v4([100, 64, 0, 0], 10), // shared by carriers; 100.100.100.200 answers with metadata of virtual machines
    v4([127, 0, 0, 0], 8),   // loopback
    v4([168, 63, 129, 16], 32), // the host of virtual machines at Azure
    v4([169, 254, 0, 0], 16), // link-local; 169.254.169.254 answers with metadata of virtual machines
    v4([172, 16, 0, 0], 12), // private use
    v4([192, 0, 0, 0], 24),  // assignments of protocols
    v4([192, 0, 2, 0], 24),  // documentation
    v4([192, 88, 99, 0], 24), // relays of 6to4
    v4([192, 168, 0, 0], 16), // private use
    v4([198, 18, 0, 0], 15), // benchmarks
    v4([198, 51, 100, 0], 24), // documentation
    v4([203, 0, 113, 0], 24), // documentation
    v4([224, 0, 0, 0], 4),   // multicast
    v4([240, 0, 0, 0], 4),   // reserved
    v4([255, 255, 255, 255], 32),
];

/// What is allocated as global unicast. Everything else is loopback, unique local, link-local, multicast or reserved.
const GLOBAL_UNICAST: Ipv6Net = v6([0x2000, 0, 0], 3);

const SPECIAL_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0], 23),     // assignments of protocols, Teredo among them
    v6([0x2001, 0xdb8, 0], 32), // documentation
    v6([0x2002, 0, 0], 16),     // 6to4
    v6([0x3fff, 0, 0], 20),     // documentation
];

/// IPv4 addresses as networks with NAT64 see them (RFC 6052 §2.1).
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0], 96);

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6([a, b, c]: [u16; 3], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

/// Whether the address belongs to a host on the Internet. An IPv6 address that stands for an IPv4 address is judged by
/// that.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(address) => is_public_v4(address),
            None => GLOBAL_UNICAST.contains(&address) && !SPECIAL_V6.iter().any(|net| net.contains(&address)),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|net| net.contains(&address))
}

fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let translated = || {
        let [.., a, b, c, d] = address.octets();
        NAT64.contains(&address).then(|| Ipv4Addr::new(a, b, c, d))
    };
    address.to_ipv4_mapped().or_else(translated)
}

/// Checks what can be seen in the URL. A name is checked when it is resolved.
///
/// # Errors
/// [`CallRefusal`].
pub fn check_url(url: &Url, allow_private: bool) -> Result<(), CallRefusal> {
    match url.scheme() {
        "https" => {}
        "http" if allow_private => {}
        _ => return Err(CallRefusal::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(CallRefusal::Credentials);
    }
    let address: IpAddr = match url.host() {
        None | Some(Host::Domain("")) => return Err(CallRefusal::NoHost),
        Some(Host::Domain(_)) => return Ok(()),
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
    };
    if allow_private || is_public(address) { Ok(()) } else { Err(CallRefusal::NotPublic(address)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_not_public() {
        for special in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::ffff:169.254.169.254",
            "::ffff:0:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
    }

    #[test]
    fn others_are() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "168.63.129.17",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    fn refusal(url: &str, allow_private: bool) -> Option<CallRefusal> {
        check_url(&Url::parse(url).unwrap(), allow_private).err()
    }

    /// Other ways to write an address are the same address.
    #[test]
    fn urls_of_the_internal_network_are_refused() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.0.0.1./",
            "https://１２７.0.0.1/",
            "https://0/",
            "https://10.0.0.1:8443/path",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
        ] {
            assert!(matches!(refusal(url, false), Some(CallRefusal::NotPublic(_))), "{url}");
            assert_eq!(refusal(url, true), None, "{url}");
        }
    }

    #[test]
    fn other_schemes_and_credentials_are_refused() {
        for url in ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "data:text/plain,x"] {
            assert_eq!(refusal(url, false), Some(CallRefusal::Scheme), "{url}");
        }
        assert_eq!(refusal("ftp://127.0.0.1/", true), Some(CallRefusal::Scheme));
        assert_eq!(refusal("https://example.com@127.0.0.1/", true), Some(CallRefusal::Credentials));
        assert_eq!(refusal("https://:secret@example.com/", false), Some(CallRefusal::Credentials));
        assert_eq!(refusal("https://example.com/", false), None);
        assert_eq!(refusal("https://8.8.8.8/", false), None);
    }
}
