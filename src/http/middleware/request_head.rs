//! Refuses request heads that are too large, or that two programs could read in two ways (RFC 9110 §5.3, RFC 9112 §3.2).
//!
//! The framework refuses a message without one clear length, and heads of more than 128 KiB or 96 fields. What it lets
//! through is examined here, so that a proxy, a handler and a log never take different meanings from one request.

use actix_web::http::Uri;
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, UPGRADE, USER_AGENT,
};
use actix_web::http::uri::Authority;

use crate::http::problem::{Code, Problem};

/// The longest request target, in bytes. The longest that the API needs has some 600.
pub const MAX_TARGET: usize = 8 * 1024;
/// The bytes of all header fields together, with their names.
pub const MAX_FIELDS: usize = 32 * 1024;

/// Fields that have one value and are read somewhere in the server. `Host`, `Content-Length` and `Transfer-Encoding` are
/// checked by the framework; `Origin` and `X-CSRF-Token` where they are read, with problems of their own.
const SINGLE: [HeaderName; 6] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    USER_AGENT,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("sec-fetch-site"),
    HeaderName::from_static("x-correlation-id"),
];

/// # Errors
/// A problem for a head that is too large or ambiguous.
pub fn examine(target: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    if target.path_and_query().is_some_and(|target| target.as_str().len() > MAX_TARGET) {
        return Err(Problem::new(Code::UriTooLong));
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > MAX_FIELDS {
        return Err(Problem::new(Code::HeadersTooLarge));
    }
    check_single(headers)?;
    check_host(target, headers.get(HOST))?;
    // The framework would take all that follows on this connection for the body, whatever `Content-Length` says.
    if headers.get_all(UPGRADE).any(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"websocket")) {
        return Err(refused("There are no web sockets here.".to_owned()));
    }
    Ok(())
}

fn check_single(headers: &HeaderMap) -> Result<(), Problem> {
    // As in almost every request, no field has two values.
    if headers.len() == headers.len_keys() {
        return Ok(());
    }
    let repeated = SINGLE.into_iter().find(|name| headers.get_all(name).nth(1).is_some());
    repeated.map_or(Ok(()), |name| Err(refused(format!("There is more than one {name} header."))))
}

/// `Host` must name a host, and in a request with an absolute target the same one. Nothing else depends on its value.
fn check_host(target: &Uri, host: Option<&HeaderValue>) -> Result<(), Problem> {
    let Some(host) = host.filter(|host| !host.is_empty()) else { return Ok(()) };
    let host = authority(host).ok_or_else(|| refused("The Host header is malformed.".to_owned()))?;
    match target.authority() {
        Some(named) if *named != host => {
            Err(refused("The Host header differs from the host of the request target.".to_owned()))
        }
        _ => Ok(()),
    }
}

/// `uri-host [ ":" port ]` (RFC 9110 §7.2)
fn authority(host: &HeaderValue) -> Option<Authority> {
    let text = host.to_str().ok()?;
    let authority: Authority = text.parse().ok()?;
    let port = text.strip_prefix(authority.host())?;
    (port.is_empty() || port == ":" || authority.port_u16().is_some()).then_some(authority)
}

fn refused(detail: String) -> Problem {
    Problem::new(Code::InvalidRequest).detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(target: &str, host: &'static str) -> bool {
        check_host(&target.parse().unwrap(), Some(&HeaderValue::from_static(host))).is_ok()
    }

    #[test]
    fn some_fields_have_one_value() {
        let headers = |names: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for &name in names {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static("a"));
            }
            headers
        };
        assert!(check_single(&headers(&[])).is_ok());
        assert!(check_single(&headers(&["authorization", "accept", "cookie"])).is_ok());
        assert!(check_single(&headers(&["authorization", "accept", "accept"])).is_ok());
        for name in SINGLE {
            let mut headers = headers(&["accept"]);
            headers.append(name.clone(), HeaderValue::from_static("a"));
            assert!(check_single(&headers).is_ok(), "{name}");
            headers.append(name.clone(), HeaderValue::from_static("a"));
            assert!(check_single(&headers).is_err(), "{name}");
        }
    }

    #[test]
    fn a_host_is_a_host() {
        for host in [
            "a",
            "a.example:8080",
            "127.0.0.1:1",
            "[::1]:80",
            "[2001:db8::1]",
            "xn--bcher-kva.example",
            "a:",
            "",
        ] {
            assert!(is_accepted("/", host), "{host}");
        }
        for host in
            ["a b", "a/b", "user@a", "a:b", "a:1:2", "a:99999", "[::1", "a?b", "a#b", "a\\b", "@", ":80@a"]
        {
            assert!(!is_accepted("/", host), "{host}");
        }
    }

    #[test]
    fn a_target_names_the_same_host() {
        assert!(is_accepted("http://A.example/health", "a.example"));
        assert!(!is_accepted("http://evil.example/health", "a.example"));
        assert!(!is_accepted("http://a.example:81/health", "a.example"));
    }
}
