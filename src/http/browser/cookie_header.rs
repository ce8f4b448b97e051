//! Reads the header `Cookie` (RFC 6265bis §4.2.1).
//!
//! Frameworks decode names and trim all white space of Unicode, so that `%5F%5FHost-a`, or a name behind U+2000, becomes
//! `__Host-a`. A browser takes such a cookie from any host of the site, because its name does not begin with the
//! prefix. Therefore nothing is decoded here, and names are compared byte by byte.

use actix_web::http::header::{COOKIE, HeaderMap};

/// The values of all cookies of this name, in the order of the header.
pub fn values<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let pairs = headers.get_all(COOKIE).flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(|pair| value_of(pair, name)).collect()
}

fn value_of<'a>(pair: &'a [u8], name: &str) -> Option<&'a str> {
    let at = pair.iter().position(|byte| *byte == b'=')?;
    if strip(&pair[..at]) != name.as_bytes() {
        return None;
    }
    let value = strip(&pair[at + 1..]);
    // `cookie-octet` of RFC 6265bis §4.1.1.
    let is_octet = |byte: &u8| byte.is_ascii_graphic() && !b"\",;\\".contains(byte);
    if value.iter().all(is_octet) { str::from_utf8(value).ok() } else { None }
}

/// Without SP and HTAB at both ends.
fn strip(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    const NAME: &str = "__Host-kindred_rt_v1";

    fn found(lines: &[&[u8]]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        values(&headers, NAME).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn all_values_of_the_name_are_found() {
        assert_eq!(found(&[b"a=b; __Host-kindred_rt_v1=x; c"]), ["x"]);
        assert_eq!(found(&[b"\t__Host-kindred_rt_v1 = x=y\t;__Host-kindred_rt_v1=z"]), ["x=y", "z"]);
        assert_eq!(found(&[b"__Host-kindred_rt_v1=1", b"__Host-kindred_rt_v1=2"]), ["1", "2"]);
        assert_eq!(found(&[b"__Host-kindred_rt_v1="]), [""]);
        assert!(found(&[]).is_empty());
    }

    #[test]
    fn what_only_looks_like_the_name_is_another_cookie() {
        for planted in [
            "\u{2000}__Host-kindred_rt_v1=x",
            "\u{a0}__Host-kindred_rt_v1=x",
            "\u{85}__Host-kindred_rt_v1=x",
            "\u{3000}__Host-kindred_rt_v1=x",
            "\u{feff}__Host-kindred_rt_v1=x",
            "__Host-kindred_rt_v1\u{2000}=x",
            "%5F%5FHost-kindred_rt_v1=x",
            "__Host%2Dkindred_rt_v1=x",
            "__host-kindred_rt_v1=x",
            "__Host-kindred_rt_V1=x",
            "\"__Host-kindred_rt_v1\"=x",
            "=__Host-kindred_rt_v1=x",
            "kindred_rt_v1=x",
            "x__Host-kindred_rt_v1=x",
            "__Host-kindred_rt_v1",
        ] {
            assert!(found(&[planted.as_bytes()]).is_empty(), "{planted:?}");
        }
        // Bytes that are not UTF-8, among them the lone U+00A0 and U+0085 of Latin-1.
        for planted in [&b"\xa0__Host-kindred_rt_v1=x"[..], b"\x85__Host-kindred_rt_v1=x"] {
            assert!(found(&[planted]).is_empty(), "{planted:?}");
        }
    }

    #[test]
    fn values_are_taken_as_they_are() {
        assert_eq!(found(&[b"__Host-kindred_rt_v1=%41+b"]), ["%41+b"]);
        for illegal in [
            &b"__Host-kindred_rt_v1=a b"[..],
            b"__Host-kindred_rt_v1=\"a\"",
            b"__Host-kindred_rt_v1=\xc3\xa9",
        ] {
            assert!(found(&[illegal]).is_empty());
        }
    }
}
