//! Every message in every language, as it is read.

use std::fs;
use std::sync::LazyLock;

use super::*;
use crate::clock::Timestamp;
use crate::config::Branding;
use crate::model::notice::{DeviceName, HelpLink, Place};
use crate::model::one_time_token::Purpose;
use crate::notification::service::Brand;

/// Mail programs cut longer mails off (Gmail at 102 kB), and the source is encoded.
const LONGEST: usize = 40 * 1024;
const RECOVERY: &str = "https://id.example.com/account/forgot-password";

fn branding() -> Branding {
    Branding {
        product_name: "Acme".to_owned(),
        logo: None,
        accent: None,
        support: None,
        terms_url: None,
        privacy_url: None,
        languages: Vec::new(),
        locales_dir: None,
    }
}

fn service(branding: &Branding) -> Service {
    Service {
        brand: Brand::of(branding),
        support: branding.support.clone(),
        terms: branding.terms_url.as_ref().map(ToString::to_string),
        privacy: None,
        recovery_link: RECOVERY.to_owned(),
        account_link: "https://id.example.com/account".to_owned(),
        code_host: "id.example.com".to_owned(),
    }
}

fn with(branding: &Branding, locales: Option<&Path>) -> Renderer {
    Renderer::load(Arc::new(Texts::load(locales).unwrap()), service(branding), None).unwrap()
}

fn renderer() -> &'static Renderer {
    static RENDERER: LazyLock<Renderer> = LazyLock::new(|| with(&branding(), None));
    &RENDERER
}

fn mails() -> Vec<Letter> {
    let all = sample::letters(["en", "de"].into_iter());
    all.into_iter().filter(|letter| !matches!(letter.notice, Notice::SmsCode { .. })).collect()
}

fn links(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains("://")).collect()
}

#[test]
fn all_messages() {
    let renderer = renderer();
    for letter in sample::letters(renderer.languages()) {
        let name = format!("{}_{}", letter.notice.template(), letter.locale.as_deref().unwrap());
        let shown = match &letter.notice {
            Notice::SmsCode { .. } => renderer.sms(&letter).unwrap(),
            _ => {
                let mail = renderer.mail(&letter).unwrap();
                format!("Subject: {}\n\n{}", mail.subject, mail.text)
            }
        };
        insta::assert_snapshot!(name, shown);
    }
}

#[test]
fn the_html_of_a_mail() {
    let letter = mails().into_iter().find(|letter| letter.notice.template() == "new_device").unwrap();
    insta::assert_snapshot!("new_device_html", renderer().mail(&letter).unwrap().html);
}

#[test]
fn a_mail_is_short_and_needs_nothing_from_elsewhere() {
    for letter in mails() {
        let mail = renderer().mail(&letter).unwrap();
        assert!(mail.html.len() < LONGEST, "{}: {} bytes", letter.notice.template(), mail.html.len());
        for part in ["<img", "<link", "<script", "url(", "@import", "src="] {
            assert!(!mail.html.contains(part), "{}: {part}", letter.notice.template());
        }
        assert!(mail.subject.starts_with("Acme: "), "{}", mail.subject);
        assert!(mail.subject.chars().count() <= 60, "{}", mail.subject);
    }
}

#[test]
fn a_mail_has_one_button_whose_link_is_in_the_text() {
    for letter in mails() {
        let mail = renderer().mail(&letter).unwrap();
        let (what, links) = (letter.notice.template(), links(&mail.text));
        assert!(links.len() <= 2, "{what}: {links:?}");
        assert!(links.iter().all(|line| line.starts_with("https://") && !line.contains(' ')), "{links:?}");
        let buttons: Vec<&str> = mail.html.split("class=\"button\"").skip(1).collect();
        assert_eq!(buttons.len(), usize::from(!links.is_empty()), "{what}");
        if let ([button], [link, ..]) = (&buttons[..], &links[..]) {
            // For Outlook, for all others, and as text.
            assert!(button.contains(&format!("<v:roundrect href=\"{link}\"")), "{what}");
            assert!(button.contains(&format!("<a href=\"{link}\"")), "{what}");
            assert!(button.contains(&format!(">{link}</a></p>")), "{what}");
        }
        for link in &links {
            assert!(mail.html.contains(&format!("href=\"{link}\"")), "{what}: {link}");
        }
    }
}

