//! `federation.providers.*`: other providers that vouch for people.

mod label;

use url::Url;

use super::{Environment, Reader, setting};
use crate::model::federation::ProviderKind;
use crate::model::federation::issuer::is_tenant_id;
use crate::secret::Secret;

/// The longest name of a provider: it is part of paths.
const LONGEST_NAME: usize = 32;

#[derive(Clone, Debug, Default)]
pub struct Federation {
    /// In the order of their names.
    pub providers: Vec<Provider>,
}

#[derive(Clone, Debug)]
pub struct Provider {
    /// In paths, metrics and security events.
    pub name: String,
    pub kind: ProviderKind,
    /// What people know it by.
    pub display_name: String,
    pub logo: Option<Url>,
    /// As tokens write it, without a slash at the end unless they do.
    pub issuer: String,
    /// All of our ids at the provider, the one of the login page first.
    pub client_ids: Vec<String>,
    pub client_secret: Option<Secret<String>>,
    pub client_auth: ClientAuth,
    /// Of Apple: the team and the key, by which the secret is made.
    pub team_id: Option<String>,
    pub key_id: Option<String>,
    pub scopes: Vec<String>,
    /// The domains for which the provider's word about addresses is taken; `*` is all.
    pub trusted_email_domains: Vec<String>,
    /// The values of `acr` by which the provider says that two factors were verified, and is believed.
    pub trusted_acr: Vec<String>,
    /// The same in `amr`.
    pub trusted_amr: Vec<String>,
    /// Of Microsoft: the tenants whose people may log in; `*` is all.
    pub tenants: Vec<String>,
    /// Whether the provider may be at an address that is not public.
    pub allow_private: bool,
}

/// How we authenticate at the provider's token endpoint (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// In the header `Authorization`.
    Basic,
    /// In the body.
    Post,
    /// Not at all, as a public client, with PKCE alone.
    None,
}

impl ClientAuth {
    /// The name in metadata.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::None => "none",
        }
    }

    const fn default_of(kind: ProviderKind) -> Self {
        match kind {
            ProviderKind::Apple | ProviderKind::GitHub => Self::Post,
            ProviderKind::Google | ProviderKind::Microsoft | ProviderKind::Oidc => Self::Basic,
        }
    }
}

super::text_enum!(ClientAuth { Basic => "basic", Post => "post", None => "none" });

super::text_enum!(ProviderKind {
    Google => "google",
    GitHub => "github",
    Apple => "apple",
    Microsoft => "microsoft",
    Oidc => "oidc",
});

impl Federation {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        reader.section("Federation");
        reader.template(|reader| Provider::read(reader, String::new(), profile));
        let mut providers = Vec::new();
        for name in reader.entries("federation.providers") {
            let provider = reader.entry(&name, |reader| {
                reader.check(KIND, is_name(&name), "the name of a provider has 1 to 32 of a–z, 0–9, - and _");
                Provider::read(reader, name.clone(), profile)
            });
            providers.push(provider);
        }
        Self { providers }
    }
}

const KIND: &str = "federation.providers.<name>.kind";
const ISSUER: &str = "federation.providers.<name>.issuer";
const CLIENT_ID: &str = "federation.providers.<name>.client_id";
const CLIENT_SECRET: &str = "federation.providers.<name>.client_secret";
const CLIENT_AUTH: &str = "federation.providers.<name>.client_auth";
const TEAM_ID: &str = "federation.providers.<name>.team_id";
const KEY_ID: &str = "federation.providers.<name>.key_id";
const TENANTS: &str = "federation.providers.<name>.tenants";
const ACR: &str = "federation.providers.<name>.trusted_acr";
const AMR: &str = "federation.providers.<name>.trusted_amr";
const DOMAINS: &str = "federation.providers.<name>.trusted_email_domains";

