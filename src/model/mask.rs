//! Masked forms of personal data for logs and lists.

use std::net::IpAddr;

/// `john@example.com` → `j•••@e•••.com`.
pub fn email(address: &str) -> String {
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let top = domain.rsplit_once('.').map_or("", |(_, top)| top);
            format!("{}•••@{}•••.{top}", first(local), first(domain))
        }
        None => "•••".to_owned(),
    }
}

/// `+491701234567` → `+49•••67`.
pub fn phone(number: &str) -> String {
    let signs: Vec<char> = number.chars().collect();
    if signs.len() < 8 {
        return "•••".to_owned();
    }
    let (head, tail): (String, String) =
        (signs[..3].iter().collect(), signs[signs.len() - 2..].iter().collect());
    format!("{head}•••{tail}")
}

/// The network of an address: /24 for IPv4, /48 for IPv6, in CIDR notation.
/// An IPv4 address mapped into IPv6 is the IPv4 address.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            let network = std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0);
            format!("{network}/48")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_their_shape_only() {
        assert_eq!(email("john@example.com"), "j•••@e•••.com");
        assert_eq!(email("nonsense"), "•••");
        assert_eq!(phone("+491701234567"), "+49•••67");
        assert_eq!(phone("+4917012"), "+49•••12");
        assert_eq!(phone("+491701"), "•••");
    }

    #[test]
    fn networks_are_24_and_48_bits() {
        assert_eq!(network("192.0.2.77".parse().unwrap()), "192.0.2.0/24");
        assert_eq!(network("::ffff:192.0.2.77".parse().unwrap()), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2::3".parse().unwrap()), "2001:db8:1::/48");
    }
}
