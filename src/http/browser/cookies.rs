//! The cookies of the server: their names, their attributes, and which of several values counts.

use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderValue};
use url::Url;

use super::cookie_header;
use crate::config::{self, SameSite};
use crate::http::problem::{Code, Problem};

/// How long a known device is remembered: the longest life that browsers accept (RFC 6265bis §5.5).
pub const DEVICE_LIFE: Duration = Duration::from_secs(400 * 86_400);

/// A cookie of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The access token.
    Access,
    /// The refresh token.
    Refresh,
    /// The session and the generation of the refresh token: the one cookie that scripts may read.
    Generation,
    /// What a CSRF token is bound to before there is a session.
    PreSession,
    /// The device tokens of the accounts that have logged in with this browser.
    Device,
}

/// The cookies of a session.
pub const SESSION: [Kind; 3] = [Kind::Access, Kind::Refresh, Kind::Generation];

impl Kind {
    const fn stem(self) -> &'static str {
        match self {
            Self::Access => "kindred_at",
            Self::Refresh => "kindred_rt",
            Self::Generation => "kindred_gen",
            Self::PreSession => "kindred_csrf",
            Self::Device => "kindred_device",
        }
    }
}

/// The names and attributes of cookies as they follow from the configuration.
#[derive(Debug)]
pub struct Cookies {
    is_secure: bool,
    /// The parent domain of the access cookie.
    domain: Option<String>,
    same_site: SameSite,
    /// The generation that is written, and then the further ones that are read.
    generations: Vec<String>,
}

impl Cookies {
    pub fn new(config: &config::Cookie, public_url: &Url) -> Self {
        let own = std::iter::once(&config.generation);
        let others = config.accept_generations.iter().filter(|other| **other != config.generation);
        Self {
            is_secure: public_url.scheme() == "https",
            domain: config.domain.clone(),
            same_site: config.same_site,
            generations: own.chain(others).cloned().collect(),
        }
    }

    /// The one value of a cookie that `verify` accepts, of the first generation that has one. Values that do not verify
    /// are ignored beside it: another host of the site may have set them, and their order tells nothing
    /// (RFC 6265bis §4.2.2).
    ///
    /// # Errors
    /// The refusal of a value if none verifies, and 400 if two do.
    pub fn verified<T>(
        &self,
        headers: &HeaderMap,
        kind: Kind,
        verify: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        let mut refusal: Option<Problem> = None;
        for generation in &self.generations {
            let mut values = cookie_header::values(headers, &self.name(kind, generation));
            values.sort_unstable();
            values.dedup();
            let mut found = None;
            for value in values {
                match verify(value) {
                    Ok(_) if found.is_some() => return Err(ambiguous()),
                    Ok(verified) => found = Some(verified),
                    Err(problem) if refusal.as_ref().is_none_or(|seen| tells_less(seen, &problem)) => {
                        refusal = Some(problem);
                    }
                    Err(_) => {}
                }
            }
            if found.is_some() {
                return Ok(found);
            }
        }
        refusal.map_or(Ok(None), Err)
    }

    /// All values of a cookie.
    pub fn values<'a>(&self, headers: &'a HeaderMap, kind: Kind) -> Vec<&'a str> {
        let names = self.generations.iter().map(|generation| self.name(kind, generation));
        names.flat_map(|name| cookie_header::values(headers, &name)).collect()
    }

    /// The value of `Set-Cookie`. Without a life, the cookie ends with the browser's session.
    pub fn set(&self, kind: Kind, value: &str, life: Option<Duration>) -> Option<HeaderValue> {
        let life = life.map(|life| format!("; Max-Age={}", life.as_secs())).unwrap_or_default();
        self.header(kind, &self.generations[0], &format!("{value}{life}"))
    }

    /// The values of `Set-Cookie` that delete a cookie of all generations.
    pub fn clear(&self, kind: Kind) -> impl Iterator<Item = HeaderValue> {
        self.generations.iter().filter_map(move |generation| self.header(kind, generation, "; Max-Age=0"))
    }

    fn header(&self, kind: Kind, generation: &str, value: &str) -> Option<HeaderValue> {
        let name = self.name(kind, generation);
        let domain = self.domain_of(kind).map(|domain| format!("; Domain={domain}")).unwrap_or_default();
        let secure = if self.is_secure { "; Secure" } else { "" };
        let http_only = if kind == Kind::Generation { "" } else { "; HttpOnly" };
        let same_site = if self.same_site == SameSite::None { "None" } else { "Lax" };
        let text = format!("{name}={value}; Path=/{domain}{secure}{http_only}; SameSite={same_site}");
        HeaderValue::from_str(&text).ok()
    }

    fn domain_of(&self, kind: Kind) -> Option<&str> {
        self.domain.as_deref().filter(|_| kind == Kind::Access)
    }

    /// With the prefix by which browsers guarantee that only this host has set it (RFC 6265bis §4.1.3).
    fn name(&self, kind: Kind, generation: &str) -> String {
        let prefix = match (self.is_secure, self.domain_of(kind)) {
            (false, _) => "",
            (true, None) => "__Host-",
            (true, Some(_)) => "__Secure-",
        };
        format!("{prefix}{}_{generation}", kind.stem())
    }
}

