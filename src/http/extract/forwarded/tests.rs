use actix_web::http::header::{HeaderName, HeaderValue};

use super::*;

fn forwarding(header: ForwardedHeader) -> Forwarding {
    let proxies = vec!["10.0.0.0/8".parse().unwrap()];
    Forwarding { proxies, header, last_warning: Mutex::default(), untrusted: Mutex::default() }
}

fn seen(header: ForwardedHeader, peer: &str, lines: &[&[u8]]) -> String {
    let mut headers = HeaderMap::new();
    for line in lines {
        let name = HeaderName::from_bytes(header.to_string().as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(line).unwrap());
    }
    forwarding(header).client_address(peer.parse().unwrap(), &headers).to_string()
}

fn client(peer: &str, lines: &[&str]) -> String {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    seen(ForwardedHeader::XForwardedFor, peer, &lines)
}

fn standard(line: &str) -> String {
    seen(ForwardedHeader::Forwarded, "10.0.0.1", &[line.as_bytes()])
}

#[test]
fn a_stranger_cannot_choose_an_address() {
    assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    assert_eq!(client("10.0.0.1", &["198.51.100.7, 192.0.2.1"]), "192.0.2.1");
}

#[test]
fn bytes_that_are_no_text_hide_nothing() {
    let line: &[u8] = b"\xff, 198.51.100.7";
    assert_eq!(seen(ForwardedHeader::XForwardedFor, "10.0.0.1", &[line]), "198.51.100.7");
}

#[test]
fn trusted_proxies_are_passed_through() {
    assert_eq!(client("10.0.0.1", &["198.51.100.7, 10.0.0.9"]), "198.51.100.7");
    assert_eq!(client("10.0.0.1", &["198.51.100.7", "10.0.0.9"]), "198.51.100.7");
    assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
    assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
}

#[test]
fn addresses_are_read_as_gateways_write_them() {
    for (written, address) in [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:51008", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7:51008 , 10.0.0.9:80", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25]:443", "fe80::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ] {
        assert_eq!(client("10.0.0.1", &[written]), address, "{written}");
    }
}

#[test]
fn what_is_no_address_ends_the_walk() {
    assert_eq!(client("10.0.0.1", &["198.51.100.7, unknown, 10.0.0.9"]), "10.0.0.9");
    for wrong in [
        "",
        "unknown",
        "203.0.113.7:",
        "203.0.113.7:70000",
        "203.0.113.7:+1",
        "[203.0.113.7]",
        "[::1",
        "[::1]x",
        "::1%",
    ] {
        assert_eq!(client("10.0.0.1", &[wrong]), "10.0.0.1", "{wrong}");
    }
}

#[test]
fn the_standard_header_is_read() {
    for (written, address) in [
        ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
        (r#"For="[2001:db8:cafe::17]:4711""#, "2001:db8:cafe::17"),
        (r#"for=6.6.6.6, proto=https ; for="192.0.2.60:_x", for=10.0.0.9"#, "192.0.2.60"),
        // A client's open quote, and a host that looks like another element.
        (r#"for=", for=192.0.2.60"#, "192.0.2.60"),
        (r#"for=192.0.2.60;host="a, for=6.6.6.6;x=""#, "192.0.2.60"),
        (r#"for=192.0.2.60;host="a\", for=6.6.6.6;x=\"""#, "192.0.2.60"),
        ("for=192.0.2.60, for=_hidden", "10.0.0.1"),
        ("for=192.0.2.60, proto=https", "10.0.0.1"),
        ("for=192.0.2.60;for=6.6.6.6", "10.0.0.1"),
        ("192.0.2.60", "10.0.0.1"),
    ] {
        assert_eq!(standard(written), address, "{written}");
    }
}

#[test]
fn only_the_chosen_header_is_read() {
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("forwarded"), HeaderValue::from_static("for=6.6.6.6"));
    headers.insert(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static("7.7.7.7"));
    let peer = "10.0.0.1".parse().unwrap();
    for (header, address) in
        [(ForwardedHeader::Forwarded, "6.6.6.6"), (ForwardedHeader::XForwardedFor, "7.7.7.7")]
    {
        assert_eq!(forwarding(header).client_address(peer, &headers).to_string(), address);
    }
}

#[test]
fn each_network_of_untrusted_peers_is_told_of_once() {
    let forwarding = forwarding(ForwardedHeader::XForwardedFor);
    let told = |peer: &str, name: &'static str| {
        let before = forwarding.untrusted.lock().len();
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static("198.51.100.7"));
        forwarding.client_address(peer.parse().unwrap(), &headers);
        forwarding.untrusted.lock().len() > before
    };
    assert!(!told("192.0.2.1", "user-agent"));
    assert!(!told("10.0.0.1", "x-forwarded-for"), "it is trusted");
    assert!(told("192.0.2.1", "x-forwarded-for"));
    assert!(!told("192.0.2.2", "forwarded"), "the same network");
    assert!(told("2001:db8::1", "forwarded"));
    for network in 0..200 {
        told(&format!("198.51.{network}.1"), "x-forwarded-for");
    }
    assert_eq!(forwarding.untrusted.lock().len(), MOST_WARNED_OF);
}