/// What the text says is in the HTML as well.
#[test]
fn both_forms_say_the_same() {
    for letter in mails() {
        let mail = renderer().mail(&letter).unwrap();
        let html = mail.html.replace("&#39;", "'").replace("</strong>", "").replace("\n", " ");
        for line in mail.text.lines().filter(|line| !line.is_empty() && *line != "--") {
            let said = match line.split_once(": ") {
                // A fact: its label and value are cells.
                Some((label, value)) if !line.ends_with('.') => {
                    [format!(">{label}</td>"), format!(">{value}</td>")]
                }
                _ => [line.trim_end_matches(':').to_owned(), String::new()],
            };
            for part in said {
                assert!(html.contains(&part), "{}: {part}", letter.notice.template());
            }
        }
    }
}

#[test]
fn warnings_have_a_link_that_helps_without_a_login() {
    for letter in mails() {
        let Some(help) = letter.help.clone() else { continue };
        let what = letter.notice.template();
        let mail = renderer().mail(&letter).unwrap();
        assert!(links(&mail.text).contains(&help.url.as_str()), "{what}: {}", mail.text);
        // A mail of an earlier version has no such link.
        let earlier = Letter { help: None, ..letter };
        let mail = renderer().mail(&earlier).unwrap();
        assert!(!mail.text.contains(&help.url), "{what}");
        assert_eq!(links(&mail.text).contains(&RECOVERY), what != "email_changed", "{what}: {}", mail.text);
    }
}

#[test]
fn words_and_times_are_the_readers() {
    let notice = Notice::AccountErased { at: Timestamp::from_unix_seconds(sample::AT) };
    let text = |locale: Option<&str>, zoned: bool| {
        let mut letter = Letter { locale: locale.map(str::to_owned), ..sample::letter(notice.clone(), "en") };
        letter.time_zone = letter.time_zone.filter(|_| zoned);
        let mail = renderer().mail(&letter).unwrap();
        (mail.subject, mail.text)
    };
    let (subject, german) = text(Some("de-AT"), true);
    assert_eq!(subject, "Acme: Ihr Konto wurde gelöscht");
    assert!(german.contains("\nZeit: 21. November 2026, 18:00 Uhr (UTC+1)\n"), "{german}");
    assert!(text(Some("de"), false).1.contains("\nZeit: 21. November 2026, 17:00 Uhr (UTC)\n"));
    for locale in [None, Some("en-GB"), Some("fr"), Some("no tag")] {
        let (subject, english) = text(locale, true);
        assert_eq!(subject, "Acme: your account was deleted");
        assert!(english.contains("\nTime: 21 November 2026, 18:00 (UTC+1)\n"), "{english}");
    }
}

fn has_link_for_strangers(notice: &Notice) -> bool {
    let strangers = ["verify_email", "address_taken", "confirm_email_change", "email_assigned", "invitation"];
    strangers.contains(&notice.template())
}

/// ASVS 1.2.1, 1.3.7: what people write is text, in both forms, and no link.
#[test]
fn hostile_names_stay_text() {
    let hostile = "{{7*7}}<img src=x onerror=a>\r\nBcc: b@c.de\r\n\r\nhttps://evil.example/\u{202e}&\"'";
    for letter in mails() {
        let is_greeted = !has_link_for_strangers(&letter.notice);
        let letter = Letter { display_name: Some(hostile.to_owned()), ..letter };
        let mail = renderer().mail(&letter).unwrap();
        assert!(!mail.subject.contains(['\r', '\n', '<']));
        assert!(!mail.text.contains(['\r', '\u{202e}']));
        assert!(!mail.text.lines().any(|line| line.starts_with("Bcc")), "{}", mail.text);
        assert!(!mail.html.contains("<img") && !mail.html.contains("49<"), "{}", mail.html);
        for form in [&mail.text, &mail.html] {
            assert!(!form.contains("evil.example") && !form.contains("b@c.de"), "{form}");
            assert_eq!(form.contains("evil.\u{200c}example/"), is_greeted, "{form}");
        }
    }
}

