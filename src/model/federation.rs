//! Identities that other providers vouch for: which tokens of a provider count, and what they prove (OpenID Connect
//! Core 1.0).

pub mod assurance;
pub mod authorization_response;
pub mod email_proof;
pub mod freshness;
pub mod github;
pub mod id_token;
pub mod issuer;
pub mod linking;
pub mod login_state;
pub mod logout_token;
pub mod metadata;
pub mod pkce;
pub mod provider_session;
pub mod verified_identity;

/// What a provider speaks, and which peculiarities it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// Accounts of Google and Google Workspace.
    Google,
    /// GitHub, whose logins are OAuth 2.0 without ID tokens.
    GitHub,
    /// Accounts of Apple.
    Apple,
    /// Microsoft Entra ID, and personal accounts of Microsoft.
    Microsoft,
    /// Any other provider with OpenID Connect Discovery, such as Keycloak.
    Oidc,
}

impl ProviderKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Google, Self::GitHub, Self::Apple, Self::Microsoft, Self::Oidc];

    /// The kind in the settings and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::GitHub => "github",
            Self::Apple => "apple",
            Self::Microsoft => "microsoft",
            Self::Oidc => "oidc",
        }
    }

    /// Whether the provider publishes metadata and issues ID tokens.
    pub const fn has_id_tokens(self) -> bool {
        !matches!(self, Self::GitHub)
    }

    /// What people call it, if it is one that they know.
    pub const fn brand(self) -> Option<&'static str> {
        match self {
            Self::Google => Some("Google"),
            Self::GitHub => Some("GitHub"),
            Self::Apple => Some("Apple"),
            Self::Microsoft => Some("Microsoft"),
            Self::Oidc => None,
        }
    }

    /// The issuer of a provider that has one well-known issuer.
    pub const fn default_issuer(self) -> Option<&'static str> {
        match self {
            Self::Google => Some("https://accounts.google.com"),
            Self::GitHub => Some("https://github.com"),
            Self::Apple => Some("https://appleid.apple.com"),
            Self::Microsoft => Some("https://login.microsoftonline.com/common/v2.0"),
            Self::Oidc => None,
        }
    }

    /// What is asked for unless the settings say otherwise.
    pub const fn default_scopes(self) -> &'static [&'static str] {
        match self {
            Self::GitHub => &["read:user", "user:email"],
            // Apple knows no scope `profile`; the name is a scope of its own.
            Self::Apple => &["openid", "email", "name"],
            Self::Google | Self::Microsoft | Self::Oidc => &["openid", "email", "profile"],
        }
    }
}

/// The signatures that are accepted in tokens of providers (RFC 7518 §3.1, RFC 8037 §3.1): asymmetric ones only. `none`
/// and HMAC cannot be told, so no token can choose them (RFC 8725 §3.1, §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// EdDSA on Ed25519.
    EdDsa,
}

impl SignatureAlgorithm {
    /// All that this server can verify.
    pub const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// The name in headers of tokens and in metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of this name, if tokens may be signed by it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_tokens_and_shared_secrets_have_no_name() {
        for refused in ["none", "None", "HS256", "HS384", "HS512", "rs256", "ES256K", ""] {
            assert_eq!(SignatureAlgorithm::from_name(refused), None, "{refused}");
        }
        for (name, algorithm) in [
            ("RS256", SignatureAlgorithm::Rs256),
            ("RS384", SignatureAlgorithm::Rs384),
            ("RS512", SignatureAlgorithm::Rs512),
            ("PS256", SignatureAlgorithm::Ps256),
            ("PS384", SignatureAlgorithm::Ps384),
            ("PS512", SignatureAlgorithm::Ps512),
            ("ES256", SignatureAlgorithm::Es256),
            ("ES384", SignatureAlgorithm::Es384),
            ("EdDSA", SignatureAlgorithm::EdDsa),
        ] {
            assert_eq!((SignatureAlgorithm::from_name(name), algorithm.as_str()), (Some(algorithm), name));
        }
    }

    #[test]
    fn every_provider_with_id_tokens_is_asked_for_one() {
        for kind in [ProviderKind::Google, ProviderKind::Apple, ProviderKind::Microsoft, ProviderKind::Oidc] {
            assert!(kind.has_id_tokens() && kind.default_scopes().contains(&"openid"), "{kind:?}");
        }
        assert!(!ProviderKind::GitHub.has_id_tokens());
        assert!(!ProviderKind::GitHub.default_scopes().contains(&"openid"));
    }

    #[test]
    fn the_settings_know_each_provider_by_its_word() {
        for (kind, word, brand, issuer) in [
            (ProviderKind::Google, "google", Some("Google"), Some("https://accounts.google.com")),
            (ProviderKind::GitHub, "github", Some("GitHub"), Some("https://github.com")),
            (ProviderKind::Apple, "apple", Some("Apple"), Some("https://appleid.apple.com")),
            (
                ProviderKind::Microsoft,
                "microsoft",
                Some("Microsoft"),
                Some("https://login.microsoftonline.com/common/v2.0"),
            ),
            (ProviderKind::Oidc, "oidc", None, None),
        ] {
            assert_eq!((kind.as_str(), kind.brand(), kind.default_issuer()), (word, brand, issuer));
        }
    }

    #[test]
    fn a_provider_is_asked_for_the_address_and_the_name() {
        for (kind, scopes) in [
            (ProviderKind::Google, ["openid", "email", "profile"].as_slice()),
            (ProviderKind::GitHub, &["read:user", "user:email"]),
            (ProviderKind::Apple, &["openid", "email", "name"]),
            (ProviderKind::Microsoft, &["openid", "email", "profile"]),
            (ProviderKind::Oidc, &["openid", "email", "profile"]),
        ] {
            assert_eq!(kind.default_scopes(), scopes, "{kind:?}");
        }
    }
}
