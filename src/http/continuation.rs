//! Where a browser goes on to after a login or a refresh: the parameter `returnTo`, and which targets are allowed.

use url::Url;

use crate::config::{Config, PageName};

const PARAMETER: &str = "returnTo";
const LONGEST: usize = 2_048;

/// Which pages a browser may be sent on to.
#[derive(Debug)]
pub struct Destinations {
    /// That of `server.public_url`, and those of `cors.allowed_origins`.
    origins: Vec<String>,
    login_url: Option<Url>,
}

impl Destinations {
    pub fn new(config: &Config) -> Self {
        let own = config.server.public_url.origin().ascii_serialization();
        let allowed = config.cors.allowed_origins.iter().map(|origin| origin.as_str().to_owned());
        Self {
            origins: std::iter::once(own).chain(allowed).collect(),
            login_url: config.gateway.login_url.clone().or_else(|| own_login(config)),
        }
    }

    /// The target as the page may use it: a path of this host, or a URL of an allowed origin.
    pub fn allowed(&self, target: &str) -> Option<String> {
        let is_plain =
            target.len() <= LONGEST && target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if !is_plain {
            return None;
        }
        // `//host` and `/\host` lead to another host.
        if target.starts_with('/') && !target.starts_with("//") {
            return Some(target.to_owned());
        }
        let url = Url::parse(target).ok()?;
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        let is_web = ["http", "https"].contains(&url.scheme());
        let origin = url.origin().ascii_serialization();
        (is_web && !has_credentials && self.origins.contains(&origin)).then(|| url.into())
    }

    /// The page to log in on, which goes on to the target afterwards.
    pub fn login(&self, target: &str) -> String {
        let Some(mut url) = self.login_url.clone() else { return String::new() };
        url.query_pairs_mut().append_pair(PARAMETER, target);
        url.into()
    }
}

/// The login page of this server, unless it is switched off.
fn own_login(config: &Config) -> Option<Url> {
    let base = config.server.public_url.as_str().trim_end_matches('/');
    config.pages.has(PageName::Login).then(|| Url::parse(&format!("{base}/login")).ok()).flatten()
}

/// The one parameter; `/` without it. Gateways that cannot encode a URL append it as it is. It then begins with a plain
/// slash or scheme, and is taken to the end of the query.
pub fn target(query: &str) -> Option<String> {
    let rest = query.strip_prefix(PARAMETER).and_then(|rest| rest.strip_prefix('='));
    let is_plain = |rest: &&str| ["/", "http://", "https://"].iter().any(|start| rest.starts_with(start));
    if let Some(plain) = rest.filter(is_plain) {
        return Some(plain.to_owned());
    }
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let mut values = pairs.filter(|(name, _)| name == PARAMETER).map(|(_, value)| value.into_owned());
    let first = values.next().unwrap_or_else(|| "/".to_owned());
    values.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destinations() -> Destinations {
        let origins = ["https://auth.example.com", "https://app.example.com", "capacitor://localhost"];
        let login_url = Some(Url::parse("https://app.example.com/login?theme=dark").unwrap());
        Destinations { origins: origins.map(str::to_owned).to_vec(), login_url }
    }

    #[test]
    fn only_known_pages_are_returned_to() {
        for target in ["/", "/a?b=c#d", "https://app.example.com/x", "https://auth.example.com/auth/account"]
        {
            assert_eq!(destinations().allowed(target).as_deref(), Some(target));
        }
        for target in [
            "",
            "a",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\nb",
            "/\tevil",
            "https://evil.example",
            "https://app.example.com.evil.example",
            "https://app.example.com@evil.example",
            "https://x:y@app.example.com/",
            "http://app.example.com/",
            "https://app.example.com:8443/",
            "javascript:alert(1)",
            "data:text/html,x",
            "capacitor://localhost/x",
            "https:evil.example",
        ] {
            assert_eq!(destinations().allowed(target), None, "{target:?}");
        }
        assert_eq!(destinations().allowed(&format!("/{}", "a".repeat(3_000))), None);
    }

    #[test]
    fn one_target_is_taken() {
        assert_eq!(target("").as_deref(), Some("/"));
        assert_eq!(target("a=b&returnTo=%2Fa%3Fb").as_deref(), Some("/a?b"));
        assert_eq!(target("returnTo=%2Fa&returnTo=%2Fb"), None);
        assert_eq!(target("returnTo=/a?b=%20c&d=e").as_deref(), Some("/a?b=%20c&d=e"));
        assert_eq!(target("returnTo=https://a/?b&c").as_deref(), Some("https://a/?b&c"));
    }

    #[test]
    fn the_login_page_is_told_where_to_go_on() {
        let login = destinations().login("/a?b=c&d");
        assert_eq!(login, "https://app.example.com/login?theme=dark&returnTo=%2Fa%3Fb%3Dc%26d");
    }
}