#[test]
fn hostile_places_devices_and_inviters_stay_text() {
    let hostile = "x</p><script>alert(1)</script>\n\nhttps://evil.example/".to_owned();
    let device = DeviceName { browser: Some(hostile.clone()), os: Some(hostile.clone()) };
    let place = Place {
        device: Some(device),
        network: Some(hostile.clone()),
        location: Some(hostile.clone()),
        address: None,
    };
    let at = Timestamp::from_unix_seconds(0);
    let (link, expires_in) = (RECOVERY.to_owned(), std::time::Duration::from_secs(60));
    for notice in [
        Notice::EmailChangeRequested { new_address: hostile.clone(), at, place: place.clone() },
        Notice::UnusualLogin { location: hostile.clone(), at, place },
        Notice::Invitation { link, expires_in, inviter: Some(hostile), role: None },
    ] {
        let mail = renderer().mail(&Letter { help: None, ..sample::letter(notice, "en") }).unwrap();
        assert!(!mail.html.contains("<script"), "{}", mail.html);
        assert!(!mail.html.contains("evil.example") && !mail.text.contains("evil.example"), "{}", mail.text);
        assert!(
            links(&mail.text).iter().all(|link| link.starts_with("https://id.example.com/")),
            "{}",
            mail.text
        );
        let targets = mail.html.split("<a ").skip(1);
        assert!(targets.into_iter().all(|link| link.contains("href=\"https://id.example.com/")));
    }
}

#[test]
fn an_operator_shapes_mails() {
    let branding = Branding {
        logo: Some("https://cdn.example/logo.png".parse().unwrap()),
        accent: Some("#0a5f2f".parse().unwrap()),
        support: Some("help@example.com".parse().unwrap()),
        terms_url: Some("https://example.com/terms".parse().unwrap()),
        ..branding()
    };
    let letter = sample::letter(Notice::BackupCodesLow { left: 0 }, "de");
    let mail = with(&branding, None).mail(&letter).unwrap();
    assert!(mail.html.contains("<img src=\"https://cdn.example/logo.png\" alt=\"Acme\""), "{}", mail.html);
    assert!(mail.html.contains("background-color: #0a5f2f") && !mail.html.contains("#2f4bc4"));
    assert!(mail.html.contains("Hilfe: <a class=\"soft\" href=\"mailto:help@example.com\""), "{}", mail.html);
    assert!(
        mail.text.contains("\nHilfe: help@example.com\nNutzungsbedingungen: https://example.com/terms\n")
    );
    assert!(mail.text.contains("ist kein Ersatzcode mehr übrig."), "{}", mail.text);
    // Mail programs do not show this format.
    let branding = Branding { logo: Some("https://cdn.example/logo.svg".parse().unwrap()), ..branding };
    assert!(!with(&branding, None).mail(&letter).unwrap().html.contains("<img"));
}

#[test]
fn a_language_from_the_right_is_written_from_the_right() {
    let locales = tempfile::tempdir().unwrap();
    let arabic = "mail-greeting = مرحبا { $name }،\nmail-new-device-headline = تسجيل دخول جديد\n";
    fs::write(locales.path().join("ar.ftl"), arabic).unwrap();
    let letter = mails().into_iter().find(|letter| letter.notice.template() == "new_device").unwrap();
    let mail = with(&branding(), Some(locales.path()))
        .mail(&Letter { locale: Some("ar-EG".to_owned()), ..letter })
        .unwrap();
    assert!(mail.html.contains("<html lang=\"ar\" dir=\"rtl\""), "{}", mail.html);
    assert!(mail.html.contains("align=\"right\"") && !mail.html.contains("align=\"left\""));
    assert!(
        mail.text.starts_with("تسجيل دخول جديد\n\nمرحبا \u{2068}Ada Lovelace\u{2069}،\n"),
        "{}",
        mail.text
    );
}

