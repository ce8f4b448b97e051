//! Every message in every language, as it is read.

use std::time::Duration;

use super::*;
use crate::clock::Timestamp;
use crate::model::factor::Factor;
use crate::model::notice::{DeviceName, FactorName, Notice, Place};

fn service() -> Service {
    Service {
        name: "Kindred".to_owned(),
        recovery_link: "https://id.example/account/forgot-password".to_owned(),
    }
}

/// One of each, in the order of the enum.
fn notices() -> Vec<Notice> {
    let moment = |text| Timestamp::parse_rfc3339(text).unwrap();
    let at = moment("2026-11-21T17:00:00Z");
    let link = || "https://id.example/account/page?token=abc-DEF_123".to_owned();
    let seconds = Duration::from_secs;
    let device = DeviceName { browser: Some("Firefox".to_owned()), os: Some("Linux".to_owned()) };
    let place = || Place { device: Some(device.clone()), network: Some("192.0.2.0/24".to_owned()) };
    let new_address = || "new@example.com".to_owned();
    let totp = || FactorName::Kind(Factor::Totp);
    vec![
        Notice::VerifyEmail { link: link(), expires_in: seconds(86_400) },
        Notice::AddressTaken { reset_link: "https://id.example/account/forgot-password".to_owned() },
        Notice::ResetPassword { link: link(), expires_in: seconds(1_800) },
        Notice::PasswordChanged { at, place: place() },
        Notice::AccountReclaimed { at, place: place() },
        Notice::ConfirmEmailChange { link: link(), expires_in: seconds(3_600) },
        Notice::EmailChangeRequested { new_address: new_address(), at, place: place() },
        Notice::EmailChanged { new_address: new_address(), at },
        Notice::EmailAssigned { at },
        Notice::Invitation { link: link(), expires_in: seconds(604_800) },
        Notice::NewDevice { at, place: place() },
        Notice::ReplayDetected { at, place: Place::default() },
        Notice::RefreshUnconfirmed { at, place: place() },
        Notice::FactorAdded { factor: totp(), at, place: place() },
        Notice::FactorRemoved { factor: totp(), at, place: place() },
        Notice::BackupCodeUsed { left: 7, at, place: place() },
        Notice::BackupCodesLow { left: 1 },
        Notice::BackupCodesRenewed { at, place: place() },
        Notice::AccountLocked { at },
        Notice::FactorLocked { factor: Factor::Totp, at, place: place() },
        Notice::FactorsReset { at, usable_at: moment("2026-11-22T17:00:00Z") },
        Notice::UnusualLogin { location: "Berlin, DE".to_owned(), at, place: place() },
        Notice::ErasureRequested { erase_at: moment("2026-12-05T17:00:00Z"), at, place: place() },
        Notice::ErasureCancelled { at, place: place() },
        Notice::AccountErased { at },
        Notice::SmsCode { code: "123456".to_owned(), expires_in: seconds(600) },
    ]
}

fn letter(notice: Notice, name: &str, locale: Option<&str>) -> Letter {
    Letter {
        to: "ada@example.com".to_owned(),
        display_name: Some(name.to_owned()),
        locale: locale.map(str::to_owned),
        notice,
        known_device: false,
        help: None,
    }
}

fn rendered(notice: Notice, locale: &str) -> String {
    let letter = letter(notice, "Ada Lovelace", Some(locale));
    match &letter.notice {
        Notice::SmsCode { .. } => sms(&letter, &service()).unwrap(),
        _ => {
            let words = mail(&letter, &service()).unwrap();
            let (_, body) = words.html.split_once("<body>").unwrap();
            format!("Subject: {}\n\n{}\n----\n{}", words.subject, words.text, body.trim_end())
        }
    }
}

#[test]
fn all_messages() {
    for language in Language::ALL {
        for notice in notices() {
            let name = format!("{}_{}", notice.template(), language.tag());
            insta::assert_snapshot!(name, rendered(notice, language.tag()));
        }
    }
}

