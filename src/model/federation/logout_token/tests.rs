use serde_json::json;

use super::*;
use crate::model::federation::ProviderKind;

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://id.example";

/// The claims of a good token with these members in place of the usual ones; `null` takes a member away.
fn claims(members: &Value) -> Result<LogoutTokenClaims, serde_json::Error> {
    let mut all = json!({
        "iss": ISSUER, "aud": "web", "iat": NOW, "exp": NOW + 120, "jti": "token-1", "sub": "ada", "sid": "session-1",
        "events": { EVENT: {} },
    });
    let target = all.as_object_mut().unwrap();
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            target.remove(name);
        } else {
            target.insert(name.clone(), value.clone());
        }
    }
    serde_json::from_value(all)
}

fn examine_at(members: &Value, now: i64) -> Result<ProviderLogout, LogoutTokenError> {
    let issuer = IssuerRule::new(ProviderKind::Oidc, ISSUER, &[]);
    let client_ids = ["web".to_owned(), "app".to_owned()];
    claims(members).unwrap().examine(&ExpectedLogout {
        issuer: &issuer,
        client_ids: &client_ids,
        key_issuer: None,
        now: Timestamp::from_unix_seconds(now),
    })
}

fn examine(members: &Value) -> Result<ProviderLogout, LogoutTokenError> {
    examine_at(members, NOW)
}

#[test]
fn a_token_ends_the_session_that_it_names() {
    let logout = examine(&json!({})).unwrap();
    let scope = LogoutScope::Session { sid: "session-1".to_owned(), subject: Some("ada".to_owned()) };
    assert_eq!((logout.issuer.as_str(), logout.token_id.as_str(), logout.scope), (ISSUER, "token-1", scope));
    let without_person = examine(&json!({ "sub": null })).unwrap().scope;
    assert_eq!(without_person, LogoutScope::Session { sid: "session-1".to_owned(), subject: None });
}

#[test]
fn a_token_without_a_session_is_about_the_person() {
    let scope = examine(&json!({ "sid": null })).unwrap().scope;
    assert_eq!(scope, LogoutScope::Person("ada".to_owned()));
}

#[test]
fn other_tokens_end_nothing() {
    let long = "x".repeat(256);
    let common = |error| Err(LogoutTokenError::Common(error));
    for (members, expected) in [
        (json!({ "iss": "https://evil.example" }), common(IdTokenError::Issuer)),
        (json!({ "iss": "https://id.example/" }), common(IdTokenError::Issuer)),
        (json!({ "aud": "other" }), common(IdTokenError::Audience)),
        (json!({ "aud": [] }), common(IdTokenError::Audience)),
        (json!({ "aud": ["web", "other"] }), common(IdTokenError::Audience)),
        (json!({ "iat": NOW + 61 }), common(IdTokenError::Future)),
        (json!({ "exp": NOW - 60 }), common(IdTokenError::Expired)),
        (json!({ "iat": NOW - 600, "exp": NOW + 86_400 }), Err(LogoutTokenError::Old)),
        (json!({ "events": {} }), Err(LogoutTokenError::Event)),
        (json!({ "events": { "backchannel-logout": {} } }), Err(LogoutTokenError::Event)),
        (json!({ "events": { EVENT: true } }), Err(LogoutTokenError::Event)),
        (json!({ "nonce": "n" }), Err(LogoutTokenError::Nonce)),
        (json!({ "nonce": "" }), Err(LogoutTokenError::Nonce)),
        (json!({ "jti": "" }), Err(LogoutTokenError::TokenId)),
        (json!({ "jti": long }), Err(LogoutTokenError::TokenId)),
        (json!({ "sub": null, "sid": null }), Err(LogoutTokenError::NoOne)),
        (json!({ "sub": "", "sid": null }), Err(LogoutTokenError::NoOne)),
        (json!({ "sub": "ä" }), Err(LogoutTokenError::NoOne)),
        (json!({ "sid": "" }), Err(LogoutTokenError::NoOne)),
        (json!({ "sid": long }), Err(LogoutTokenError::NoOne)),
    ] {
        assert_eq!(examine(&members), expected, "{members}");
    }
}

#[test]
fn each_of_our_ids_may_be_the_audience() {
    for audience in [json!("app"), json!(["web"]), json!(["web", "app"])] {
        assert!(examine(&json!({ "aud": audience })).is_ok(), "{audience}");
    }
}

#[test]
fn what_every_logout_token_has_must_be_there() {
    for missing in ["iss", "aud", "iat", "exp", "jti", "events"] {
        assert!(claims(&json!({ missing: null })).is_err(), "{missing}");
    }
    assert!(claims(&json!({ "events": [EVENT] })).is_err());
}

