//! The providers of the settings, each with the address that it sends browsers back to.

use url::Url;

use super::provider::{Provider, ProviderError};
use crate::config::Config;
use crate::outgoing::Outgoing;

/// A provider and its redirect address.
#[derive(Debug)]
pub struct KnownProvider {
    /// The provider.
    pub provider: Provider,
    /// An address of its own, so that an answer of one provider is never taken for one of another (RFC 9700 §4.4.2.2).
    pub redirect_uri: Url,
}

/// All providers of the settings.
#[derive(Debug)]
pub struct Providers {
    known: Vec<KnownProvider>,
    /// `server.public_url`.
    public_url: Url,
}

impl Providers {
    /// The providers of the settings. None of them is asked for anything.
    ///
    /// # Errors
    /// [`ProviderError`] of the first one that cannot be used as it is declared.
    pub fn new(config: &Config, outgoing: &Outgoing) -> Result<Self, ProviderError> {
        let public_url = config.server.public_url.clone();
        let known = config.federation.providers.iter().map(|settings| {
            let provider = Provider::new(settings, outgoing)?;
            let redirect_uri = below(&public_url, provider.name(), "callback");
            Ok(KnownProvider { provider, redirect_uri })
        });
        Ok(Self { known: known.collect::<Result<_, ProviderError>>()?, public_url })
    }

    /// The provider of this name.
    pub fn find(&self, name: &str) -> Option<&KnownProvider> {
        self.known.iter().find(|known| known.provider.name() == name)
    }

    /// What people know the provider of this name by. One that is no longer in the settings has no other name.
    pub fn display_name(&self, name: &str) -> String {
        self.find(name).map_or(name, |known| known.provider.display_name()).to_owned()
    }

    /// The names in the settings.
    pub fn names(&self) -> Vec<String> {
        self.known.iter().map(|known| known.provider.name().to_owned()).collect()
    }

    /// The names of those where people can authenticate again on demand, and which tell when.
    pub fn names_for_step_up(&self) -> Vec<String> {
        let able = self.known.iter().filter(|known| known.provider.kind().has_id_tokens());
        able.map(|known| known.provider.name().to_owned()).collect()
    }

    /// Where logins with this provider begin.
    pub fn start_url(&self, name: &str) -> Url {
        below(&self.public_url, name, "start")
    }
}

/// An address of a provider's at this server. `public_url` may have a path, which stays.
fn below(public_url: &Url, name: &str, what: &str) -> Url {
    let mut url = public_url.clone();
    let path = format!("{}/api/v1/auth/federation/{name}/{what}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_below_the_public_url() {
        for (public_url, expected) in [
            ("https://id.example.com", "https://id.example.com/api/v1/auth/federation/staff/callback"),
            (
                "https://id.example.com/auth/",
                "https://id.example.com/auth/api/v1/auth/federation/staff/callback",
            ),
        ] {
            assert_eq!(below(&Url::parse(public_url).unwrap(), "staff", "callback").as_str(), expected);
        }
    }
}
