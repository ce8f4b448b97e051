//! States and codes count once they are for this browser, this application and this moment.

use super::*;
use crate::entropy::OsEntropy;
use crate::model::federation::id_token::Subject;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
/// Of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn browser() -> BrowserId {
    BrowserId::generate(&OsEntropy)
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn state(browser: &BrowserId, code_challenge: Option<&str>) -> LoginState {
    let intent = LoginIntent {
        purpose: LoginPurpose::Login,
        return_to: "https://app.example/".to_owned(),
        code_challenge: code_challenge.map(str::to_owned),
    };
    LoginState::begin(&OsEntropy, browser, intent, NOW)
}

fn code(state: &LoginState) -> LoginCode {
    let identity = VerifiedIdentity {
        provider: "staff".to_owned(),
        subject: Subject { issuer: "https://id.example".to_owned(), subject: "1".to_owned() },
        email: None,
        name: None,
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        sid: None,
    };
    state.code(&OsEntropy, identity, NOW)
}

#[test]
fn a_state_counts_in_the_browser_in_which_it_began_for_ten_minutes() {
    let (own, other) = (browser(), browser());
    let state = state(&own, None);
    assert_eq!(state.check(Some(&own), NOW), Ok(()));
    assert_eq!(state.check(Some(&other), NOW), Err(StateError::OtherBrowser));
    assert_eq!(state.check(None, NOW), Err(StateError::OtherBrowser));
    let end = NOW.plus(STATE_LIFE);
    assert_eq!(state.check(Some(&own), end.minus(Duration::from_micros(1))), Ok(()));
    assert_eq!(state.check(Some(&own), end), Err(StateError::Expired));
}

#[test]
fn logins_of_one_browser_have_nothing_else_in_common() {
    let own = browser();
    let (one, two) = (state(&own, None), state(&own, None));
    assert_eq!(one.browser, two.browser);
    assert_ne!(one.id, two.id);
    assert_ne!(one.nonce.expose(), two.nonce.expose());
    assert_ne!(one.code_verifier.expose(), two.code_verifier.expose());
    assert_ne!(one.nonce.expose(), one.code_verifier.expose());
}

#[test]
fn a_code_without_a_challenge_belongs_to_the_browser() {
    let (own, other) = (browser(), browser());
    let code = code(&state(&own, None));
    assert!(code.is_for(Some(&own), None, NOW));
    assert!(!code.is_for(Some(&other), None, NOW) && !code.is_for(None, None, NOW));
    assert!(!code.is_for(Some(&own), Some(&secret(VERIFIER)), NOW), "a challenge that was taken away");
    assert!(!code.is_for(Some(&own), None, NOW.plus(CODE_LIFE)));
}

#[test]
fn a_code_with_a_challenge_belongs_to_the_application_that_knows_the_verifier() {
    let own = browser();
    let code = code(&state(&own, Some(CHALLENGE)));
    assert!(code.is_for(None, Some(&secret(VERIFIER)), NOW));
    assert!(!code.is_for(Some(&own), None, NOW), "the browser alone is not enough");
    assert!(!code.is_for(Some(&own), Some(&secret(&"x".repeat(43))), NOW));
    assert!(!code.is_for(None, Some(&secret(VERIFIER)), NOW.plus(CODE_LIFE)));
}

#[test]
fn the_code_of_a_mail_proves_the_address_that_it_was_sent_to() {
    let own = browser();
    let (before, mailed) = (code(&state(&own, None)), secret("7k3mq-x9t2p"));
    let address = Email::parse("ada@example.com").unwrap();
    let code = before.awaiting(&OsEntropy, (address.clone(), &mailed), NOW);
    assert_eq!(code.proven_address(&secret(" 7K3MQ X9T2P ")), Some(address));
    for wrong in ["", "7k3mq-x9t2q", "x"] {
        assert_eq!(code.proven_address(&secret(wrong)), None, "{wrong}");
    }
    assert_eq!(before.proven_address(&mailed), None, "none was mailed");
    assert_ne!(code.id, before.id);
    assert!(code.is_for(Some(&own), None, NOW.plus(CODE_LIFE)), "finding the mail takes a while");
    assert!(!code.is_for(Some(&own), None, NOW.plus(ADDRESS_PROOF_LIFE)));
    assert!(!code.is_for(Some(&browser()), None, NOW), "it is still bound to the browser");
}

