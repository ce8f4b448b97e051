//! What was sealed comes back, for the same provider, under the same keys, and unchanged.

use super::*;
use crate::entropy::OsEntropy;
use crate::model::federation::login_state::{BrowserId, TICKET_LIFE};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

fn master(byte: u8) -> MasterKeys {
    MasterKeys::new(&Secret::new([byte; 32]))
}

fn sealing(master: &MasterKeys) -> Sealing<'_> {
    Sealing { master, entropy: &OsEntropy }
}

fn session() -> ActingSession {
    ActingSession { user_id: Uuid::from_u128(1), session_id: Uuid::from_u128(2) }
}

fn state(purpose: LoginPurpose, code_challenge: Option<&str>) -> LoginState {
    let intent = LoginIntent {
        purpose,
        return_to: "https://app.example/after?a=b".to_owned(),
        code_challenge: code_challenge.map(str::to_owned),
    };
    LoginState::begin(&OsEntropy, &BrowserId::generate(&OsEntropy), intent, NOW)
}

fn identity() -> VerifiedIdentity {
    VerifiedIdentity {
        provider: "staff".to_owned(),
        subject: Subject { issuer: "https://id.example".to_owned(), subject: "248289761001".to_owned() },
        email: Some(ToldEmail { address: Email::parse("ada@example.com").unwrap(), is_proven: true }),
        name: Some("Ada Lovelace".to_owned()),
        auth_time: Some(NOW.minus(std::time::Duration::from_secs(5))),
        acr: Some("urn:example:2".to_owned()),
        amr: vec!["pwd".to_owned(), "otp".to_owned()],
        sid: Some("08a5019c-17e1-4977-8f42-65a12843ea02".to_owned()),
    }
}

#[test]
fn a_state_comes_back_as_it_was() {
    let master = master(1);
    for purpose in [LoginPurpose::Login, LoginPurpose::StepUp, LoginPurpose::Link(session())] {
        for challenge in [None, Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")] {
            let before = state(purpose, challenge);
            let sealed = sealing(&master).seal_state("staff", &before).unwrap();
            let after = sealing(&master).open_state("staff", sealed.expose()).unwrap();
            assert_eq!((after.id, after.browser, &after.intent), (before.id, before.browser, &before.intent));
            assert_eq!((after.expires_at, after.begun_at), (before.expires_at, before.begun_at));
            assert_eq!(after.nonce.expose(), before.nonce.expose());
            assert_eq!(after.code_verifier.expose(), before.code_verifier.expose());
            assert!(!sealed.expose().contains(before.nonce.expose()));
        }
    }
}

#[test]
fn a_state_of_one_provider_does_not_open_for_another_nor_as_a_code() {
    let master = master(1);
    let sealed = sealing(&master).seal_state("staff", &state(LoginPurpose::Login, None)).unwrap();
    for other in ["google", "staff2", "", "staff/"] {
        assert!(sealing(&master).open_state(other, sealed.expose()).is_none(), "{other}");
    }
    assert!(sealing(&master).open_code(sealed.expose()).is_none());
}

#[test]
fn what_was_changed_or_made_elsewhere_does_not_open() {
    let (master, other) = (master(1), master(2));
    let sealed = sealing(&master).seal_state("staff", &state(LoginPurpose::Login, None)).unwrap();
    assert!(sealing(&other).open_state("staff", sealed.expose()).is_none());
    let mut changed = URL_SAFE_NO_PAD.decode(sealed.expose()).unwrap();
    for at in 0..changed.len() {
        changed[at] ^= 1;
        let text = URL_SAFE_NO_PAD.encode(&changed);
        assert!(sealing(&master).open_state("staff", &text).is_none(), "byte {at}");
        changed[at] ^= 1;
    }
    for text in ["", "x", "not base64!", &"A".repeat(LONGEST_SEALED + 1)] {
        assert!(sealing(&master).open_state("staff", text).is_none());
    }
}

#[test]
fn a_former_master_key_still_opens() {
    let former = master(1);
    let sealed = sealing(&former).seal_state("staff", &state(LoginPurpose::Login, None)).unwrap();
    let ring = master(2).with_previous(&[Secret::new([1; 32])]).unwrap();
    assert!(sealing(&ring).open_state("staff", sealed.expose()).is_some());
}

#[test]
fn a_code_comes_back_with_the_person() {
    let master = master(1);
    for challenge in [None, Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")] {
        let before = state(LoginPurpose::Link(session()), challenge).code(&OsEntropy, identity(), NOW);
        let sealed = sealing(&master).seal_code(&before).unwrap();
        assert_eq!(sealing(&master).open_code(sealed.expose()).unwrap(), before);
        assert!(sealing(&master).open_state("staff", sealed.expose()).is_none());
    }
}

#[test]
fn a_code_that_awaits_a_proof_comes_back() {
    let master = master(1);
    let before = state(LoginPurpose::Login, None).code(&OsEntropy, identity(), NOW);
    let mailed = Secret::new("7k3mq-x9t2p".to_owned());
    let before = before.awaiting(&OsEntropy, (Email::parse("grace@example.com").unwrap(), &mailed), NOW);
    let sealed = sealing(&master).seal_code(&before).unwrap();
    assert_eq!(sealing(&master).open_code(sealed.expose()).unwrap(), before);
}

#[test]
fn tickets_and_nonces_count_for_their_provider_and_their_time() {
    let master = master(1);
    let sealing = sealing(&master);
    let intent = state(LoginPurpose::Link(session()), None).intent;
    let ticket = LinkTicket { expires_at: NOW.plus(TICKET_LIFE), intent };
    let sealed = sealing.seal_ticket("staff", &ticket).unwrap();
    assert_eq!(sealing.open_ticket("staff", sealed.expose(), NOW), Some(ticket.clone()));
    assert_eq!(sealing.open_ticket("google", sealed.expose(), NOW), None);
    assert_eq!(sealing.open_ticket("staff", sealed.expose(), ticket.expires_at), None);
    let nonce = IssuedNonce { id: Uuid::from_u128(1), expires_at: NOW.plus(TICKET_LIFE) };
    let text = sealing.seal_nonce("staff", nonce).unwrap();
    assert_eq!(sealing.open_nonce("staff", text.expose(), NOW), Some(nonce));
    assert_eq!(sealing.open_nonce("google", text.expose(), NOW), None);
    assert_eq!(sealing.open_nonce("staff", text.expose(), nonce.expires_at), None);
    assert_eq!(sealing.open_nonce("staff", sealed.expose(), NOW), None, "a ticket is no nonce");
    assert!(sealing.open_state("staff", text.expose()).is_none());
}

#[test]
fn a_code_stays_short_whatever_the_provider_tells() {
    let long = "x".repeat(100_000);
    let told = VerifiedIdentity {
        name: Some(long.clone()),
        acr: Some(long.clone()),
        sid: Some(long.clone()),
        amr: vec!["pwd".to_owned(); 1_000].into_iter().chain([long]).collect(),
        ..identity()
    };
    let master = master(1);
    let code = state(LoginPurpose::Login, None).code(&OsEntropy, told, NOW);
    let sealed = sealing(&master).seal_code(&code).unwrap();
    let identity = sealing(&master).open_code(sealed.expose()).unwrap().identity;
    assert_eq!((identity.name, identity.acr, identity.sid), (None, None, None));
    assert_eq!(identity.amr.len(), MOST_METHODS);
    assert!(sealed.expose().len() < 2_000, "{}", sealed.expose().len());
}
