//! `cookie.*`: the cookies of browsers.

use url::Url;

use super::{Reader, Server, setting};

#[derive(Clone, Debug)]
pub struct Cookie {
    /// The parent domain that the cookie of the access token is sent to; without one, all cookies are host-only.
    pub domain: Option<String>,
    pub same_site: SameSite,
    /// A part of the cookies' names. Their domain, path and prefix belong to it.
    pub generation: String,
    /// Further generations whose cookies are read, the preferred one first.
    pub accept_generations: Vec<String>,
}

/// The attribute `SameSite` (RFC 6265bis §5.5.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    Lax,
    None,
}

super::text_enum!(SameSite {
    Lax => "lax",
    None => "none",
});

impl Cookie {
    pub(super) fn read(reader: &mut Reader, server: &Server) -> Self {
        reader.section("Cookies");
        let cookie = Self {
            domain: reader.optional(
                setting(
                    "cookie.domain",
                    "The parent domain that the cookie of the access token is also sent to. All other cookies are \
                    sent to the host of `server.public_url` only.",
                )
                .note("a domain above the host of `server.public_url`"),
            ),
            same_site: reader.choice(
                setting(
                    "cookie.same_site",
                    "The attribute `SameSite`. Browsers send cookies with `lax` to all hosts of the same site. Safari \
                    and Firefox do not send cookies to another site, not even with `none`.",
                )
                .note("`none` needs https"),
                SameSite::Lax,
            ),
            generation: reader.value(
                setting(
                    "cookie.generation",
                    "The end of the cookies' names. Change it along with `cookie.domain` or the scheme of \
                    `server.public_url`, because a browser would keep the old cookies beside the new ones.",
                )
                .note("1 to 16 characters of `a-z0-9`"),
                "v1".to_owned(),
            ),
            accept_generations: reader.list(
                setting(
                    "cookie.accept_generations",
                    "Further generations whose cookies are read, for the time of a change.",
                )
                .note("1 to 16 characters of `a-z0-9`"),
                Vec::new(),
            ),
        };
        cookie.check(reader, &server.public_url);
        cookie
    }

    /// The generation of those who do not get the configured one yet.
    pub fn previous(&self) -> Option<&str> {
        self.accept_generations.iter().find(|name| **name != self.generation).map(String::as_str)
    }

    /// The generations that a browser may have cookies of, the preferred one first.
    pub fn generations(&self) -> Vec<String> {
        let accepted = self.accept_generations.iter().filter(|name| **name != self.generation);
        std::iter::once(&self.generation).chain(accepted).cloned().collect()
    }

    fn check(&self, reader: &mut Reader, public_url: &Url) {
        let rule = "must be 1 to 16 characters of a-z and 0-9";
        reader.check("cookie.generation", is_generation(&self.generation), rule);
        for generation in &self.accept_generations {
            reader.check("cookie.accept_generations", is_generation(generation), rule);
        }
        if let Some(domain) = &self.domain {
            let is_above = public_url.domain().is_some_and(|host| is_parent(domain, host));
            let rule = "must be the host of server.public_url or a domain above it, with a dot";
            reader.check("cookie.domain", is_above, rule);
        }
        if self.same_site == SameSite::None {
            reader.check(
                "cookie.same_site",
                public_url.scheme() == "https",
                "`none` needs an https public URL",
            );
            reader.warn(
                "cookie.same_site is `none`, but Safari and Firefox do not send such cookies to another site",
            );
        }
    }
}

fn is_generation(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=16).contains(&text.len()) && text.bytes().all(is_plain)
}

fn is_parent(domain: &str, host: &str) -> bool {
    let is_within = host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    is_within && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError, tests};

    fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let public_url = ("KINDRED_SERVER__PUBLIC_URL", "https://id.example.com");
        tests::load(&[&[public_url], variables].concat())
    }

    #[test]
    fn the_domain_is_above_the_host() {
        for fine in ["example.com", "id.example.com"] {
            assert!(load(&[("KINDRED_COOKIE__DOMAIN", fine)]).is_ok(), "{fine}");
        }
        for wrong in
            ["com", ".example.com", "example.com.", "ample.com", "x.id.example.com", "example.org", ""]
        {
            assert!(load(&[("KINDRED_COOKIE__DOMAIN", wrong)]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn none_needs_https_and_warns() {
        let none = ("KINDRED_COOKIE__SAME_SITE", "none");
        assert_eq!(load(&[none]).unwrap().warnings.len(), 1);
        assert!(load(&[none, ("KINDRED_SERVER__PUBLIC_URL", "http://id.example.com")]).is_err());
    }

    #[test]
    fn the_own_generation_comes_first() {
        let own = ("KINDRED_COOKIE__GENERATION", "v2");
        let config = load(&[own, ("KINDRED_COOKIE__ACCEPT_GENERATIONS", "v1,v2")]).unwrap();
        assert_eq!(config.cookie.generations(), ["v2", "v1"]);
        assert_eq!(load(&[]).unwrap().cookie.generations(), ["v1"]);
    }

    #[test]
    fn generations_are_plain() {
        for wrong in ["", "V1", "v_1", "v1;", "aaaaaaaaaaaaaaaaa"] {
            assert!(load(&[("KINDRED_COOKIE__GENERATION", wrong)]).is_err(), "{wrong}");
        }
        assert!(load(&[("KINDRED_COOKIE__ACCEPT_GENERATIONS", "v1,V0")]).is_err());
    }
}
