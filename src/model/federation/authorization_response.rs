//! What a provider sends back through the browser at the end of a login there (RFC 6749 §4.1.2, RFC 9207).
//!
//! Anyone can make a browser send anything to the callback, so nothing here is believed. It is put in order, and refused
//! where it is ambiguous.

use std::borrow::Cow;

use serde::Deserialize;
use url::form_urlencoded;

use crate::secret::Secret;

/// The longest query or form that is looked at, in bytes.
pub const LONGEST: usize = 16 * 1024;
/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 100;
/// What Apple's form hands over to the query of the same path; everything else stays behind.
const RELAYED: [&str; 4] = ["code", "state", "error", "user"];

/// An answer that is in order.
#[derive(Clone, Debug)]
pub struct AuthorizationResponse {
    /// What the browser was sent away with.
    pub state: Secret<String>,
    /// How the login at the provider has ended.
    pub outcome: ProviderOutcome,
    /// Who says that it answers.
    pub iss: Option<String>,
    /// Apple: the name that the person has chosen to give, which comes once and unsigned.
    pub name: Option<String>,
}

/// How the login at the provider has ended.
#[derive(Clone, Debug)]
pub enum ProviderOutcome {
    /// With a code, to be exchanged.
    Code(Secret<String>),
    /// Without one.
    Refused(ProviderRefusal),
}

/// Why there is no code (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderRefusal {
    /// The person has turned back.
    Cancelled,
    /// The provider has a problem of its own, which may pass.
    Unavailable,
    /// Anything else: mostly a mistake in the settings, here or there.
    Other,
}

/// Why an answer is not in order. All of them are told alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// A parameter is there twice, and each side may read another one (RFC 6749 §3.1).
    #[error("a parameter is repeated")]
    Repeated,
    /// No answer of a login that began here.
    #[error("there is no state")]
    NoState,
    /// Neither a code nor an error, or both.
    #[error("there must be a code or an error")]
    NoOutcome,
    /// Longer than any answer is.
    #[error("the answer is too long")]
    TooLong,
}

impl ProviderRefusal {
    fn of_code(code: &str) -> Self {
        match code {
            // Apple's own word for it is the second one.
            "access_denied" | "user_cancelled_authorize" => Self::Cancelled,
            "temporarily_unavailable" | "server_error" => Self::Unavailable,
            _ => Self::Other,
        }
    }
}

impl AuthorizationResponse {
    /// Reads the query of the callback.
    ///
    /// # Errors
    /// [`ResponseError`].
    pub fn read(query: &str) -> Result<Self, ResponseError> {
        let parameters = Parameters::read(query)?;
        let code = parameters.get("code");
        let outcome = match (code, parameters.get("error")) {
            (Some(code), None) => ProviderOutcome::Code(Secret::new(code.to_owned())),
            (None, Some(error)) => ProviderOutcome::Refused(ProviderRefusal::of_code(error)),
            (Some(_), Some(_)) | (None, None) => return Err(ResponseError::NoOutcome),
        };
        let state = parameters.get("state").ok_or(ResponseError::NoState)?;
        Ok(Self {
            state: Secret::new(state.to_owned()),
            outcome,
            iss: parameters.get("iss").map(str::to_owned),
            name: parameters.get("user").and_then(apple_name),
        })
    }
}

/// The query for the same path that takes the place of a form. The browser sends Apple's form from another site and so without
/// the cookie that the login is bound to, but follows the redirection with it.
///
/// # Errors
/// [`ResponseError`], of which only the repetition of a parameter and the length are looked at.
pub fn relayed_query(form: &str) -> Result<Secret<String>, ResponseError> {
    let parameters = Parameters::read(form)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in RELAYED {
        if let Some(value) = parameters.get(name) {
            query.append_pair(name, value);
        }
    }
    Ok(Secret::new(query.finish()))
}

/// The parameters that matter, each of them once.
struct Parameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    fn read(encoded: &'a str) -> Result<Self, ResponseError> {
        if encoded.len() > LONGEST {
            return Err(ResponseError::TooLong);
        }
        let is_known = |name: &str| RELAYED.contains(&name) || name == "iss";
        let mut known: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(encoded.as_bytes()) {
            if !is_known(&name) {
                continue;
            }
            if known.iter().any(|(other, _)| *other == name) {
                return Err(ResponseError::Repeated);
            }
            known.push((name, value));
        }
        Ok(Self(known))
    }

    /// A parameter without a value counts as one that is not there (RFC 6749 §3.1).
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_ref()).filter(|value| !value.is_empty())
    }
}

#[derive(Deserialize)]
struct AppleUser {
    #[serde(default)]
    name: Option<AppleName>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppleName {
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
}

/// The name in Apple's `user`. Its address is not looked at: that of the ID token is signed.
fn apple_name(user: &str) -> Option<String> {
    let name = serde_json::from_str::<AppleUser>(user).ok()?.name?;
    let parts: Vec<String> = [name.first_name, name.last_name].into_iter().flatten().collect();
    let words: Vec<&str> = parts.iter().flat_map(|part| part.split_whitespace()).collect();
    let name = words.join(" ");
    (!name.is_empty() && name.chars().count() <= LONGEST_NAME).then_some(name)
}

#[cfg(test)]
mod tests;
