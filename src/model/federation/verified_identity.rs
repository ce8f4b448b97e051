//! A person as a provider has told of them, once everything that was told is verified.

use super::email_proof::ToldEmail;
use super::id_token::{IdTokenClaims, LEEWAY, Subject};
use crate::clock::Timestamp;

/// A person for whom a provider vouches. What is here was signed by the provider, or came from its API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedIdentity {
    /// The name of the provider in the settings.
    pub provider: String,
    /// By which the person is known here.
    pub subject: Subject,
    /// The address that the provider tells.
    pub email: Option<ToldEmail>,
    /// The name that the person has at the provider.
    pub name: Option<String>,
    /// When the person authenticated at the provider, if it tells.
    pub auth_time: Option<Timestamp>,
    /// The class of the authentication at the provider.
    pub acr: Option<String>,
    /// The methods of the authentication at the provider.
    pub amr: Vec<String>,
    /// The session at the provider, for its logout.
    pub sid: Option<String>,
}

impl VerifiedIdentity {
    /// The person that an ID token is about; the subject and the address were examined before.
    pub fn of_claims(
        provider: &str,
        subject: Subject,
        email: Option<ToldEmail>,
        claims: IdTokenClaims,
    ) -> Self {
        Self {
            provider: provider.to_owned(),
            subject,
            email,
            name: claims.name,
            auth_time: claims.auth_time.map(Timestamp::from_unix_seconds),
            acr: claims.acr,
            amr: claims.amr.unwrap_or_default(),
            sid: claims.sid,
        }
    }

    /// Whether the person has authenticated at the provider since this moment. A provider that does not tell when has
    /// not shown it.
    pub fn is_fresh(&self, since: Timestamp) -> bool {
        self.auth_time.is_some_and(|told| told >= since.minus(LEEWAY))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn identity(members: Value) -> VerifiedIdentity {
        let mut claims = json!({ "iss": "i", "sub": "s", "aud": "a", "exp": 1, "iat": 1 });
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let subject = Subject { issuer: "i".to_owned(), subject: "s".to_owned() };
        VerifiedIdentity::of_claims("staff", subject, None, serde_json::from_value(claims).unwrap())
    }

    #[test]
    fn only_a_told_time_is_fresh() {
        let since = Timestamp::from_unix_seconds(NOW);
        for (auth_time, is_fresh) in [
            (json!(NOW), true),
            (json!(NOW - 60), true),
            (json!(NOW - 61), false),
            (json!(0), false),
            (Value::Null, false),
        ] {
            let told = identity(json!({ "auth_time": auth_time }));
            assert_eq!(told.is_fresh(since), is_fresh, "{auth_time}");
        }
    }

    #[test]
    fn what_the_token_tells_is_kept() {
        let told = identity(json!({ "name": "Ada", "acr": "2", "amr": ["pwd", "otp"], "sid": "session" }));
        assert_eq!((told.provider.as_str(), told.name.as_deref()), ("staff", Some("Ada")));
        assert_eq!((told.acr.as_deref(), told.sid.as_deref()), (Some("2"), Some("session")));
        assert_eq!(told.amr, ["pwd", "otp"]);
        assert_eq!((told.subject.issuer.as_str(), told.subject.subject.as_str()), ("i", "s"));
        assert_eq!(identity(json!({})).amr, Vec::<String>::new());
    }
}