#[test]
fn the_code_of_an_sms_is_bound_to_our_pages() {
    let notice = sample::all().pop().unwrap();
    for tag in ["en", "de"] {
        let sms = renderer().sms(&sample::letter(notice.clone(), tag)).unwrap();
        assert_eq!(sms.lines().last(), Some("@id.example.com #123456"));
        assert!(sms.starts_with("123456 ") && sms.chars().count() <= 160, "{sms}");
    }
}

#[test]
fn a_message_for_another_channel_is_refused() {
    let sms = sample::letter(sample::all().pop().unwrap(), "en");
    assert!(matches!(renderer().mail(&sms), Err(CannotRender::Channel)));
    let mail = sample::letter(Notice::BackupCodesLow { left: 1 }, "en");
    assert!(matches!(renderer().sms(&mail), Err(CannotRender::Channel)));
}

#[test]
fn a_letter_of_an_earlier_version_is_rendered() {
    let earlier = r#"{"to":"ada@example.com","display_name":null,"locale":"de",
        "notice":{"template":"invitation","link":"https://id.example.com/a","expires_in":"7days"}}"#;
    let letter: Letter = serde_json::from_str(earlier).unwrap();
    let mail = renderer().mail(&letter).unwrap();
    assert!(mail.text.contains("innerhalb von 7 Tagen"), "{}", mail.text);
    assert!(mail.html.contains("Eingeladen hat Sie die Verwaltung."), "{}", mail.html);
}

fn refused(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let texts = Arc::new(Texts::load(None).unwrap());
    match Renderer::load(texts, service(&branding()), Some(folder.path())) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let folder = format!("{}/", folder.path().display());
            error.to_string().lines().map(|line| line.replace(&folder, "")).collect()
        }
    }
}

#[test]
fn templates_of_an_operator_are_tried() {
    let good =
        "<p>{{ headline }} {{ brand.light.accent }}{% for fact in facts %}{{ fact.value }}{% endfor %}</p>";
    assert_eq!(refused(&[("layout.html", good), ("new_device.txt", "{{ paragraphs | length }}")]), [""; 0]);
    let errors = refused(&[("layout.html", "<p>\n{{ headlin }}</p>")]);
    assert_eq!(errors, ["layout.html:2: no mail has `headlin`"]);
    let errors = refused(&[("layout.txt", "a\nb\n{% if x %}")]);
    assert!(errors.len() == 1 && errors[0].starts_with("layout.txt:3: syntax error"), "{errors:?}");
    let inner = "{% for fact in facts %}\n{{ fact.valeu }}\n{% endfor %}";
    let error = &refused(&[("new_device.txt", inner)])[0];
    assert!(error.starts_with("new_device.txt:2: "), "{error}");
    let error = &refused(&[("newdevice.html", "")])[0];
    assert!(error.starts_with("newdevice.html:1: no mail has this name"), "{error}");
}

#[test]
fn texts_of_an_operator_mention_what_there_is() {
    let locales = tempfile::tempdir().unwrap();
    let text = "mail-new-device-body = { $device } { $place } { $at }\n\
        mail-invitation-subject = { $product }: { $inviter }\n\
        mail-invitation-headline = { $at }\n";
    fs::write(locales.path().join("fr.ftl"), text).unwrap();
    let told: Vec<String> =
        renderer().text_mistakes(locales.path()).unwrap().iter().map(ToString::to_string).collect();
    let expected =
        format!("{}/fr.ftl:3: mail-invitation-headline has no value for $at", locales.path().display());
    assert_eq!(told, [expected]);
}

#[test]
fn links_to_help_are_named_for_what_they_do() {
    let notice = Notice::NewDevice { at: Timestamp::from_unix_seconds(0), place: Place::default() };
    let label = |purpose: Purpose| {
        let help = HelpLink { purpose: purpose.as_str().to_owned(), url: RECOVERY.to_owned() };
        let letter = Letter { help: Some(help), ..sample::letter(notice.clone(), "en") };
        let text = renderer().mail(&letter).unwrap().text;
        text.lines().rev().skip_while(|line| !line.contains("://")).nth(1).unwrap().to_owned()
    };
    assert_eq!(label(Purpose::EndSession), "End that session:");
    assert_eq!(label(Purpose::SecureAccount), "Secure my account:");
}
