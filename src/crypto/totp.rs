//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, steps of 30 seconds, as every authenticator app
//! does them.

use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::entropy::{Entropy, bytes};
use crate::secret::Secret;

/// As RFC 4226 §4 recommends.
const SECRET_LEN: usize = 20;

/// What the app and the server share.
pub struct TotpSecret(Zeroizing<[u8; SECRET_LEN]>);

impl TotpSecret {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(bytes(entropy)))
    }

    /// `None` if these are not the bytes of a secret.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// For people who type it in.
    pub fn base32(&self) -> Secret<String> {
        Secret::new(self.totp(Builder::new()).secret().to_base32())
    }

    /// The `otpauth` URI of the enrollment, as in a QR code.
    ///
    /// # Errors
    /// If the issuer or the account contains a colon, which separates them in the URI.
    pub fn uri(&self, issuer: &str, account: &str) -> Result<Secret<String>, Unprintable> {
        // A colon stands between the issuer and the account.
        let account = account.replace(':', " ");
        let named = Builder::new().with_issuer(Some(issuer)).with_account_name(account);
        self.totp(named).to_url().map(Secret::new).map_err(|_| Unprintable)
    }

    /// The time step whose code these six digits are, among the one before, the present and the next (RFC 6238 §5.2).
    /// Whether it was used before is for the caller to check.
    pub fn matched_step(&self, code: &str, now: Timestamp) -> Option<i64> {
        let seconds = u64::try_from(now.unix_seconds()).ok()?;
        let step = self.totp(Builder::new()).check(code, seconds)?;
        i64::try_from(step).ok()
    }

    fn totp(&self, builder: Builder) -> Totp {
        builder.with_secret(self.0.to_vec()).build_noncompliant()
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TotpSecret(***)")
    }
}

/// A URI cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no otpauth URI can be made of this")]
pub struct Unprintable;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    /// Seconds.
    const STEP: i64 = 30;

    /// RFC 6238 appendix B, SHA-1: the last six of the eight digits.
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    fn known() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn the_vectors_of_the_standard_hold() {
        for (time, code) in VECTORS {
            let at = |seconds| Timestamp::from_unix_seconds(seconds);
            assert_eq!(known().matched_step(code, at(time)), Some(time / STEP), "{time}");
            assert_eq!(known().matched_step(code, at(time + STEP)), Some(time / STEP), "one step late");
            assert_eq!(known().matched_step(code, at(time - STEP)), Some(time / STEP), "one step early");
            assert_eq!(known().matched_step(code, at(time + 2 * STEP)), None, "two steps late");
            assert_eq!(known().matched_step(code, at((time - 2 * STEP).max(0))), (time < 90).then_some(1));
        }
    }

    #[test]
    fn what_is_no_code_matches_nothing() {
        for code in ["", "28708", "2870820", "28708a", " 287082", "２８７０８２", "-87082"] {
            assert_eq!(known().matched_step(code, Timestamp::from_unix_seconds(59)), None, "{code:?}");
        }
        assert_eq!(known().matched_step("287082", Timestamp::from_unix_seconds(-59)), None);
    }

    #[test]
    fn the_uri_is_what_apps_read() {
        let uri = known().uri("Kindred", "ada+x@example.com").unwrap();
        let url = url::Url::parse(uri.expose()).unwrap();
        assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")));
        let secret = known().base32();
        assert!(url.query_pairs().any(|(name, value)| name == "secret" && value == *secret.expose()));
        assert!(url.query_pairs().any(|(name, value)| name == "issuer" && value == "Kindred"));
        assert_eq!(secret.expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn secrets_differ_and_stay_hidden() {
        let (one, two) = (TotpSecret::generate(&OsEntropy), TotpSecret::generate(&OsEntropy));
        assert_ne!(one.as_bytes(), two.as_bytes());
        assert_eq!(format!("{one:?}"), "TotpSecret(***)");
        assert!(TotpSecret::from_bytes(b"short").is_none());
    }
}
