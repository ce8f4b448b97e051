//! `outgoing.*`: calls to services outside.

use url::Url;

use super::{Reader, setting};
use crate::secret::Secret;

#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The URL of a proxy, perhaps with credentials.
    pub proxy: Option<Secret<String>>,
}

impl Outgoing {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Calls to services outside");
        let proxy = reader.secret::<String>(
            setting(
                "outgoing.proxy",
                "The proxy for calls to providers of SMS and CAPTCHAs, to lists of breached passwords \
                and to certificate authorities. It resolves their names, so it must refuse internal addresses itself. \
                Proxies of the environment (`HTTPS_PROXY`) are not used.",
            )
            .note("an http or https URL, which may contain credentials"),
        );
        let is_fine = proxy.as_ref().is_none_or(|proxy| is_proxy(proxy));
        reader.check("outgoing.proxy", is_fine, "must be a URL such as http://proxy.example.com:3128");
        Self { proxy: proxy.map(Secret::new) }
    }
}

fn is_proxy(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_url_with_a_host() {
        assert!(is_proxy("http://proxy.example.com:3128") && is_proxy("https://user:pass@10.0.0.1/"));
        assert!(!is_proxy("proxy.example.com:3128") && !is_proxy("socks5://proxy.example.com"));
    }
}