#[test]
fn cookies_that_are_no_browser_ids_are_none() {
    let own = browser();
    assert_eq!(BrowserId::parse(own.expose()).unwrap().hash(), own.hash());
    for text in
        ["", "short", &"x".repeat(44), &format!("{};", "x".repeat(42)), &format!("{} ", "x".repeat(42))]
    {
        assert!(BrowserId::parse(text).is_none(), "{text}");
    }
    assert!(!format!("{own:?}").contains(own.expose()));
}

#[test]
fn a_browser_id_has_43_letters_digits_hyphens_and_underscores() {
    for sign in ["a", "Z", "0", "-", "_"] {
        assert!(BrowserId::parse(&sign.repeat(43)).is_some(), "{sign}");
        for length in [42, 44] {
            assert!(BrowserId::parse(&sign.repeat(length)).is_none(), "{length} of {sign}");
        }
    }
    for sign in ["+", "/", "=", ".", " ", "\n"] {
        assert!(BrowserId::parse(&format!("{}{sign}", "x".repeat(42))).is_none(), "{sign:?}");
    }
    assert!(BrowserId::parse(&format!("{}ä", "x".repeat(41))).is_none(), "43 bytes that are no base64url");
}

#[test]
fn each_permission_lasts_for_as_long_as_it_needs() {
    let own = browser();
    let state = state(&own, None);
    let code = code(&state);
    let awaiting = code.awaiting(&OsEntropy, (Email::parse("ada@example.com").unwrap(), &secret("x")), NOW);
    let seconds = |end: Timestamp| end.since(NOW).as_secs();
    assert_eq!(seconds(state.expires_at), 600);
    assert_eq!(seconds(code.expires_at), 600);
    assert_eq!(seconds(awaiting.expires_at), 1_800);
    assert!(code.is_for(Some(&own), None, code.expires_at.minus(Duration::from_micros(1))));
    assert!(!code.is_for(Some(&own), None, code.expires_at));
}

#[test]
fn the_code_of_a_mail_counts_for_the_login_that_it_was_sent_for_alone() {
    let (before, mailed) = (code(&state(&browser(), None)), secret("7k3mq-x9t2p"));
    let address = Email::parse("ada@example.com").unwrap();
    let one = before.awaiting(&OsEntropy, (address.clone(), &mailed), NOW);
    let other = before.awaiting(&OsEntropy, (address, &mailed), NOW);
    let swapped = LoginCode { awaited: one.awaited, ..other };
    assert_eq!(swapped.proven_address(&mailed), None);
}

#[test]
fn a_code_keeps_what_the_login_was_begun_for() {
    let intent = LoginIntent {
        purpose: LoginPurpose::StepUp,
        return_to: "https://app.example/".to_owned(),
        code_challenge: Some(CHALLENGE.to_owned()),
    };
    let begun = LoginState::begin(&OsEntropy, &browser(), intent, NOW);
    let later = NOW.plus(Duration::from_secs(90));
    let identity = code(&begun).identity;
    let code = begun.code(&OsEntropy, identity.clone(), later);
    assert_eq!((code.purpose, code.begun_at), (LoginPurpose::StepUp, NOW));
    assert_eq!((&code.identity, &code.awaited), (&identity, &None));
    assert_eq!(code.expires_at, later.plus(Duration::from_secs(600)));
    let awaiting = code.awaiting(&OsEntropy, (Email::parse("ada@example.com").unwrap(), &secret("x")), later);
    assert_eq!((awaiting.bound_to, awaiting.begun_at), (code.bound_to, NOW));
    assert_eq!((awaiting.purpose, awaiting.identity), (LoginPurpose::StepUp, identity));
}
