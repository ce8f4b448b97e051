//! What a provider's claims prove about an address.
//!
//! An address is *proven* if the provider says so and is the one that can know it. Everything else is a text that a
//! stranger may have chosen, such as the address of a victim (the attack known as nOAuth), so it may fill in a form, and
//! nothing more.

use super::ProviderKind;
use super::id_token::IdTokenClaims;
use crate::model::email::Email;

/// In the list of trusted domains: every domain.
const EVERY_DOMAIN: &str = "*";
/// The domain of Google's own mailboxes, for which Google is the authority.
const GMAIL: &str = "gmail.com";
/// The domains whose mailboxes Apple runs itself, those of hidden addresses among them.
const APPLE_DOMAINS: [&str; 4] = ["icloud.com", "me.com", "mac.com", "privaterelay.appleid.com"];

/// Whose word about addresses is taken, for which domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailRule {
    kind: ProviderKind,
    /// In the ASCII form of IDNA, or `*`.
    trusted_domains: Vec<String>,
}

/// An address that a provider has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldEmail {
    /// In its canonical form.
    pub address: Email,
    /// Whether the person has shown to someone we trust that they receive mails there.
    pub is_proven: bool,
}

impl EmailRule {
    /// The rule of a provider with these domains from the settings.
    pub fn new(kind: ProviderKind, trusted_domains: &[String]) -> Self {
        Self { kind, trusted_domains: trusted_domains.to_vec() }
    }

    /// The address in the claims; `None` if there is none, or if it is no address.
    pub fn examine(&self, claims: &IdTokenClaims) -> Option<ToldEmail> {
        let address = Email::parse(claims.email.as_deref()?).ok()?;
        let is_proven = self.is_proven(&address, claims);
        Some(ToldEmail { address, is_proven })
    }

    /// An address of which the provider has told by itself whether it is verified.
    pub fn judge(&self, address: Email, is_verified: bool) -> ToldEmail {
        let is_proven = is_verified && self.trusts(domain_of(&address));
        ToldEmail { address, is_proven }
    }

    fn trusts(&self, domain: &str) -> bool {
        self.trusted_domains.iter().any(|trusted| trusted == EVERY_DOMAIN || trusted == domain)
    }

    fn is_proven(&self, address: &Email, claims: &IdTokenClaims) -> bool {
        let domain = domain_of(address);
        let is_verified = claims.email_verified.is_some_and(|flag| flag.0);
        let is_trusted = self.trusts(domain);
        match self.kind {
            // Google is the authority for its own mailboxes and for domains of Google Workspace (`hd`). For others
            // it knows only that the address was verified once.
            ProviderKind::Google => {
                let is_of_workspace = claims.hd.as_deref().is_some_and(|hd| !hd.is_empty());
                is_verified && (domain == GMAIL || is_of_workspace || is_trusted)
            }
            // Administrators of any tenant write what they like into `email`. `xms_edov` says that the tenant has
            // proven to own the domain; `email_verified` is not to be believed.
            ProviderKind::Microsoft => claims.xms_edov.is_some_and(|flag| flag.0),
            ProviderKind::Apple => is_verified && (APPLE_DOMAINS.contains(&domain) || is_trusted),
            ProviderKind::GitHub | ProviderKind::Oidc => is_verified && is_trusted,
        }
    }
}

