//! Query parameters, of which each must be known to the operation and occur once.

use std::str::FromStr;

use actix_web::HttpRequest;
use percent_encoding::percent_decode_str;
use url::form_urlencoded;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::http::problem::{Code, Problem};
use crate::model::cursor::Cursor;
use crate::store::database::keyset::PageRequest;

/// The default number of items of a page.
const DEFAULT_LIMIT: u64 = 50;
pub const MAX_LIMIT: u64 = 100;
/// The maximum length of a value, in characters.
pub const MAX_VALUE: usize = 256;

/// The parameters of one request.
#[derive(Debug)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// # Errors
    /// A problem that names a parameter that is unknown, occurs twice, or is empty, or is not a short text.
    pub fn of(request: &HttpRequest, known: &[&str]) -> Result<Self, Problem> {
        Self::parse(request.query_string(), known)
    }

    /// Parameters of which some are longer than a search is.
    ///
    /// # Errors
    /// As for [`Query::of`].
    pub fn long(request: &HttpRequest, known: &[&str], longest: usize) -> Result<Self, Problem> {
        Self::parse_up_to(request.query_string(), known, longest)
    }

    fn parse(text: &str, known: &[&str]) -> Result<Self, Problem> {
        Self::parse_up_to(text, known, MAX_VALUE)
    }

    fn parse_up_to(text: &str, known: &[&str], longest: usize) -> Result<Self, Problem> {
        require_utf_8(text)?;
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if !known.contains(&name.as_ref()) {
                let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
                return Err(wrong(&name, "unknown", "This parameter is not known."));
            }
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(wrong(&name, "duplicate", "This parameter occurs twice."));
            }
            // Databases do not store NUL in a text, and control characters are of no use in a search.
            if value.chars().count() > longest || value.chars().any(char::is_control) {
                return Err(wrong(&name, "invalid", "This must be a short text without control characters."));
            }
            // An empty filter would select everything, which is hardly what its sender means.
            if value.is_empty() {
                return Err(wrong(&name, "empty", "This parameter has no value; leave it out instead."));
            }
            parameters.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(parameters))
    }

    /// The value, which is never empty, unless it is absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value, parsed.
    ///
    /// # Errors
    /// A problem with the detail `expected`, if the value cannot be parsed.
    pub fn parsed<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>, Problem> {
        let value = self.text(name).map(str::parse).transpose();
        value.map_err(|_| wrong(name, "invalid", expected))
    }

    /// # Errors
    /// A problem unless the value is a UUID.
    pub fn id(&self, name: &str) -> Result<Option<Uuid>, Problem> {
        self.parsed(name, "This must be a UUID.")
    }

    /// # Errors
    /// A problem unless the value is a time of RFC 3339.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        let value = self.text(name).map(Timestamp::parse_rfc3339);
        match value {
            Some(None) => Err(wrong(name, "invalid", "This must be a time such as 2026-01-31T12:00:00Z.")),
            Some(moment) => Ok(moment),
            None => Ok(None),
        }
    }

    /// The page that `limit` and `cursor` describe.
    ///
    /// # Errors
    /// A problem unless the limit is a number from 1 to 100 and the cursor is one that this server has returned.
    pub fn window(&self) -> Result<PageRequest, Problem> {
        let expected = "This must be a number between 1 and 100.";
        let limit = self.parsed("limit", expected)?.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(wrong("limit", "invalid", expected));
        }
        let cursor: Option<Cursor> = self.parsed("cursor", "This must be the next_cursor of a page.")?;
        Ok(PageRequest::newest(cursor, limit))
    }
}

/// The parser would put U+FFFD in the place of other bytes, and search for that.
fn require_utf_8(text: &str) -> Result<(), Problem> {
    let is_wrong = |pair: &&str| percent_decode_str(pair).decode_utf8().is_err();
    match text.split('&').find(is_wrong) {
        Some(pair) => {
            let name: String = pair.split('=').next().unwrap_or_default().chars().take(64).collect();
            Err(wrong(&name, "invalid", "This must be percent-encoded UTF-8."))
        }
        None => Ok(()),
    }
}

fn wrong(name: &str, code: &str, detail: &str) -> Problem {
    Problem::field(Code::ValidationFailed, name, code, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Query, Problem> {
        Query::parse(text, &["q", "limit", "cursor", "from", "user"])
    }

    fn refusal(problem: Problem) -> (String, String) {
        (problem.errors[0].field.clone(), problem.errors[0].code.clone())
    }

    fn refused(name: &str, code: &str) -> (String, String) {
        (name.to_owned(), code.to_owned())
    }

    #[test]
    fn each_parameter_is_known_and_occurs_once() {
        assert_eq!(refusal(parse("q=a&q=b").unwrap_err()), refused("q", "duplicate"));
        assert_eq!(refusal(parse("q=a&%71=b").unwrap_err()), refused("q", "duplicate"));
        assert_eq!(refusal(parse("q=a&sort=email").unwrap_err()), refused("sort", "unknown"));
        assert_eq!(refusal(parse("q=a%00b").unwrap_err()), refused("q", "invalid"));
        assert_eq!(refusal(parse("limit=5&q=a%80b").unwrap_err()), refused("q", "invalid"));
        assert_eq!(refusal(parse(&format!("q={}", "a".repeat(2_000))).unwrap_err()), refused("q", "invalid"));
        assert_eq!(parse("q=%25+a").unwrap().text("q"), Some("% a"));
        for empty in ["q=", "q", "user=", "limit=", "cursor=", "limit=5&q="] {
            assert_eq!(refusal(parse(empty).unwrap_err()).1, "empty", "{empty}");
        }
    }

    #[test]
    fn pages_are_bounded() {
        assert_eq!(parse("").unwrap().window().unwrap().limit, 50);
        assert_eq!(parse("limit=100").unwrap().window().unwrap().limit, 100);
        for limit in ["0", "101", "-1", "1e2", "9223372036854775808", "99999999999999999999999"] {
            let problem = parse(&format!("limit={limit}")).unwrap().window().unwrap_err();
            assert_eq!(refusal(problem), refused("limit", "invalid"), "{limit}");
        }
        let problem = parse("cursor=nonsense").unwrap().window().unwrap_err();
        assert_eq!(refusal(problem), refused("cursor", "invalid"));
    }

    #[test]
    fn times_and_ids_are_read() {
        let query = parse("from=1970-01-01T00:00:01Z&user=01919191-9191-7919-9919-919191919191").unwrap();
        assert_eq!(query.time("from").unwrap(), Some(Timestamp::from_unix_seconds(1)));
        assert!(query.id("user").unwrap().is_some());
        assert!(
            parse("from=yesterday&user=1").is_ok_and(|q| q.time("from").is_err() && q.id("user").is_err())
        );
    }
}
