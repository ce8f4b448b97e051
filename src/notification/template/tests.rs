//! Every message in every language, as it is read.

use super::*;
use crate::model::notice::{Notice, Place};

const SERVICE: &str = "id.example";

/// One of each, in the order of the enum.
fn notices() -> Vec<Notice> {
    let at = || "2026-11-21T17:00:00Z".to_owned();
    let link = || "https://id.example/account/page?token=abc-DEF_123".to_owned();
    let place =
        || Place { device: Some("Firefox on Linux".to_owned()), network: Some("192.0.2.0/24".to_owned()) };
    let new_address = || "new@example.com".to_owned();
    vec![
        Notice::VerifyEmail { link: link(), expires_in: "24 hours".to_owned() },
        Notice::AddressTaken { reset_link: "https://id.example/account/forgot-password".to_owned() },
        Notice::ResetPassword { link: link(), expires_in: "30 minutes".to_owned() },
        Notice::PasswordChanged { at: at(), place: place() },
        Notice::ConfirmEmailChange { link: link(), expires_in: "1 hour".to_owned() },
        Notice::EmailChangeRequested { new_address: new_address(), at: at(), place: place() },
        Notice::EmailChanged { new_address: new_address(), at: at() },
        Notice::Invitation { link: link(), expires_in: "7 days".to_owned() },
        Notice::NewDevice { at: at(), place: place() },
        Notice::ReplayDetected { at: at(), place: Place::default() },
        Notice::RefreshUnconfirmed { at: at(), place: place() },
        Notice::FactorAdded { factor: "totp".to_owned(), at: at(), place: place() },
        Notice::FactorRemoved { factor: "totp".to_owned(), at: at(), place: place() },
        Notice::BackupCodeUsed { left: 7, at: at(), place: place() },
        Notice::BackupCodesLow { left: 1 },
        Notice::BackupCodesRenewed { at: at(), place: place() },
        Notice::AccountLocked { at: at() },
        Notice::FactorLocked { factor: "totp".to_owned(), at: at(), place: place() },
        Notice::FactorsReset { at: at(), usable_at: "2026-11-22T17:00:00Z".to_owned() },
        Notice::UnusualLogin { location: "Berlin, DE".to_owned(), at: at(), place: place() },
        Notice::ErasureRequested { erase_at: "2026-12-05T17:00:00Z".to_owned(), at: at(), place: place() },
        Notice::ErasureCancelled { at: at(), place: place() },
        Notice::AccountErased { at: at() },
        Notice::SmsCode { code: "123456".to_owned(), expires_in: "10 minutes".to_owned() },
    ]
}

fn letter(notice: Notice, name: &str, locale: Option<&str>) -> Letter {
    Letter {
        to: "ada@example.com".to_owned(),
        display_name: Some(name.to_owned()),
        locale: locale.map(str::to_owned),
        notice,
        known_device: false,
    }
}

fn rendered(notice: Notice, locale: &str) -> String {
    let letter = letter(notice, "Ada Lovelace", Some(locale));
    match &letter.notice {
        Notice::SmsCode { .. } => sms(&letter, SERVICE).unwrap(),
        _ => {
            let words = mail(&letter, SERVICE).unwrap();
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
        mail(&letter, SERVICE).unwrap().subject
    };
    assert_eq!(subject(Some("de-AT")), "Ihre Ersatzcodes gehen zur Neige");
    for locale in [None, Some("en-GB"), Some("fr"), Some("no tag")] {
        assert_eq!(subject(locale), "Few backup codes are left");
    }
}

#[test]
fn links_stand_alone_on_their_line() {
    for notice in notices() {
        let Ok(words) = mail(&letter(notice, "Ada", None), SERVICE) else { continue };
        let links = words.text.lines().filter(|line| line.contains("://")).collect::<Vec<_>>();
        assert!(links.iter().all(|line| line.starts_with("https://") && !line.contains(' ')), "{links:?}");
        assert_eq!(words.html.matches("<a href=").count(), links.len());
    }
}

/// ASVS 1.2.1, 1.3.7: what people write is text, in both forms.
#[test]
fn hostile_names_stay_text() {
    let hostile = "{{7*7}}<img src=x onerror=a>\r\nBcc: b@c.de\r\n\r\nhttps:\u{202e}&\"'";
    let hostile = hostile.replace("https:", "");
    for notice in notices() {
        let Ok(words) = mail(&letter(notice.clone(), &hostile, None), SERVICE) else { continue };
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
    let strangers = ["verify_email", "address_taken", "confirm_email_change", "invitation"];
    strangers.contains(&notice.template())
}

#[test]
fn hostile_places_and_addresses_stay_text() {
    let hostile = "x</p><script>alert(1)</script>\n\nhttps://evil.example/".to_owned();
    let place = Place { device: Some(hostile.clone()), network: Some(hostile.clone()) };
    let notice = Notice::EmailChangeRequested { new_address: hostile.clone(), at: hostile, place };
    let words = mail(&letter(notice, "Ada", None), SERVICE).unwrap();
    assert!(!words.html.contains("<script") && !words.html.contains("<a "), "{}", words.html);
    assert!(!words.text.lines().any(|line| line.starts_with("https://")), "{}", words.text);
}

#[test]
fn what_travels_otherwise_is_refused() {
    let code = Notice::SmsCode { code: "1".to_owned(), expires_in: "1 minute".to_owned() };
    assert!(mail(&letter(code, "Ada", None), SERVICE).is_err());
    assert!(sms(&letter(Notice::BackupCodesLow { left: 1 }, "Ada", None), SERVICE).is_err());
}
