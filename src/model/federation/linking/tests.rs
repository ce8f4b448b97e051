//! The rules for every combination of facts.

use super::*;

const ADDRESSES: [ToldAddress; 3] = [ToldAddress::Missing, ToldAddress::Unproven, ToldAddress::Proven];
const TRUTHS: [bool; 2] = [false, true];

fn accounts() -> Vec<Option<AccountAtAddress>> {
    let mut accounts = vec![None];
    for status in Status::ALL {
        for is_verified in TRUTHS {
            for has_identity_of_issuer in TRUTHS {
                accounts.push(Some(AccountAtAddress { status, is_verified, has_identity_of_issuer }));
            }
        }
    }
    accounts
}

fn all_facts() -> Vec<LoginFacts> {
    let mut all = Vec::new();
    for is_linked in TRUTHS {
        for address in ADDRESSES {
            for account in accounts() {
                for registration_is_open in TRUTHS {
                    all.push(LoginFacts { is_linked, address, account, registration_is_open });
                }
            }
        }
    }
    assert_eq!(all.len(), 2 * 3 * 13 * 2);
    all
}

/// The facts under which a login goes on in this way.
fn leading_to(decision: LoginDecision) -> Vec<LoginFacts> {
    let found: Vec<LoginFacts> = all_facts().into_iter().filter(|facts| facts.decide() == decision).collect();
    assert!(!found.is_empty(), "{decision:?}");
    found
}

#[test]
fn a_known_identity_leads_to_its_account_whatever_its_address_is_now() {
    assert!(leading_to(LoginDecision::LogIn).iter().all(|facts| facts.is_linked));
    for facts in all_facts().into_iter().filter(|facts| facts.is_linked) {
        assert_eq!(facts.decide(), LoginDecision::LogIn, "{facts:?}");
    }
}

#[test]
fn an_account_is_linked_only_if_both_sides_have_verified_the_address() {
    for facts in leading_to(LoginDecision::Link) {
        let account = facts.account.unwrap();
        assert_eq!(facts.address, ToldAddress::Proven);
        assert!(account.is_verified && account.status == Status::Active, "{facts:?}");
        assert!(!account.has_identity_of_issuer, "an address that has moved to another person");
    }
}

#[test]
fn an_unverified_account_gets_an_identity_with_the_first_proof_of_its_address_only() {
    for facts in leading_to(LoginDecision::ProveAndLink) {
        let account = facts.account.unwrap();
        assert_eq!(facts.address, ToldAddress::Proven);
        assert!(!account.is_verified && account.status == Status::Active, "{facts:?}");
    }
    for facts in all_facts() {
        let is_unverified = facts.account.is_some_and(|account| !account.is_verified);
        assert!(!(is_unverified && facts.decide() == LoginDecision::Link), "{facts:?}");
    }
}

#[test]
fn nothing_is_made_or_changed_for_an_address_that_is_not_proven() {
    for facts in all_facts() {
        if facts.address != ToldAddress::Proven && !facts.is_linked {
            let expected = match facts.address {
                ToldAddress::Missing => LoginDecision::AskForAddress,
                _ => LoginDecision::VerifyAddress,
            };
            // Neither an account at the address nor the settings show in the answer.
            assert_eq!(facts.decide(), expected, "{facts:?}");
        }
    }
}

#[test]
fn an_account_is_created_only_where_there_is_none_and_registration_is_open() {
    for facts in leading_to(LoginDecision::Create) {
        assert!(facts.account.is_none() && facts.registration_is_open && !facts.is_linked, "{facts:?}");
        assert_eq!(facts.address, ToldAddress::Proven);
    }
    for facts in leading_to(LoginDecision::RegistrationClosed) {
        assert!(facts.account.is_none() && !facts.registration_is_open, "{facts:?}");
    }
}

#[test]
fn an_account_that_cannot_be_used_is_not_changed() {
    for facts in leading_to(LoginDecision::NotActive) {
        assert_ne!(facts.account.unwrap().status, Status::Active);
    }
    for facts in all_facts().into_iter().filter(|facts| !facts.is_linked) {
        let is_inactive = facts.account.is_some_and(|account| account.status != Status::Active);
        let changes = matches!(facts.decide(), LoginDecision::Link | LoginDecision::ProveAndLink);
        assert!(!(is_inactive && changes), "{facts:?}");
    }
}

#[test]
fn an_address_that_has_moved_at_the_provider_does_not_hand_over_the_account() {
    for facts in leading_to(LoginDecision::LogInFirst) {
        let account = facts.account.unwrap();
        assert!(account.has_identity_of_issuer && account.is_verified, "{facts:?}");
    }
}

#[test]
fn a_session_links_what_no_other_account_has() {
    for is_verified in TRUTHS {
        assert_eq!(decide_link(IdentityOwner::Same, is_verified), LinkDecision::AlreadyLinked);
        assert_eq!(decide_link(IdentityOwner::Other, is_verified), LinkDecision::OfAnotherAccount);
    }
    assert_eq!(decide_link(IdentityOwner::None, true), LinkDecision::Link);
    assert_eq!(decide_link(IdentityOwner::None, false), LinkDecision::AddressUnverified);
}

#[test]
fn any_way_in_is_enough_and_none_is_not() {
    assert!(!WaysIn::default().is_open());
    for ways in [
        WaysIn { has_password: true, ..WaysIn::default() },
        WaysIn { passkeys: 1, ..WaysIn::default() },
        WaysIn { identities: 1, ..WaysIn::default() },
    ] {
        assert!(ways.is_open(), "{ways:?}");
    }
}