impl Provider {
    fn read(reader: &mut Reader, name: String, profile: Environment) -> Self {
        let kind = reader.choice(
            setting(
                KIND,
                "What the provider is. `oidc` is any with OpenID Connect Discovery, such as Keycloak.",
            ),
            ProviderKind::Oidc,
        );
        let issuer = reader
            .optional::<String>(
                setting(
                    ISSUER,
                    "The issuer, exactly as the provider's tokens write it. Its metadata are found below it. For Microsoft \
                    it ends with the tenant, or `common`, and `/v2.0`.",
                )
                .default_note("that of the kind; required for `oidc`")
                .note("an https URL; outside production also http, with `allow_private`"),
            )
            .or_else(|| kind.default_issuer().map(str::to_owned));
        let client_ids = Self::read_client_ids(reader);
        let provider = Self {
            display_name: label::display_name(reader, &name, kind),
            logo: label::logo(reader, profile),
            kind,
            issuer: issuer.unwrap_or_default(),
            client_ids,
            client_secret: reader
                .secret::<String>(
                    setting(
                        CLIENT_SECRET,
                        "The secret by which this server authenticates at the provider; for Apple, the content of the \
                        key's file (`.p8`), by which a secret is made for each request.",
                    )
                        .note("required unless `client_auth` is `none`"),
                )
                .map(Secret::new),
            client_auth: reader.choice(
                setting(
                    CLIENT_AUTH,
                    "How this server sends its secret: in the header `Authorization`, in the body, or not at all.",
                )
                .default_note("`post` for Apple and GitHub, otherwise `basic`"),
                ClientAuth::default_of(kind),
            ),
            team_id: reader.optional(
                setting(TEAM_ID, "The id of the team at Apple.").note("required for `apple`"),
            ),
            key_id: reader.optional(
                setting(KEY_ID, "The id of the key at Apple.").note("required for `apple`"),
            ),
            scopes: reader.list(
                setting("federation.providers.<name>.scopes", "What the provider is asked for.")
                    .default_note("`openid email profile`, or what the kind has in their place"),
                kind.default_scopes().iter().map(|scope| (*scope).to_owned()).collect(),
            ),
            trusted_email_domains: reader
                .list(
                    setting(
                        DOMAINS,
                        "The domains for which an address counts as verified because the provider says so, such as \
                        `example.com`; `*` is every domain. Google is believed without it for `gmail.com` and domains of \
                        Workspace, Apple for its own domains; Microsoft is believed by `xms_edov` only.",
                    )
                    .note("whole domains, without their subdomains"),
                    Vec::<String>::new(),
                )
                .into_iter()
                .map(|domain| domain.to_ascii_lowercase())
                .collect(),
            trusted_acr: reader.list(
                setting(
                    ACR,
                    "The values of the claim `acr` by which the provider says that two factors were verified. A login \
                    with one of them counts as two factors here, and no second one is asked for.",
                ),
                Vec::new(),
            ),
            trusted_amr: reader.list(
                setting(AMR, "The same for the methods in the claim `amr`, such as `mfa`."),
                Vec::new(),
            ),
            tenants: reader.list(
                setting(
                    TENANTS,
                    "The tenants of Microsoft Entra ID whose people may log in, by their ids; `*` is every tenant.",
                )
                .note("required for `microsoft`"),
                Vec::new(),
            ),
            allow_private: reader.value(
                setting(
                    "federation.providers.<name>.allow_private",
                    "Whether the provider may be at an address that is not public.",
                ),
                false,
            ),
            name,
        };
        provider.check(reader, profile);
        provider
    }

    fn read_client_ids(reader: &mut Reader) -> Vec<String> {
        let own = reader.optional::<String>(
            setting(CLIENT_ID, "The id of this server at the provider.").note("required"),
        );
        let further = reader.list(
            setting(
                "federation.providers.<name>.client_ids",
                "Further ids whose tokens count: those of your applications for mobile devices.",
            ),
            Vec::<String>::new(),
        );
        reader.check(CLIENT_ID, own.as_ref().is_some_and(|id| !id.is_empty()), "is required");
        own.into_iter().chain(further).collect()
    }

    fn check(&self, reader: &mut Reader, profile: Environment) {
        reader.check(ISSUER, !self.issuer.is_empty(), "must be given where kind is oidc");
        reader.check(
            ISSUER,
            self.issuer.is_empty() || is_issuer(&self.issuer, self.allow_private, profile),
            "must be an https URL without query and fragment (http is accepted outside production where allow_private is \
             set)",
        );
        let has_secret = self.client_auth == ClientAuth::None || self.client_secret.is_some();
        reader.check(CLIENT_SECRET, has_secret, "is required unless client_auth is none");
        let is_apple = self.kind == ProviderKind::Apple;
        for (key, id) in [(TEAM_ID, &self.team_id), (KEY_ID, &self.key_id)] {
            reader.check(key, is_apple == id.is_some(), "is required for apple, and for no other");
        }
        reader.check(
            CLIENT_AUTH,
            !is_apple || self.client_auth == ClientAuth::Post,
            "must be post for apple, which reads its secret from the body",
        );
        let is_microsoft = self.kind == ProviderKind::Microsoft;
        reader.check(
            TENANTS,
            is_microsoft != self.tenants.is_empty(),
            "is required for microsoft, and for no other",
        );
        let is_tenant = |tenant: &String| tenant == "*" || is_tenant_id(tenant);
        reader.check(
            TENANTS,
            self.tenants.iter().all(is_tenant),
            "must be ids of tenants (8-4-4-4-12 digits), or *",
        );
        for (key, words) in [(ACR, &self.trusted_acr), (AMR, &self.trusted_amr)] {
            let is_used = self.kind.has_id_tokens() || words.is_empty();
            reader.check(key, is_used, "has no effect for github, which has no ID tokens");
        }
        self.check_domains(reader, is_microsoft);
    }

    fn check_domains(&self, reader: &mut Reader, is_microsoft: bool) {
        let is_domain = |domain: &String| {
            domain == "*" || idna::domain_to_ascii_strict(domain).is_ok_and(|ascii| ascii == *domain)
        };
        reader.check(
            DOMAINS,
            self.trusted_email_domains.iter().all(is_domain),
            "must be domains in the ASCII form of IDNA, or *",
        );
        reader.check(
            DOMAINS,
            !is_microsoft || self.trusted_email_domains.is_empty(),
            "has no effect for microsoft, which is believed by the claim xms_edov only",
        );
        if self.trusted_email_domains.iter().any(|domain| domain == "*") {
            let name = &self.name;
            reader.warn(format!(
                "federation.providers.{name}.trusted_email_domains is *: its operator can claim every address for anyone"
            ));
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_allowed = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || "-_".contains(sign);
    (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(is_allowed)
}

fn is_issuer(issuer: &str, allow_private: bool, profile: Environment) -> bool {
    let is_plain = |url: &Url| url.query().is_none() && url.fragment().is_none() && url.has_host();
    Url::parse(issuer).is_ok_and(|url| is_plain(&url) && super::is_safe(&url, allow_private, profile))
}

#[cfg(test)]
mod tests;
