use std::net::IpAddr;

use super::*;
use crate::model::security_event::RequestContext;

fn letter(notice: Notice) -> Letter {
    Letter {
        to: "ada@example.com".to_owned(),
        display_name: None,
        locale: None,
        time_zone: None,
        notice,
        known_device: false,
        help: None,
    }
}

#[test]
fn no_link_is_seen_in_the_debugging_form_of_a_message() {
    let link = "https://id.example/account/reset-password?token=secret".to_owned();
    let notice = Notice::ResetPassword { link, expires_in: Duration::from_secs(1_800) };
    assert_eq!(format!("{notice:?}"), "Notice(reset_password)");
}

/// No pause between warnings, and no quota of what strangers request, keeps it from its reader.
#[test]
fn the_way_back_into_a_secured_account_is_no_warning() {
    let link = "https://id.example/account/reset-password?token=secret".to_owned();
    let notice = Notice::AccountSecured { link, expires_in: Duration::from_secs(1_800) };
    assert!(notice.is_for_access() && !notice.is_warning() && !notice.is_requested());
    assert_eq!((notice.help(), notice.template()), (None, "account_secured"));
}

#[test]
fn what_causes_a_message_decides_on_its_quota_and_its_pause() {
    let (at, place) = (Timestamp::default(), Place::default);
    let (link, expires_in) = (String::new, Duration::from_secs(1_800));
    let (is, not) = (true, false);
    for (notice, is_warning, is_for_access, is_requested) in [
        (Notice::VerifyEmail { link: link(), expires_in }, not, is, is),
        (Notice::ResetPassword { link: link(), expires_in }, not, is, is),
        (Notice::FirstCredential { link: link(), expires_in }, not, is, not),
        (Notice::AddressTaken { reset_link: link() }, not, not, is),
        (Notice::ConfirmEmailChange { link: link(), expires_in }, not, not, is),
        (Notice::SmsCode { code: link(), expires_in }, not, not, not),
        (Notice::NewDevice { at, place: place() }, is, not, not),
        (Notice::AccountErased { at }, is, not, not),
    ] {
        let found = (notice.is_warning(), notice.is_for_access(), notice.is_requested());
        assert_eq!(found, (is_warning, is_for_access, is_requested), "{notice:?}");
    }
}

#[test]
fn only_the_news_of_another_address_goes_to_the_former_one() {
    let at = Timestamp::default();
    assert!(Notice::EmailChanged { new_address: String::new(), at }.is_to_former_address());
    let requested = Notice::EmailChangeRequested { new_address: String::new(), at, place: Place::default() };
    assert!(!requested.is_to_former_address());
    assert!(!Notice::EmailAssigned { at }.is_to_former_address());
}

#[test]
fn a_letter_is_stored_and_read_back() {
    let at = Timestamp::from_unix_seconds(1_795_280_400);
    let device = DeviceName { browser: Some("Firefox".to_owned()), os: Some("Linux".to_owned()) };
    let place = Place { device: Some(device), network: Some("192.0.2.0/24".to_owned()), ..Place::default() };
    let link = || "https://id.example/x".to_owned();
    for notice in [
        Notice::ResetPassword { link: link(), expires_in: Duration::from_secs(1_800) },
        Notice::AccountSecured { link: link(), expires_in: Duration::from_secs(1_800) },
        Notice::FirstCredential { link: link(), expires_in: Duration::from_secs(900) },
        Notice::PasswordSet { at, place: place.clone() },
        Notice::Invitation {
            link: link(),
            expires_in: Duration::from_secs(100_001),
            inviter: Some("Grace".to_owned()),
            role: Some(Role::Support),
        },
        Notice::FactorAdded { factor: FactorName::Kind(Factor::Totp), at, place: place.clone() },
        Notice::FactorRemoved { factor: FactorName::Passkey("Work".to_owned()), at, place: place.clone() },
        Notice::IdentityLinked { provider: "google".to_owned(), at, place: place.clone() },
        Notice::IdentityRemoved { provider: "google".to_owned(), at, place: place.clone() },
        Notice::FederationCode {
            provider: "google".to_owned(),
            code: "7k3mq-x9t2p".to_owned(),
            expires_in: Duration::from_secs(1_800),
        },
        Notice::FactorLocked { factor: Factor::BackupCode, at, place },
        Notice::FactorsReset { at, usable_at: at },
    ] {
        let letter = letter(notice);
        let stored = serde_json::to_string(&letter).unwrap();
        assert!(stored.contains(&format!("\"template\":\"{}\"", letter.notice.template())));
        assert_eq!(serde_json::from_str::<Letter>(&stored).unwrap(), letter);
    }
}