/// The id of a used token is kept until then, so the token must not count a moment longer.
#[test]
fn a_token_counts_until_the_moment_that_is_told() {
    for (members, seconds) in [(json!({}), 180), (json!({ "exp": NOW + 86_400 }), 600)] {
        let until = examine(&members).unwrap().counts_until;
        assert_eq!(until, Timestamp::from_unix_seconds(NOW + seconds), "{members}");
        assert!(examine_at(&members, NOW + seconds - 1).is_ok(), "{members}");
        assert!(examine_at(&members, NOW + seconds).is_err(), "{members}");
    }
}

/// What an attacker may write into `exp` and `iat` reaches no arithmetic that overflows.
#[test]
fn times_beyond_all_clocks_are_refused_or_bounded() {
    assert!(examine(&json!({ "exp": i64::MAX })).is_ok());
    for members in [json!({ "exp": i64::MIN }), json!({ "iat": i64::MAX }), json!({ "iat": i64::MIN })] {
        assert!(examine(&members).is_err(), "{members}");
    }
}

#[test]
fn ids_and_clocks_count_up_to_their_limits() {
    let longest = "x".repeat(255);
    for members in [
        json!({ "jti": longest }),
        json!({ "sid": longest }),
        json!({ "sub": longest, "sid": null }),
        json!({ "iat": NOW + 60 }),
        json!({ "exp": NOW - 59 }),
        json!({ "iat": NOW - 599, "exp": NOW + 86_400 }),
    ] {
        assert!(examine(&members).is_ok(), "{members}");
    }
    assert_eq!(examine(&json!({ "sub": "x".repeat(256) })), Err(LogoutTokenError::NoOne));
}

#[test]
fn every_refusal_has_a_word_of_its_own() {
    for (error, word) in [
        (LogoutTokenError::Common(IdTokenError::Audience), "audience"),
        (LogoutTokenError::Common(IdTokenError::Tenant), "tenant"),
        (LogoutTokenError::Old, "old"),
        (LogoutTokenError::Event, "event"),
        (LogoutTokenError::Nonce, "nonce"),
        (LogoutTokenError::TokenId, "token_id"),
        (LogoutTokenError::NoOne, "no_one"),
    ] {
        assert_eq!(error.reason(), word);
    }
}

#[test]
fn a_nonce_without_a_value_is_a_nonce() {
    let claims = r#""iss":"i","aud":"web","iat":1,"exp":2,"jti":"1","events":{},"sub":"ada""#;
    for (nonce, has_nonce) in [("", false), (r#","nonce":null"#, true), (r#","nonce":{}"#, true)] {
        let read: LogoutTokenClaims = serde_json::from_str(&format!("{{{claims}{nonce}}}")).unwrap();
        assert_eq!((nonce, read.has_nonce), (nonce, has_nonce));
    }
}

#[test]
fn a_claim_that_is_there_twice_is_refused() {
    let once = r#""iss":"i","aud":"web","iat":1,"exp":2,"jti":"1","events":{},"sub":"ada""#;
    assert!(serde_json::from_str::<LogoutTokenClaims>(&format!("{{{once}}}")).is_ok());
    for twice in [r#""sub":"eve""#, r#""sid":"1","sid":"2""#, r#""aud":"other""#, r#""events":{}"#] {
        let written = format!("{{{once},{twice}}}");
        assert!(serde_json::from_str::<LogoutTokenClaims>(&written).is_err(), "{twice}");
    }
}

#[test]
fn a_token_of_microsoft_is_of_an_admitted_tenant_and_signed_with_a_key_for_it() {
    const OURS: &str = "11111111-2222-3333-4444-555555555555";
    const THEIRS: &str = "99999999-2222-3333-4444-555555555555";
    let of = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let issuer = IssuerRule::new(ProviderKind::Microsoft, &of("common"), &[OURS.to_owned()]);
    let common = |error| Err(LogoutTokenError::Common(error));
    for (tenant, key_tenant, expected) in [
        (OURS, OURS, Ok(of(OURS))),
        (OURS, THEIRS, common(IdTokenError::Issuer)),
        (THEIRS, THEIRS, common(IdTokenError::Tenant)),
    ] {
        let logout = claims(&json!({ "iss": of(tenant), "tid": tenant })).unwrap().examine(&ExpectedLogout {
            issuer: &issuer,
            client_ids: &["web".to_owned()],
            key_issuer: Some(&of(key_tenant)),
            now: Timestamp::from_unix_seconds(NOW),
        });
        assert_eq!(logout.map(|logout| logout.issuer), expected, "{tenant} {key_tenant}");
    }
}
