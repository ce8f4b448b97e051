//! A provider says that a session there is over.

use super::*;
use crate::model::federation::logout_token::{LogoutScope, LogoutTokenError};

/// The claims of a good logout token of this provider.
fn claims(fake: &Fake) -> Value {
    let issued = START.unix_seconds();
    json!({
        "iss": fake.base, "aud": "web", "iat": issued, "exp": issued + 120, "jti": "1", "sub": "ada", "sid": "s",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

#[tokio::test]
async fn a_logout_token_is_verified_with_the_provider_s_keys() {
    let (fake, key, strange) = (Fake::start().await, Key::new("1"), Key::new("1"));
    fake.publish(&[&key]);
    let provider = fake.provider();
    let logout = provider.verify_logout(&key.typed("logout+jwt", &claims(&fake)), START).await.unwrap();
    let scope = LogoutScope::Session { sid: "s".to_owned(), subject: Some("ada".to_owned()) };
    assert_eq!((logout.issuer, logout.scope), (fake.base.clone(), scope));
    let refused = provider.verify_logout(&strange.typed("logout+jwt", &claims(&fake)), START).await;
    assert_eq!(refused.unwrap_err(), LogoutError::Signature(SignatureError::Signature));
}

#[tokio::test]
async fn an_id_token_and_a_logout_token_are_never_taken_for_each_other() {
    let (fake, key) = (Fake::start().await, Key::new("1"));
    fake.publish(&[&key]);
    let provider = fake.provider();
    let id_token = provider.verify_logout(&fake.token(&key), START).await;
    assert_eq!(id_token.unwrap_err(), LogoutError::Signature(SignatureError::Type));
    let logout_token = key.typed("logout+jwt", &claims(&fake));
    let login = provider.verify(&presented(&logout_token), START).await;
    assert_eq!(login.unwrap_err(), TokenError::Signature(SignatureError::Type));
    let mut with_nonce = claims(&fake);
    with_nonce["nonce"] = json!("n");
    let refused = provider.verify_logout(&key.typed("logout+jwt", &with_nonce), START).await;
    assert_eq!(refused.unwrap_err(), LogoutError::Claims(LogoutTokenError::Nonce));
}

#[tokio::test]
async fn the_keys_are_fetched_again_for_a_logout_token_too() {
    let (fake, old, new) = (Fake::start().await, Key::new("1"), Key::new("2"));
    fake.publish(&[&old]);
    let provider = fake.provider();
    provider.discovered(START).await.unwrap();
    fake.publish(&[&new]);
    let token = new.typed("logout+jwt", &claims(&fake));
    let early = provider.verify_logout(&token, START).await;
    assert_eq!(early.unwrap_err(), LogoutError::Signature(SignatureError::UnknownKey));
    provider.verify_logout(&token, START.plus(PAUSE)).await.unwrap();
    assert_eq!(fake.count("/keys"), 2);
}