/// Letters as version 0.1.0 has sealed them: what waits in the outbox is sent after an upgrade.
#[test]
fn letters_of_the_earlier_version_are_read() {
    let read = |notice: &str| {
        let stored = format!(
            r#"{{"to":"ada@example.com","display_name":null,"locale":null,"notice":{notice},"known_device":false}}"#
        );
        serde_json::from_str::<Letter>(&stored).unwrap().notice
    };
    let at = Timestamp::parse_rfc3339("2026-11-21T17:00:00Z").unwrap();
    let of_place = r#""at":"2026-11-21T17:00:00Z","place":{"device":"Firefox on Linux","network":null}"#;
    let device = DeviceName { browser: Some("Firefox on Linux".to_owned()), os: None };
    let place = Place { device: Some(device), ..Place::default() };

    for (words, seconds) in [
        ("30 minutes", 1_800),
        ("1 hour", 3_600),
        ("24 hours", 86_400),
        ("1 day", 86_400),
        ("7 days", 604_800),
        ("1 minute", 60),
        ("90 seconds", 90),
        ("1 second", 1),
        ("0 seconds", 0),
    ] {
        let notice = format!(r#"{{"template":"reset_password","link":"https://x/","expires_in":"{words}"}}"#);
        let expected = Duration::from_secs(seconds);
        assert_eq!(
            read(&notice),
            Notice::ResetPassword { link: "https://x/".to_owned(), expires_in: expected }
        );
    }
    assert_eq!(
        read(&format!(r#"{{"template":"factor_added","factor":"totp",{of_place}}}"#)),
        Notice::FactorAdded { factor: FactorName::Kind(Factor::Totp), at, place: place.clone() }
    );
    assert_eq!(
        read(&format!(r#"{{"template":"factor_removed","factor":"Passkey (Work)",{of_place}}}"#)),
        Notice::FactorRemoved {
            factor: FactorName::Passkey("Passkey (Work)".to_owned()),
            at,
            place: place.clone()
        }
    );
    assert_eq!(
        read(&format!(r#"{{"template":"factor_locked","factor":"backup_code",{of_place}}}"#)),
        Notice::FactorLocked { factor: Factor::BackupCode, at, place }
    );
    let factors_reset =
        r#"{"template":"factors_reset","at":"2026-11-21T17:00:00Z","usable_at":"2026-11-21T17:00:00Z"}"#;
    assert_eq!(read(factors_reset), Notice::FactorsReset { at, usable_at: at });
}

/// Nodes of the earlier version may run beside this one for a while: they read every fact as text.
#[test]
fn facts_are_stored_as_text() {
    let notice = Notice::SmsCode { code: "123456".to_owned(), expires_in: Duration::from_secs(600) };
    let stored = serde_json::to_value(letter(notice)).unwrap();
    assert_eq!(stored["notice"]["expires_in"], "10m");
    let notice = Notice::FactorAdded {
        factor: FactorName::Kind(Factor::Webauthn),
        at: Timestamp::from_unix_seconds(0),
        place: Place::default(),
    };
    let stored = serde_json::to_value(letter(notice)).unwrap();
    assert_eq!(stored["notice"]["factor"], "webauthn");
    assert_eq!(stored["notice"]["at"], "1970-01-01T00:00:00Z");
}

#[test]
fn a_place_is_recognizable_and_masked() {
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let context = RequestContext {
        correlation_id: String::new(),
        address: Some("192.0.2.77".to_owned()),
        user_agent: Some(agent.to_owned()),
    };
    let place = Place::of(&context);
    let device = place.device.unwrap();
    assert_eq!((device.browser.as_deref(), device.os.as_deref()), (Some("Firefox"), Some("Linux")));
    assert_eq!(place.network.as_deref(), Some("192.0.2.0/24"));
    assert_eq!(Place::of(&RequestContext::default()), Place::default());
}

#[test]
fn a_place_is_named_where_its_address_has_one() {
    let at = Timestamp::from_unix_seconds(1_795_280_400);
    let context = RequestContext { address: Some("192.0.2.7".to_owned()), ..RequestContext::default() };
    let berlin = |address: IpAddr| (address.to_string() == "192.0.2.7").then(|| "Berlin, DE".to_owned());
    let stored = |location: Option<&str>| {
        let (network, location) = (Some("192.0.2.0/24".to_owned()), location.map(str::to_owned));
        Place { network, location, ..Place::default() }
    };
    let changed = |place| Notice::PasswordChanged { at, place };
    let notice = || changed(Place::of(&context));
    assert_eq!(notice().located(berlin), changed(stored(Some("Berlin, DE"))));
    assert_eq!(notice().located(|_| None), changed(stored(None)));
    // That of a login is found by the login itself.
    let place = || stored(Some("Potsdam, DE"));
    assert_eq!(
        Notice::NewDevice { at, place: place() }.located(berlin),
        Notice::NewDevice { at, place: place() }
    );
    assert_eq!(changed(Place::default()).located(berlin), changed(Place::default()));
    assert_eq!(Notice::AccountLocked { at }.located(berlin), Notice::AccountLocked { at });
}