#[test]
fn the_language_is_the_readers() {
    let subject = |locale| {
        let letter = letter(Notice::BackupCodesLow { left: 2 }, "Ada", locale);
        mail(&letter, &service()).unwrap().subject
    };
    assert_eq!(subject(Some("de-AT")), "Kindred: Ihre Ersatzcodes gehen zur Neige");
    for locale in [None, Some("en-GB"), Some("fr"), Some("no tag")] {
        assert_eq!(subject(locale), "Kindred: few backup codes are left");
    }
}

#[test]
fn a_link_is_alone_on_its_line_and_a_button() {
    for notice in notices() {
        let Ok(words) = mail(&letter(notice, "Ada", None), &service()) else { continue };
        let links = words.text.lines().filter(|line| line.contains("://")).collect::<Vec<_>>();
        assert!(links.iter().all(|line| line.starts_with("https://") && !line.contains(' ')), "{links:?}");
        assert!(links.len() <= 1, "{links:?}");
        assert_eq!(words.html.matches("<a href=").count(), links.len());
        for link in links {
            assert!(words.html.contains(&format!("<a href=\"{link}\" class=\"button\">")), "{}", words.html);
            assert!(words.html.contains(&format!("<p class=\"link\">{link}</p>")), "{}", words.html);
        }
    }
}

/// ASVS 1.2.1, 1.3.7: what people write is text, in both forms.
#[test]
fn hostile_names_stay_text() {
    let hostile = "{{7*7}}<img src=x onerror=a>\r\nBcc: b@c.de\r\n\r\nhttps:\u{202e}&\"'";
    let hostile = hostile.replace("https:", "");
    for notice in notices() {
        let Ok(words) = mail(&letter(notice.clone(), &hostile, None), &service()) else { continue };
        assert!(!words.subject.contains(['\r', '\n', '<']));
        assert!(!words.text.contains(['\r', '\u{202e}']));
        assert!(!words.text.lines().any(|line| line.starts_with("Bcc")), "{}", words.text);
        assert!(!words.html.contains("<img") && !words.html.contains("49"), "{}", words.html);
        let greeted = words.text.contains("{{7*7}}<img src=x onerror=a> Bcc: b@c.de &\"'");
        assert_eq!(greeted, words.html.contains("{{7*7}}&#60;img src=x"), "{}", words.html);
        assert_eq!(greeted, !has_link_for_strangers(&notice), "{}", words.text);
    }
}

fn has_link_for_strangers(notice: &Notice) -> bool {
    let strangers = ["verify_email", "address_taken", "confirm_email_change", "email_assigned", "invitation"];
    strangers.contains(&notice.template())
}

#[test]
fn hostile_places_and_addresses_stay_text() {
    let hostile = "x</p><script>alert(1)</script>\n\nhttps://evil.example/".to_owned();
    let device = DeviceName { browser: Some(hostile.clone()), os: Some(hostile.clone()) };
    let place = Place { device: Some(device), network: Some(hostile.clone()) };
    let at = Timestamp::from_unix_seconds(0);
    let notice = Notice::EmailChangeRequested { new_address: hostile, at, place };
    let words = mail(&letter(notice, "Ada", None), &service()).unwrap();
    assert!(!words.html.contains("<script"), "{}", words.html);
    let is_ours = |line: &str| line == service().recovery_link;
    let mut links = words.text.lines().filter(|line| line.starts_with("https://"));
    assert!(links.all(is_ours), "{}", words.text);
    assert!(words.html.split("<a ").skip(1).all(|link| link.starts_with("href=\"https://id.example/")));
}

#[test]
fn a_message_for_another_channel_is_refused() {
    let code = Notice::SmsCode { code: "1".to_owned(), expires_in: Duration::from_secs(60) };
    assert!(mail(&letter(code, "Ada", None), &service()).is_err());
    assert!(sms(&letter(Notice::BackupCodesLow { left: 1 }, "Ada", None), &service()).is_err());
}
