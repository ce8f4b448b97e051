//! Tokens that were not issued here: refused, and the family they name is not touched.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::family::{Family, NO_RACE};
use crate::support::metrics::metric;

/// The parts of a token's 65 bytes.
const FAMILY: std::ops::Range<usize> = 1..17;
const GENERATION: std::ops::Range<usize> = 17..25;

fn bytes(token: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(token.trim_start_matches("kr1_")).expect("base64url")
}

fn text(bytes: &[u8]) -> String {
    format!("kr1_{}", URL_SAFE_NO_PAD.encode(bytes))
}

fn with(token: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = bytes(token);
    change(&mut bytes);
    text(&bytes)
}

/// Other texts for the same token, and texts near to it.
fn misspelt(token: &str) -> Vec<String> {
    let (head, last) = token.split_at(token.len() - 1);
    vec![
        String::new(),
        "kr1_".to_owned(),
        head.to_owned(),
        token[..20].to_owned(),
        format!("{token}A"),
        format!("{token}="),
        format!("{token}\0"),
        format!("{head}\0"),
        format!(" {token}"),
        format!("{token}\n"),
        token.replacen("kr1_", "kr2_", 1),
        token.replacen("kr1_", "KR1_", 1),
        token.trim_start_matches("kr1_").to_owned(),
        token.to_uppercase(),
        token.to_lowercase(),
        // The last character has bits that no byte needs.
        format!("{head}{}", if last == "B" { "C" } else { "B" }),
    ]
}

/// Well-formed tokens whose guard or tag cannot hold.
fn altered(token: &str, other: &str) -> Vec<String> {
    let length = bytes(token).len();
    let mut altered: Vec<String> =
        (0..length).map(|at| with(token, |bytes| bytes[at] ^= 1 << (at % 8))).collect();
    let foreign = bytes(other);
    altered.push(with(token, |bytes| bytes[FAMILY].copy_from_slice(&foreign[FAMILY])));
    altered.push(with(token, |bytes| bytes[..33].copy_from_slice(&foreign[..33])));
    altered.push(with(token, |bytes| bytes[33..].copy_from_slice(&foreign[33..])));
    for generation in [0, 9, u64::MAX] {
        altered.push(with(token, |bytes| {
            bytes[GENERATION].copy_from_slice(&u64::to_be_bytes(generation));
        }));
    }
    altered.push(text(&vec![0; length]));
    altered.push(text(&vec![255; length]));
    altered
}

#[apply(on_both_databases)]
async fn what_was_not_issued_here_is_refused_and_changes_nothing(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    let mut other = family.sibling(&client).await;
    family.rotate(&client).await;
    let forgeries = [misspelt(family.live()), altered(family.live(), other.live())].concat();
    for invalid in &forgeries {
        assert_ne!(invalid, family.live());
        let reply = client.refresh(invalid, None).await;
        assert_eq!((reply.status, reply.code()), (401, "refresh_token_invalid"), "{invalid:?}");
    }
    // A spent token that was altered is no replay either.
    for invalid in altered(&family.refresh[0], other.live()) {
        let reply = client.refresh(&invalid, None).await;
        assert_eq!((reply.status, reply.code()), (401, "refresh_token_invalid"), "{invalid:?}");
    }
    let invalid = metric(&node, "auth_refresh_total", &[("outcome", "invalid")]).await;
    assert!(invalid >= forgeries.len() as f64, "{invalid}");
    family.assert_lives(&client).await;
    other.assert_lives(&client).await;
}

#[apply(on_both_databases)]
async fn a_forgery_does_not_blur_the_memory_of_a_rotation(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    family.rotate_as(&client, Some("attempt-0123456789abcdef")).await;
    assert_eq!(client.verify(family.access()).await.status, 204);
    let invalid = with(family.live(), |bytes| bytes[64] ^= 1);
    client.refresh(&invalid, None).await.assert_problem(401, "refresh_token_invalid");
    family.age(&env, NO_RACE);
    let replayed = client.refresh(&family.refresh[0], None).await;
    replayed.assert_problem(401, "refresh_token_reused");
    // It remembers that the successor was seen in use.
    let class = [("class", "previous_acknowledged")];
    assert_eq!(metric(&node, "auth_refresh_replay_total", &class).await, 1.0);
}

#[apply(on_both_databases)]
async fn a_token_of_another_installation_is_refused(env: Env) {
    let elsewhere = Env::new(env.backend()).await;
    let (node, stranger) = (env.node(&[]).await, elsewhere.node(&[]).await);
    let (client, stranger) = (node.client(), stranger.client());
    let mut family = Family::open(&client).await;
    let foreign = Family::open(&stranger).await;
    client.refresh(foreign.live(), None).await.assert_problem(401, "refresh_token_invalid");
    stranger.refresh(family.live(), None).await.assert_problem(401, "refresh_token_invalid");
    client.verify(foreign.access()).await.assert_problem(401, "token_invalid");
    family.assert_lives(&client).await;
}
