//! What a login with another provider is worth here.
//!
//! It counts as one factor, so that an account with a second factor is asked for it. Where the settings trust the provider
//! with it, a login there counts as two factors if the provider says that it was so strong.

use super::verified_identity::VerifiedIdentity;
use crate::model::assurance::{Amr, Method};

/// By which words of a provider two factors have been verified there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssuranceRule {
    acr: Vec<String>,
    amr: Vec<String>,
}

impl AssuranceRule {
    /// The rule with these values of `acr` and `amr` from the settings. Without any, no word counts.
    pub fn new(acr: &[String], amr: &[String]) -> Self {
        Self { acr: acr.to_vec(), amr: amr.to_vec() }
    }

    /// The methods of a session that is opened with this identity.
    pub fn methods(&self, identity: &VerifiedIdentity) -> Amr {
        let has_class = identity.acr.as_ref().is_some_and(|acr| self.acr.contains(acr));
        let has_method = identity.amr.iter().any(|method| self.amr.contains(method));
        if has_class || has_method {
            Amr::of(&[Method::Federated, Method::MultiFactor])
        } else {
            Amr::of(&[Method::Federated])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::assurance::Aal;
    use crate::model::federation::id_token::Subject;

    fn identity(acr: Option<&str>, amr: &[&str]) -> VerifiedIdentity {
        VerifiedIdentity {
            provider: "staff".to_owned(),
            subject: Subject { issuer: "https://id.example".to_owned(), subject: "1".to_owned() },
            email: None,
            name: None,
            auth_time: None,
            acr: acr.map(str::to_owned),
            amr: amr.iter().map(|method| (*method).to_owned()).collect(),
            sid: None,
        }
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_provider_that_is_not_trusted_with_it_is_one_factor() {
        let rule = AssuranceRule::default();
        for told in [identity(None, &[]), identity(Some("aal2"), &["mfa", "pwd", "otp", "hwk"])] {
            let amr = rule.methods(&told);
            assert_eq!((amr.aal(), amr.names()), (Aal::One, vec!["fed"]));
        }
    }

    #[test]
    fn a_trusted_word_counts_exactly() {
        let rule = AssuranceRule::new(&words(&["gold"]), &words(&["mfa"]));
        for strong in
            [identity(Some("gold"), &[]), identity(None, &["pwd", "mfa"]), identity(Some("gold"), &["mfa"])]
        {
            let amr = rule.methods(&strong);
            assert_eq!((amr.aal(), amr.names()), (Aal::Two, vec!["mfa", "fed"]));
        }
        for weak in [
            identity(Some("Gold"), &["MFA", "mfa "]),
            identity(Some("mfa"), &["gold"]),
            identity(None, &[""]),
        ] {
            assert_eq!(rule.methods(&weak).aal(), Aal::One, "{weak:?}");
        }
    }
}
