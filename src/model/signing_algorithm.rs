//! The algorithms that access tokens are signed with. All of them are asymmetric: no service that verifies tokens could
//! make one.

/// An algorithm for signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
    Es256,
    /// EdDSA on Curve25519 (RFC 8037), by its fully specified name (RFC 9864 §2.2).
    Ed25519,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3), for verifiers that know nothing else.
    Rs256,
}

/// The name of [`SigningAlgorithm::Ed25519`] in tokens and in the JWK Set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ed25519Name {
    /// The fully specified one (RFC 9864).
    Ed25519,
    /// The one before it (RFC 8037), for verifiers that know no other. It is deprecated, because it does not say the curve.
    EdDsa,
}

impl SigningAlgorithm {
    /// All of them, the one to fall back to first.
    pub const ALL: [Self; 3] = [Self::Es256, Self::Ed25519, Self::Rs256];

    /// The name in the database, in settings and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Ed25519 => "Ed25519",
            Self::Rs256 => "RS256",
        }
    }

    /// Reads [`Self::as_str`]; `None` for an algorithm of a newer version.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text)
    }

    /// The name in the header of tokens.
    pub const fn name(self, ed25519: Ed25519Name) -> &'static str {
        match (self, ed25519) {
            (Self::Es256 | Self::Rs256, _) => self.as_str(),
            (Self::Ed25519, Ed25519Name::Ed25519) => Self::Ed25519.as_str(),
            (Self::Ed25519, Ed25519Name::EdDsa) => "EdDSA",
        }
    }

    /// Whether a signature costs so much that few may be made at a time: with 3072 bits some 1.4 ms of a processor, eighty
    /// times what ES256 takes.
    pub const fn is_slow(self) -> bool {
        matches!(self, Self::Rs256)
    }

    /// Whether the header of a token names this algorithm: by either name, so that tokens outlive a change of the
    /// setting.
    pub fn has_name(self, name: &str) -> bool {
        [Ed25519Name::Ed25519, Ed25519Name::EdDsa].into_iter().any(|of| self.name(of) == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_known_by_its_names_only() {
        for algorithm in SigningAlgorithm::ALL {
            assert_eq!(SigningAlgorithm::from_stored(algorithm.as_str()), Some(algorithm));
            assert!(algorithm.has_name(algorithm.as_str()));
        }
        assert!(SigningAlgorithm::Ed25519.has_name("EdDSA"));
        for other in ["none", "HS256", "EdDSA", "es256", "ES384", "PS256", "RS384", "rs256", ""] {
            assert!(!SigningAlgorithm::Es256.has_name(other), "{other}");
            assert_eq!(SigningAlgorithm::from_stored(other), None);
        }
    }

    #[test]
    fn only_signatures_of_rsa_are_slow() {
        assert_eq!(SigningAlgorithm::ALL.map(SigningAlgorithm::is_slow), [false, false, true]);
    }
}
