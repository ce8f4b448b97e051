//! The cookies of the server: their names, their attributes, and which of several values counts.

use std::time::Duration;

use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};

use super::cookie_header;
use crate::config::{self, SameSite};
use crate::http::problem::{Code, Problem};
use crate::model::cookie_generation::{Cohort, CookieGeneration};

/// How long a known device is remembered: the longest life that browsers accept (RFC 6265bis §5.5).
pub const DEVICE_LIFE: Duration = Duration::from_secs(400 * 86_400);

/// How long a browser remembers the secret of a registration: as long as its link works at most.
pub const REGISTRATION_LIFE: Duration = Duration::from_secs(86_400);

/// How long a browser keeps the id by which it is known to logins with other providers: until the code counts no longer that
/// the last of them may end with.
pub const FEDERATION_LIFE: Duration = Duration::from_secs(3_000);

/// How long a browser keeps the token of a link that was opened.
pub const LINK_LIFE: Duration = Duration::from_secs(600);

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
    /// The secret of a registration that waits for its link.
    Registration,
    /// The token of the link that was opened.
    Link,
    /// The id of a browser that has begun a login with another provider, the same for all of its tabs.
    Federation,
}

/// A cookie that is to be set.
#[derive(Clone, Copy)]
pub struct Cookie<'a> {
    pub kind: Kind,
    /// That of the user whose cookie it is.
    pub cohort: Cohort,
    pub value: &'a str,
    /// Without one, the cookie ends with the browser's session.
    pub life: Option<Duration>,
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
            Self::Registration => "kindred_reg",
            Self::Link => "kindred_link",
            Self::Federation => "kindred_fed",
        }
    }
}

/// The names and attributes of cookies as they follow from the configuration.
#[derive(Debug)]
pub struct Cookies {
    same_site: SameSite,
    /// The generation that is written, and then the further ones that are read.
    read: Vec<CookieGeneration>,
    /// What browsers may have besides, and what is only deleted.
    others: Vec<CookieGeneration>,
}

impl Cookies {
    /// `used` is what this database was ever used with.
    pub fn new(config: &config::Cookie, own: &CookieGeneration, used: &[CookieGeneration]) -> Self {
        let of_name = |name: &str| -> Vec<CookieGeneration> {
            used.iter().filter(|other| other.name == name).cloned().collect()
        };
        let (mut read, mut others) = (vec![own.clone()], Vec::new());
        others.extend(of_name(&own.name).into_iter().filter(|other| other.scope != own.scope));
        for name in config.accept_generations.iter().filter(|name| **name != own.name) {
            let known = of_name(name);
            let unknown = CookieGeneration { name: name.clone(), scope: own.scope.clone() };
            let known = if known.is_empty() { vec![unknown] } else { known };
            // A name without a prefix, which any host of the site can set, is not read in place of one with a prefix.
            let (readable, rest): (Vec<_>, Vec<_>) =
                known.into_iter().partition(|other| other.scope.secure == own.scope.secure);
            read.extend(readable);
            others.extend(rest);
        }
        Self { same_site: config.same_site, read, others }
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
        if !headers.contains_key(COOKIE) {
            return Ok(None);
        }
        let mut refusal: Option<Problem> = None;
        for generation in &self.read {
            let mut values = cookie_header::values(headers, &name(kind, generation));
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
        if !headers.contains_key(COOKIE) {
            return Vec::new();
        }
        let mut names: Vec<String> = self.read.iter().map(|generation| name(kind, generation)).collect();
        names.dedup();
        names.into_iter().flat_map(|name| cookie_header::values(headers, &name)).collect()
    }

    /// The value of `Set-Cookie` for a user of this cohort.
    pub fn set(&self, cookie: Cookie<'_>) -> Option<HeaderValue> {
        let Cookie { kind, cohort, value, life } = cookie;
        self.header(kind, self.generation_of(cohort)?, &lasting(value, life))
    }

    /// The value of `Set-Cookie` before the user is known. It is of the oldest generation that is read, because nodes that
    /// know no other one may read it.
    pub fn set_before_login(&self, kind: Kind, value: &str, life: Option<Duration>) -> Option<HeaderValue> {
        self.header(kind, self.read.last()?, &lasting(value, life))
    }

    /// The cohort that the cookies of a request belong to. A browser that has cookies of a session in both generations
    /// belongs to the newer one, which is read first.
    pub fn cohort(&self, headers: &HeaderMap) -> Cohort {
        let sent = |generation: &CookieGeneration, kinds: &[Kind]| {
            kinds.iter().any(|kind| !cookie_header::values(headers, &name(*kind, generation)).is_empty())
        };
        for kinds in [&[Kind::Refresh, Kind::Access][..], &[Kind::PreSession]] {
            match self.read.iter().position(|generation| sent(generation, kinds)) {
                Some(0) => return Cohort::Current,
                Some(_) => return Cohort::Previous,
                None => {}
            }
        }
        Cohort::NoCookies
    }

    /// The generation that a cohort gets: the next of those that are read if it is not the current one.
    fn generation_of(&self, cohort: Cohort) -> Option<&CookieGeneration> {
        let previous = self.read.get(1).filter(|_| cohort == Cohort::Previous);
        previous.or(self.read.first())
    }

    /// The values of `Set-Cookie` that delete a cookie of all generations, wherever it was set.
    pub fn clear(&self, kind: Kind) -> Vec<HeaderValue> {
        self.cleared(kind, self.read.iter().chain(&self.others))
    }

    /// The values of `Set-Cookie` that delete what this request has sent of other generations, when it is replaced by a
    /// cookie of the one that the cohort gets.
    pub fn clear_superseded(&self, headers: &HeaderMap, kind: Kind, cohort: Cohort) -> Vec<HeaderValue> {
        let own = self.generation_of(cohort).map(|own| name(kind, own));
        let is_sent = |other: &&CookieGeneration| {
            let name = name(kind, other);
            Some(&name) != own.as_ref() && !cookie_header::values(headers, &name).is_empty()
        };
        self.cleared(kind, self.read.iter().chain(&self.others).filter(is_sent))
    }

    fn cleared<'a>(
        &self,
        kind: Kind,
        generations: impl Iterator<Item = &'a CookieGeneration>,
    ) -> Vec<HeaderValue> {
        let mut cleared = Vec::new();
        for header in generations.filter_map(|generation| self.header(kind, generation, "; Max-Age=0")) {
            if !cleared.contains(&header) {
                cleared.push(header);
            }
        }
        cleared
    }