/// A token that was ours tells more about the caller than one that never was.
fn tells_less(seen: &Problem, other: &Problem) -> bool {
    seen.code == Code::TokenInvalid && other.code != Code::TokenInvalid
}

fn ambiguous() -> Problem {
    Problem::new(Code::InvalidRequest).detail("There are two different cookies of one name.")
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::COOKIE;

    use super::*;

    fn cookies(url: &str, domain: Option<&str>) -> Cookies {
        let config = config::Cookie {
            domain: domain.map(str::to_owned),
            same_site: SameSite::Lax,
            generation: "v2".to_owned(),
            accept_generations: vec!["v1".to_owned()],
        };
        Cookies::new(&config, &Url::parse(url).unwrap())
    }

    fn text(value: Option<HeaderValue>) -> String {
        value.unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn attributes_follow_from_kind_and_url() {
        let tls = cookies("https://id.example.com", Some("example.com"));
        let life = Some(Duration::from_secs(60));
        assert_eq!(
            text(tls.set(Kind::Refresh, "x", life)),
            "__Host-kindred_rt_v2=x; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            text(tls.set(Kind::Access, "x", None)),
            "__Secure-kindred_at_v2=x; Path=/; Domain=example.com; Secure; HttpOnly; SameSite=Lax"
        );
        let plain = cookies("http://localhost:8080", None);
        assert_eq!(text(plain.set(Kind::Generation, "x", None)), "kindred_gen_v2=x; Path=/; SameSite=Lax");
        let cleared: Vec<String> = plain.clear(Kind::Refresh).map(|value| text(Some(value))).collect();
        assert_eq!(cleared[0], "kindred_rt_v2=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        assert!(cleared[1].starts_with("kindred_rt_v1=;"));
    }

    #[test]
    fn one_value_must_verify() {
        let cookies = cookies("http://localhost:8080", None);
        let find = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::from_str(line).unwrap());
            let verify = |value: &str| match value.strip_prefix("ok") {
                Some(rest) => Ok(rest.to_owned()),
                None if value == "old" => Err(Problem::new(Code::TokenExpired)),
                None => Err(Problem::new(Code::TokenInvalid)),
            };
            cookies.verified(&headers, Kind::Access, verify).map_err(|problem| problem.code)
        };
        assert_eq!(find("a=b"), Ok(None));
        for line in
            ["kindred_at_v2=ok1", "kindred_at_v2=x; kindred_at_v2=ok1", "kindred_at_v2=ok1; kindred_at_v2=x"]
        {
            assert_eq!(find(line), Ok(Some("1".to_owned())), "{line}");
        }
        assert_eq!(find("kindred_at_v2=ok1; kindred_at_v2=ok1"), Ok(Some("1".to_owned())));
        assert_eq!(find("kindred_at_v2=ok1; kindred_at_v2=ok2"), Err(Code::InvalidRequest));
        assert_eq!(find("kindred_at_v1=ok1; kindred_at_v2=ok2"), Ok(Some("2".to_owned())));
        assert_eq!(find("kindred_at_v1=ok1; kindred_at_v2=x"), Ok(Some("1".to_owned())));
        assert_eq!(find("kindred_at_v2=x; kindred_at_v2=old"), Err(Code::TokenExpired));
    }
}
