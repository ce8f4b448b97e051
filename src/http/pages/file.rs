//! A file for browsers, as it is and compressed with gzip (RFC 9110 §8.4.1.3).

use std::io::Write;
use std::sync::OnceLock;

use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap};
use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// See the module's description.
pub(super) struct File {
    content: Bytes,
    /// Made when the first browser asks for it; `None` if it is not the shorter one.
    compressed: OnceLock<Option<Bytes>>,
}

impl File {
    pub fn new(content: impl Into<Bytes>) -> Self {
        Self { content: content.into(), compressed: OnceLock::new() }
    }

    pub const fn content(&self) -> &Bytes {
        &self.content
    }

    /// The file with gzip, if that is shorter.
    pub fn compressed(&self) -> Option<&Bytes> {
        let shorter = || compress(&self.content).filter(|compressed| compressed.len() < self.content.len());
        self.compressed.get_or_init(shorter).as_ref()
    }
}

/// With gzip, as short as it gets.
pub(super) fn compress(content: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// Whether an answer may be compressed with gzip (RFC 9110 §12.5.3).
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(ACCEPT_ENCODING).filter_map(|field| field.to_str().ok());
    let codings: Vec<(&str, bool)> = fields.flat_map(|field| field.split(',')).map(coding).collect();
    let of = |name: &str| codings.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, is)| *is);
    of("gzip").or_else(|| of("*")).unwrap_or(false)
}

/// A coding, and whether it is acceptable: its weight is not zero.
fn coding(element: &str) -> (&str, bool) {
    let (name, weight) = element.split_once(';').unwrap_or((element, ""));
    let weight = weight.trim().strip_prefix(['q', 'Q']).and_then(|weight| weight.strip_prefix('='));
    let is_acceptable = weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0));
    (name.trim(), is_acceptable)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use actix_web::http::header::HeaderValue;
    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn what_gets_shorter_is_compressed() {
        let text = "a lantern, ".repeat(100);
        let file = File::new(text.clone());
        let compressed = file.compressed().unwrap();
        assert!(compressed.len() < 100, "{}", compressed.len());
        let mut plain = String::new();
        GzDecoder::new(compressed.as_ref()).read_to_string(&mut plain).unwrap();
        assert_eq!(plain, text);
        assert_eq!(File::new("a").compressed(), None);
    }

    #[test]
    fn browsers_say_whether_they_take_it() {
        let accepts = |fields: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(ACCEPT_ENCODING, HeaderValue::from_static(field));
            }
            accepts_gzip(&headers)
        };
        for yes in ["gzip", "gzip, deflate, br, zstd", "br;q=1.0, GZIP;q=0.5", "*", "identity, *;q=0.1"] {
            assert!(accepts(&[yes]), "{yes}");
        }
        for no in ["", "identity", "br", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "gzip;q=high", "xgzip"] {
            assert!(!accepts(&[no]), "{no}");
        }
        assert!(accepts(&["br", "gzip"]) && !accepts(&[]));
    }
}
