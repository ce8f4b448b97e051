//! A token that counts, and all the ways in which it may not.

use serde_json::{Value, json};

use super::*;
use crate::model::federation::ProviderKind;

const NOW: i64 = 1_800_000_000;

/// The claims of a good token with these members in place of its own; `null` takes one away.
fn claims(members: Value) -> Value {
    let mut all = json!({
        "iss": "https://id.example", "sub": "248289761001", "aud": "web", "azp": "web", "exp": NOW + 300,
        "iat": NOW - 1, "auth_time": NOW - 10, "nonce": "n-0S6_WzA2Mj", "at_hash": "77QmUPtjPfzWtF2AnpK9RQ",
    });
    let object = all.as_object_mut().unwrap();
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
    all
}

fn read(members: Value) -> IdTokenClaims {
    serde_json::from_value(claims(members)).unwrap()
}

fn examine(members: Value) -> Result<Subject, IdTokenError> {
    let issuer = IssuerRule::new(ProviderKind::Oidc, "https://id.example", &[]);
    let client_ids = ["web".to_owned(), "ios".to_owned(), "android".to_owned()];
    read(members).examine(&Expected {
        issuer: &issuer,
        client_ids: &client_ids,
        nonces: &["n-0S6_WzA2Mj", "hashed"],
        at_hash: Some("77QmUPtjPfzWtF2AnpK9RQ"),
        key_issuer: None,
        now: Timestamp::from_unix_seconds(NOW),
    })
}

#[test]
fn a_good_token_says_who_the_person_is() {
    let subject = examine(json!({})).unwrap();
    assert_eq!(
        subject,
        Subject { issuer: "https://id.example".to_owned(), subject: "248289761001".to_owned() }
    );
}

#[test]
fn optional_claims_may_be_missing() {
    for name in ["azp", "at_hash", "auth_time", "nbf"] {
        assert!(examine(json!({ name: null })).is_ok(), "{name}");
    }
}

#[test]
fn required_claims_may_not() {
    for name in ["iss", "sub", "aud", "exp", "iat"] {
        let without = claims(json!({ name: null }));
        assert!(serde_json::from_value::<IdTokenClaims>(without).is_err(), "{name}");
    }
}

#[test]
fn a_claim_that_is_there_twice_is_refused() {
    let twice = claims(json!({})).to_string().replacen('{', r#"{"sub":"someone else","#, 1);
    assert!(serde_json::from_str::<IdTokenClaims>(&twice).is_err());
}

#[test]
fn claims_of_other_types_are_refused() {
    for members in [
        json!({ "sub": 7 }),
        json!({ "exp": "1800000300" }),
        json!({ "aud": 7 }),
        json!({ "aud": ["web", 7] }),
        json!({ "iss": ["https://id.example"] }),
        json!({ "nonce": ["n-0S6_WzA2Mj"] }),
    ] {
        assert!(serde_json::from_value::<IdTokenClaims>(claims(members.clone())).is_err(), "{members}");
    }
}

#[test]
fn another_issuer_is_refused() {
    for iss in ["https://id.example/", "https://evil.example", "https://id.example@evil.example", ""] {
        assert_eq!(examine(json!({ "iss": iss })), Err(IdTokenError::Issuer), "{iss}");
    }
}

#[test]
fn a_subject_is_short_ascii() {
    let longest = "s".repeat(255);
    assert!(examine(json!({ "sub": longest })).is_ok());
    for sub in [String::new(), "s".repeat(256), "größe".to_owned()] {
        assert_eq!(examine(json!({ "sub": sub })), Err(IdTokenError::Subject), "{sub}");
    }
}

#[test]
fn applications_of_ours_are_audiences() {
    for aud in [json!("ios"), json!(["android"]), json!(["web", "ios"])] {
        assert!(examine(json!({ "aud": aud })).is_ok(), "{aud}");
    }
    for aud in [json!("evil"), json!([]), json!(["web", "evil"]), json!("WEB"), json!("web ios"), json!("")] {
        assert_eq!(examine(json!({ "aud": aud })), Err(IdTokenError::Audience), "{aud}");
    }
}

/// Google's tokens for Android have the server's id as the audience, and the application's as the party.
#[test]
fn the_party_that_asked_is_one_of_ours() {
    assert!(examine(json!({ "azp": "android" })).is_ok());
    assert_eq!(examine(json!({ "azp": "evil" })), Err(IdTokenError::AuthorizedParty));
    assert_eq!(examine(json!({ "azp": "" })), Err(IdTokenError::AuthorizedParty));
}

#[test]
fn clocks_may_differ_by_a_minute() {
    for (members, expected) in [
        (json!({ "exp": NOW - 59 }), Ok(())),
        (json!({ "exp": NOW - 60 }), Err(IdTokenError::Expired)),
        (json!({ "exp": 0 }), Err(IdTokenError::Expired)),
        (json!({ "exp": i64::MIN }), Err(IdTokenError::Expired)),
        (json!({ "exp": i64::MAX }), Ok(())),
        (json!({ "iat": NOW + 60 }), Ok(())),
        (json!({ "iat": NOW + 61 }), Err(IdTokenError::Future)),
        (json!({ "nbf": NOW + 60 }), Ok(())),
        (json!({ "nbf": NOW + 61 }), Err(IdTokenError::Future)),
        (json!({ "nbf": i64::MAX }), Err(IdTokenError::Future)),
        (json!({ "iat": NOW + 61, "nbf": NOW - 60 }), Err(IdTokenError::Future)),
    ] {
        assert_eq!(examine(members.clone()).map(|_| ()), expected, "{members}");
    }
}

#[test]
fn the_nonce_is_that_of_this_login() {
    assert!(examine(json!({ "nonce": "hashed" })).is_ok());
    for nonce in [json!("another"), json!(""), json!("N-0S6_WzA2Mj"), Value::Null] {
        assert_eq!(examine(json!({ "nonce": nonce })), Err(IdTokenError::Nonce), "{nonce}");
    }
}

#[test]
fn the_token_belongs_to_the_access_token() {
    for other in ["", "another", "77QmUPtjPfzWtF2AnpK9RQ=="] {
        assert_eq!(examine(json!({ "at_hash": other })), Err(IdTokenError::AccessToken), "{other}");
    }
}

#[test]
fn truth_has_several_spellings() {
    for (written, truth) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(1), true),
        (json!("1"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!("True"), false),
        (json!("yes"), false),
        (json!(2), false),
        (json!(0), false),
        (json!("0"), false),
        (json!(""), false),
    ] {
        assert_eq!(read(json!({ "email_verified": written })).email_verified, Some(Flag(truth)), "{written}");
    }
    assert_eq!(read(json!({})).email_verified, None);
    let list = claims(json!({ "email_verified": [true] }));
    assert!(serde_json::from_value::<IdTokenClaims>(list).is_err());
}

