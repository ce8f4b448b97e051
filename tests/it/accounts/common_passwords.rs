//! Common passwords are refused, also those of a list that the server's own was not made of.

use kindred::model::email::Email;
use kindred::model::password_policy::{PreparedPassword, check_form, check_guessability};

const INDEPENDENT: &str = include_str!("independent_passwords.txt");
/// What an attacker tries first (ASVS 5.0 §6.2.4).
const FIRST: usize = 3_000;

#[test]
fn none_of_an_independent_list_is_accepted() {
    let email = Email::parse("marigold.finch@harbour.example").expect("an address");
    let words: Vec<&str> = INDEPENDENT.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(words.len() >= FIRST, "{}", words.len());
    let is_accepted = |word: &&str| {
        let accepts = |password: PreparedPassword| {
            check_form(&password, 8, &email, None).is_ok()
                && check_guessability(&password, &email, None).is_ok()
        };
        PreparedPassword::prepare(word).is_ok_and(accepts)
    };
    let accepted: Vec<&str> = words.into_iter().filter(is_accepted).collect();
    assert!(accepted.is_empty(), "{accepted:?}");
}