fn domain_of(address: &Email) -> &str {
    address.as_str().rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(kind: ProviderKind, trusted: &[&str], members: Value) -> Option<ToldEmail> {
        let mut claims = json!({ "iss": "i", "sub": "s", "aud": "a", "exp": 1, "iat": 1 });
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let trusted: Vec<String> = trusted.iter().map(|domain| (*domain).to_owned()).collect();
        EmailRule::new(kind, &trusted).examine(&serde_json::from_value(claims).unwrap())
    }

    fn is_proven(kind: ProviderKind, trusted: &[&str], members: Value) -> bool {
        told(kind, trusted, members).unwrap().is_proven
    }

    #[test]
    fn google_knows_its_mailboxes_and_those_of_workspaces() {
        let google = |members| is_proven(ProviderKind::Google, &[], members);
        assert!(google(json!({ "email": "Ada@Gmail.com", "email_verified": true })));
        assert!(google(json!({ "email": "a@example.com", "email_verified": true, "hd": "example.com" })));
        assert!(!google(json!({ "email": "a@example.com", "email_verified": true })));
        assert!(!google(json!({ "email": "a@example.com", "email_verified": true, "hd": "" })));
        assert!(!google(json!({ "email": "a@gmail.com", "email_verified": false })));
        assert!(!google(json!({ "email": "a@gmail.com" })));
        assert!(!google(json!({ "email": "a@gmail.com.example", "email_verified": true })));
        assert!(!google(json!({ "email": "a@example.com", "email_verified": false, "hd": "example.com" })));
        let trusted = |members| is_proven(ProviderKind::Google, &["example.com"], members);
        assert!(trusted(json!({ "email": "a@example.com", "email_verified": true })));
        assert!(!trusted(json!({ "email": "a@example.com", "email_verified": false })));
        assert!(!trusted(json!({ "email": "a@example.org", "email_verified": true })));
    }

    #[test]
    fn microsoft_is_believed_by_xms_edov_alone() {
        let microsoft = |members| is_proven(ProviderKind::Microsoft, &["*"], members);
        for yes in [json!(true), json!("true"), json!(1), json!("1")] {
            assert!(microsoft(json!({ "email": "a@example.com", "xms_edov": yes })), "{yes}");
        }
        for no in [json!(false), json!("false"), json!(0), json!("0"), Value::Null] {
            assert!(
                !microsoft(json!({ "email": "a@example.com", "xms_edov": no, "email_verified": true })),
                "{no}"
            );
        }
        assert!(!microsoft(json!({ "email": "a@example.com", "email_verified": true })));
    }

    #[test]
    fn apple_writes_booleans_as_texts() {
        let apple = |trusted: &[&str], members| is_proven(ProviderKind::Apple, trusted, members);
        let hidden = "x1y2@privaterelay.appleid.com";
        assert!(apple(&[], json!({ "email": hidden, "email_verified": "true", "is_private_email": "true" })));
        assert!(apple(&[], json!({ "email": hidden, "email_verified": true })));
        assert!(!apple(&[], json!({ "email": hidden, "email_verified": "false" })));
        assert!(!apple(&[], json!({ "email": "a@example.com", "email_verified": "true" })));
        assert!(apple(&["example.com"], json!({ "email": "a@example.com", "email_verified": "true" })));
        assert!(!apple(&["example.com"], json!({ "email": "a@example.com", "email_verified": "false" })));
        for own in ["a@icloud.com", "a@me.com", "a@mac.com"] {
            assert!(apple(&[], json!({ "email": own, "email_verified": true })), "{own}");
        }
        assert!(!apple(&[], json!({ "email": "a@evil.icloud.com", "email_verified": true })));
    }

    #[test]
    fn others_are_believed_for_the_domains_they_are_trusted_with() {
        let other = |trusted: &[&str], members| is_proven(ProviderKind::Oidc, trusted, members);
        let verified = json!({ "email": "a@example.com", "email_verified": true });
        assert!(!other(&[], verified.clone()));
        assert!(other(&["example.com"], verified.clone()));
        assert!(other(&["*"], verified.clone()));
        assert!(!other(&["example.org", "com", "xample.com", "sub.example.com"], verified));
        assert!(!other(&["*"], json!({ "email": "a@example.com", "email_verified": false })));
        assert!(!other(&["*"], json!({ "email": "a@example.com" })));
        assert!(!other(&["example.com"], json!({ "email": "a@sub.example.com", "email_verified": true })));
        let international = json!({ "email": "a@Müller.example", "email_verified": true });
        assert!(other(&["xn--mller-kva.example"], international));
    }

    #[test]
    fn a_verified_address_is_proven_where_the_provider_is_trusted() {
        let address = Email::parse("ada@example.com").unwrap();
        let judged = |trusted: &[String], is_verified| {
            EmailRule::new(ProviderKind::GitHub, trusted).judge(address.clone(), is_verified).is_proven
        };
        let trusted = ["example.com".to_owned()];
        assert!(judged(&trusted, true) && !judged(&trusted, false) && !judged(&[], true));
    }

    #[test]
    fn what_is_no_address_is_not_told() {
        for members in [json!({}), json!({ "email": Value::Null }), json!({ "email": "not an address" })] {
            assert_eq!(told(ProviderKind::Oidc, &["*"], members), None);
        }
    }
}
