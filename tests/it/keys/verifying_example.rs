//! Reads access tokens of Kindred.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

/// `tokens.signing_algorithm` of the service. It is never taken from a token.
const ALGORITHM: Algorithm = Algorithm::ES256;
/// Sessions with one of these claims may do nothing but change the password, or enroll a second factor.
const LIMITING: [&str; 2] = [
    "https://kindred.dev/claims/password_change_required",
    "https://kindred.dev/claims/mfa_enrollment_required",
];

/// The claims of a valid token of this issuer. `keys` is the JWK Set, which you fetch at most every five minutes, and for
/// an unknown key again, but not more often than every 30 seconds.
pub fn verify(token: &str, keys: &JwkSet, issuer: &str, audience: &str) -> Option<Value> {
    let header = decode_header(token).ok()?;
    if header.typ.as_deref() != Some("at+jwt") {
        return None;
    }
    let key = DecodingKey::from_jwk(keys.find(&header.kid?)?).ok()?;
    let mut validation = Validation::new(ALGORITHM);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims = decode::<Value>(token, &key, &validation).ok()?.claims;
    let is_limited = LIMITING.iter().any(|claim| claims[claim] == true);
    (!is_limited).then_some(claims)
}