    fn header(&self, kind: Kind, generation: &CookieGeneration, value: &str) -> Option<HeaderValue> {
        let name = name(kind, generation);
        let domain =
            domain_of(kind, generation).map(|domain| format!("; Domain={domain}")).unwrap_or_default();
        let secure = if generation.scope.secure { "; Secure" } else { "" };
        let http_only = if kind == Kind::Generation { "" } else { "; HttpOnly" };
        let same_site = if self.same_site == SameSite::None { "None" } else { "Lax" };
        let text = format!("{name}={value}; Path=/{domain}{secure}{http_only}; SameSite={same_site}");
        HeaderValue::from_str(&text).ok()
    }
}

/// Without a life, the cookie ends with the browser's session.
fn lasting(value: &str, life: Option<Duration>) -> String {
    let life = life.map(|life| format!("; Max-Age={}", life.as_secs())).unwrap_or_default();
    format!("{value}{life}")
}

/// Only the access cookie has a domain.
fn domain_of(kind: Kind, generation: &CookieGeneration) -> Option<&str> {
    generation.scope.domain.as_deref().filter(|_| kind == Kind::Access)
}

/// With the prefix by which browsers guarantee that only this host has set it (RFC 6265bis §4.1.3).
fn name(kind: Kind, generation: &CookieGeneration) -> String {
    let prefix = match (generation.scope.secure, domain_of(kind, generation)) {
        (false, _) => "",
        (true, None) => "__Host-",
        (true, Some(_)) => "__Secure-",
    };
    format!("{prefix}{}_{}", kind.stem(), generation.name)
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
    use crate::model::cookie_generation::CookieScope;

    fn generation(name: &str, secure: bool, domain: Option<&str>) -> CookieGeneration {
        let scope = CookieScope { secure, domain: domain.map(str::to_owned) };
        CookieGeneration { name: name.to_owned(), scope }
    }

    fn cookies(own: &CookieGeneration, used: &[CookieGeneration]) -> Cookies {
        let config = config::Cookie {
            domain: None,
            same_site: SameSite::Lax,
            generation: own.name.clone(),
            accept_generations: vec!["v1".to_owned()],
        };
        Cookies::new(&config, own, used)
    }

    fn plain() -> Cookies {
        cookies(&generation("v2", false, None), &[])
    }

    fn texts(values: Vec<HeaderValue>) -> Vec<String> {
        values.into_iter().map(|value| text(Some(value))).collect()
    }

    fn headers(line: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(line).unwrap());
        headers
    }

    fn text(value: Option<HeaderValue>) -> String {
        value.unwrap().to_str().unwrap().to_owned()
    }

    fn current(kind: Kind, life: Option<Duration>) -> Cookie<'static> {
        Cookie { kind, cohort: Cohort::Current, value: "x", life }
    }

    #[test]
    fn a_cohort_has_its_generation() {
        let cookies = plain();
        let cookie = |cohort| Cookie { cohort, ..current(Kind::Refresh, None) };
        assert!(text(cookies.set(cookie(Cohort::Current))).starts_with("kindred_rt_v2=x;"));
        assert!(text(cookies.set(cookie(Cohort::Previous))).starts_with("kindred_rt_v1=x;"));
        let sent = headers("kindred_rt_v1=x; kindred_rt_v2=y");
        let cleared = texts(cookies.clear_superseded(&sent, Kind::Refresh, Cohort::Previous));
        assert_eq!(cleared, ["kindred_rt_v2=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"]);
        for (line, cohort) in [
            ("a=b; kindred_device_v2=x", Cohort::NoCookies),
            ("kindred_csrf_v1=x", Cohort::Previous),
            ("kindred_csrf_v1=x; kindred_rt_v2=x", Cohort::Current),
            ("kindred_csrf_v2=x; kindred_at_v1=x", Cohort::Previous),
            ("kindred_rt_v1=x; kindred_at_v2=x", Cohort::Current),
        ] {
            assert_eq!(cookies.cohort(&headers(line)), cohort, "{line}");
        }
        // Where there is one generation, everyone has it.
        let config = config::Cookie {
            domain: None,
            same_site: SameSite::Lax,
            generation: "v2".to_owned(),
            accept_generations: Vec::new(),
        };
        let cookies = Cookies::new(&config, &generation("v2", false, None), &[]);
        assert!(text(cookies.set(cookie(Cohort::Previous))).starts_with("kindred_rt_v2=x;"));
    }

    #[test]
    fn attributes_follow_from_kind_and_url() {
        let tls = cookies(&generation("v2", true, Some("example.com")), &[]);
        let life = Some(Duration::from_secs(60));
        assert_eq!(
            text(tls.set(current(Kind::Refresh, life))),
            "__Host-kindred_rt_v2=x; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            text(tls.set(current(Kind::Access, None))),
            "__Secure-kindred_at_v2=x; Path=/; Domain=example.com; Secure; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            text(plain().set(current(Kind::Generation, None))),
            "kindred_gen_v2=x; Path=/; SameSite=Lax"
        );
        assert!(
            text(plain().set_before_login(Kind::PreSession, "x", None)).starts_with("kindred_csrf_v1=x;"),
            "the oldest"
        );
    }

    #[test]
    fn all_generations_are_deleted_where_they_were_set() {
        let used = [
            generation("v1", true, None),
            generation("v1", true, Some("a.example.com")),
            generation("v1", false, None),
            generation("v2", true, None),
            generation("v0", true, None),
        ];
        let cookies = cookies(&generation("v2", true, Some("example.com")), &used);
        let end = "Secure; HttpOnly; SameSite=Lax";
        assert_eq!(
            texts(cookies.clear(Kind::Access)),
            [
                format!("__Secure-kindred_at_v2=; Max-Age=0; Path=/; Domain=example.com; {end}"),
                format!("__Host-kindred_at_v1=; Max-Age=0; Path=/; {end}"),
                format!("__Secure-kindred_at_v1=; Max-Age=0; Path=/; Domain=a.example.com; {end}"),
                format!("__Host-kindred_at_v2=; Max-Age=0; Path=/; {end}"),
                "kindred_at_v1=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax".to_owned(),
            ]
        );
        assert_eq!(cookies.clear(Kind::Refresh).len(), 3, "these had no domain");
        // Nothing without a prefix counts where there is one.
        assert!(cookies.values(&headers("kindred_at_v1=x"), Kind::Access).is_empty());
        assert_eq!(cookies.values(&headers("__Host-kindred_at_v1=x"), Kind::Access), ["x"]);
        assert!(cookies.values(&headers("__Host-kindred_at_v2=x"), Kind::Access).is_empty());
    }

    #[test]
    fn a_replaced_generation_is_deleted_if_it_was_sent() {
        let cookies = plain();
        let sent = headers("kindred_rt_v1=x; kindred_rt_v2=y; kindred_at_v2=z");
        let cleared = texts(cookies.clear_superseded(&sent, Kind::Refresh, Cohort::Current));
        assert_eq!(cleared, ["kindred_rt_v1=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"]);
        assert!(cookies.clear_superseded(&sent, Kind::Access, Cohort::Current).is_empty());
    }

    #[test]
    fn one_value_must_verify() {
        let cookies = plain();
        let find = |line: &str| {
            let headers = headers(line);
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