#[test]
fn nothing_is_compared_where_no_access_token_came_along() {
    let issuer = IssuerRule::new(ProviderKind::Oidc, "https://id.example", &[]);
    let subject = read(json!({ "at_hash": "another" })).examine(&Expected {
        issuer: &issuer,
        client_ids: &["web".to_owned()],
        nonces: &["n-0S6_WzA2Mj"],
        at_hash: None,
        key_issuer: None,
        now: Timestamp::from_unix_seconds(NOW),
    });
    assert_eq!(subject.map(|subject| subject.subject).as_deref(), Ok("248289761001"));
}

#[test]
fn a_token_of_microsoft_is_of_an_admitted_tenant_and_signed_with_a_key_for_it() {
    const OURS: &str = "11111111-2222-3333-4444-555555555555";
    const THEIRS: &str = "99999999-2222-3333-4444-555555555555";
    let of = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let issuer = IssuerRule::new(ProviderKind::Microsoft, &of("common"), &[OURS.to_owned()]);
    for (tenant, key_tenant, expected) in [
        (OURS, OURS, Ok(of(OURS))),
        (OURS, "{tenantid}", Ok(of(OURS))),
        (OURS, THEIRS, Err(IdTokenError::Issuer)),
        (THEIRS, THEIRS, Err(IdTokenError::Tenant)),
    ] {
        let subject = read(json!({ "iss": of(tenant), "tid": tenant })).examine(&Expected {
            issuer: &issuer,
            client_ids: &["web".to_owned()],
            nonces: &["n-0S6_WzA2Mj"],
            at_hash: None,
            key_issuer: Some(&of(key_tenant)),
            now: Timestamp::from_unix_seconds(NOW),
        });
        assert_eq!(subject.map(|subject| subject.issuer), expected, "{tenant} {key_tenant}");
    }
}

#[test]
fn every_refusal_has_a_word_of_its_own() {
    for (error, word) in [
        (IdTokenError::Issuer, "issuer"),
        (IdTokenError::Tenant, "tenant"),
        (IdTokenError::Subject, "subject"),
        (IdTokenError::Audience, "audience"),
        (IdTokenError::AuthorizedParty, "authorized_party"),
        (IdTokenError::Expired, "expired"),
        (IdTokenError::Future, "future"),
        (IdTokenError::Nonce, "nonce"),
        (IdTokenError::AccessToken, "at_hash"),
    ] {
        assert_eq!(error.reason(), word);
    }
}
