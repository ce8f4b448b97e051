//! What GitHub tells of a person. It has no ID tokens; its API answers for the owner of an access token.

use serde::Deserialize;

use crate::model::email::Email;

/// The domain of addresses that receive no mails, and of its subdomains.
const NO_REPLY: &str = "noreply.github.com";

/// The answer of `GET /user`, as far as it matters. The login can be changed, and then be taken by someone else: a person
/// is known by the number alone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GitHubUser {
    /// Never given to someone else.
    pub id: u64,
    /// As the person writes it.
    #[serde(default)]
    pub name: Option<String>,
}

/// One item of the answer of `GET /user/emails`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GitHubEmail {
    /// As the person has written it.
    pub email: String,
    /// Whether it is the address for GitHub's own mails.
    #[serde(default)]
    pub primary: bool,
    /// Whether a mail of GitHub's has been confirmed there.
    #[serde(default)]
    pub verified: bool,
}

/// The address of a person: the primary one if it is verified, else the first verified one. Addresses that are not verified
/// or receive no mails are none.
pub fn address(told: &[GitHubEmail]) -> Option<Email> {
    let verified = || told.iter().filter(|item| item.verified);
    let usable = |item: &GitHubEmail| Email::parse(&item.email).ok().filter(receives_mail);
    verified().filter(|item| item.primary).find_map(usable).or_else(|| verified().find_map(usable))
}

fn receives_mail(address: &Email) -> bool {
    let domain = address.as_str().rsplit('@').next().unwrap_or_default();
    domain != NO_REPLY && !domain.ends_with(&format!(".{NO_REPLY}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(items: &[(&str, bool, bool)]) -> Option<String> {
        let item = |(email, primary, verified): &(&str, bool, bool)| GitHubEmail {
            email: (*email).to_owned(),
            primary: *primary,
            verified: *verified,
        };
        let items: Vec<_> = items.iter().map(item).collect();
        address(&items).map(|address| address.as_str().to_owned())
    }

    #[test]
    fn the_primary_address_comes_first_if_it_is_verified() {
        let (one, two) = ("one@example.com", "two@example.com");
        assert_eq!(told(&[(one, false, true), (two, true, true)]).as_deref(), Some(two));
        assert_eq!(told(&[(one, false, true), (two, true, false)]).as_deref(), Some(one));
        assert_eq!(told(&[(one, false, false), (two, true, false)]), None);
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn addresses_without_mailboxes_are_none() {
        let hidden = "1234567+ada@users.noreply.github.com";
        assert_eq!(told(&[(hidden, true, true)]), None);
        assert_eq!(told(&[("ada@NoReply.GitHub.com", true, true), ("no address", false, true)]), None);
        let real = "ada@example.com";
        assert_eq!(told(&[(hidden, true, true), (real, false, true)]).as_deref(), Some(real));
        let similar = "ada@anoreply.github.com";
        assert_eq!(told(&[(similar, true, true)]).as_deref(), Some(similar));
    }

    #[test]
    fn a_person_is_known_by_a_number() {
        let user: GitHubUser =
            serde_json::from_str(r#"{"login":"ada","id":583231,"name":null,"email":null}"#).unwrap();
        assert_eq!(user, GitHubUser { id: 583_231, name: None });
        for other in [r#"{"login":"ada"}"#, r#"{"id":"ada"}"#, r#"{"id":-1}"#, r#"{"id":null}"#] {
            assert!(serde_json::from_str::<GitHubUser>(other).is_err(), "{other}");
        }
    }
}
