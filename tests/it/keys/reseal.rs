//! `kindred keys reseal`: what it tells, and that it disturbs no server.

use kindred::entropy::OsEntropy;
use kindred::model::sealed_row::{SealedRow, SealedTable};
use macro_rules_attribute::apply;
use serde_json::Value;
use uuid::Uuid;

use super::sealed::{
    ACTIVE, NEW, PREVIOUS, all_sealed, own_key, plant, plant_sealed, planted_rows, reseal, resealed, ring,
};
use crate::delivery::writing::{Writer, link, outcomes, wait_for_outcomes};
use crate::http::cli::{code, run, stderr, stdout};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::sql::sql;

const MAILS: usize = 150;

fn failed_rows(report: &Value) -> Vec<String> {
    let failed = report["failed"].as_array().expect("a list");
    failed.iter().map(|value| value["row"].as_str().expect("a name").to_owned()).collect()
}

/// As if a server with the old configuration wrote each ceremony again at once.
fn undo_changes(env: &Env) {
    let statements: &[&str] = match env.backend() {
        Backend::Sqlite => &["CREATE TRIGGER undo AFTER UPDATE OF sealed ON webauthn_ceremonies BEGIN \
             UPDATE webauthn_ceremonies SET sealed = OLD.sealed WHERE id = NEW.id; END"],
        Backend::Postgres => &[
            "CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN NEW.sealed := OLD.sealed; RETURN NEW; END'",
            "CREATE TRIGGER undo BEFORE UPDATE ON webauthn_ceremonies FOR EACH ROW EXECUTE FUNCTION undo()",
        ],
    };
    for statement in statements {
        sql(env, statement);
    }
}

#[apply(on_both_databases)]
async fn what_cannot_be_opened_is_named_and_keeps_no_other_back(env: Env) {
    let old = own_key(&env);
    let mut node = env.node(&[]).await;
    let user = node.client().signed_in().await;
    node.mailbox().settled(&env).await;
    node.kill_9();
    let sound = planted_rows(&env, &user.email);
    sound.iter().for_each(|row| plant(&env, &ring(&old, &[]), row));
    let [moved, lost] = [7, 8].map(|number| SealedRow::WebauthnCeremony(Uuid::from_u128(number)));
    let elsewhere = ring(&old, &[]).seal(&OsEntropy, "webauthn_ceremonies/elsewhere", b"x").expect("sealed");
    plant_sealed(&env, &moved, &elsewhere);
    let forgotten = ring("Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=", &[]);
    plant(&env, &forgotten, &lost);
    let before = all_sealed(&env);

    let setup = env.setup(&[(ACTIVE, NEW), (PREVIOUS, &old)]);
    let (status, report, told) = reseal(&setup);
    assert_eq!(status, 1);
    assert!(told.contains("2 value(s) cannot be opened"), "{told}");
    assert_eq!(failed_rows(&report), [moved.to_string(), lost.to_string()]);
    let reasons: Vec<&str> = (0..2).filter_map(|place| report["failed"][place]["reason"].as_str()).collect();
    assert!(reasons[0].contains("damaged, or was sealed for another row"), "{reasons:?}");
    assert!(reasons[1].contains(&forgotten.active_id().to_string()), "{reasons:?}");
    assert_eq!(SealedTable::ALL.map(|table| resealed(&report, table)), [1, 2, 1, 1, 1, 1, 3, 3, 1]);
    assert_eq!(report["previous_keys_removable"], true, "no previous key would open them");
    for (row, sealed) in all_sealed(&env) {
        let was = before.iter().find(|(found, _)| *found == row).expect("no row is new");
        if row == moved || row == lost {
            assert_eq!(sealed, was.1, "it is left as it was");
        } else {
            ring(NEW, &[]).open(&row.to_string(), &sealed).expect("it is under the new key");
        }
    }

    let text = run(&setup, &["keys", "reseal"]);
    assert_eq!(code(&text), 1);
    assert!(stderr(&text).contains(&moved.to_string()) && stderr(&text).contains(&lost.to_string()));
    assert!(stdout(&text).contains("the previous master keys can be removed"), "{}", stdout(&text));
}

#[apply(on_both_databases)]
async fn what_cannot_be_read_is_named_and_keeps_no_other_back(env: Env) {
    let old = own_key(&env);
    let mut node = env.node(&[]).await;
    node.kill_9();
    let sound = SealedRow::WebauthnCeremony(Uuid::from_u128(2));
    plant(&env, &ring(&old, &[]), &sound);
    // No version writes such an id.
    let columns = "id, sealed, state, created_at";
    sql(&env, &format!("INSERT INTO root_keys ({columns}) SELECT 300, sealed, 'retired', 0 FROM root_keys"));
    let mut unreadable = vec![SealedRow::RootKey(300)];
    if env.backend() == Backend::Sqlite {
        // Only there can a column hold a value of another type.
        let number = SealedRow::WebauthnCeremony(Uuid::from_u128(1));
        plant_sealed(&env, &number, b"x");
        sql(
            &env,
            "UPDATE webauthn_ceremonies SET sealed = 7 WHERE id = (SELECT min(id) FROM webauthn_ceremonies)",
        );
        unreadable.push(number);
    }

    let (status, report, _) = reseal(&env.setup(&[(ACTIVE, NEW), (PREVIOUS, &old)]));
    assert_eq!(status, 1);
    assert_eq!(failed_rows(&report), unreadable.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(resealed(&report, SealedTable::WebauthnCeremonies), 1);
    if env.backend() == Backend::Sqlite {
        let reason = report["failed"][1]["reason"].as_str().expect("a reason");
        let place = "webauthn_ceremonies.sealed of row 00000000-0000-0000-0000-000000000001";
        assert!(reason.contains(place), "{reason}");
    }
}

#[apply(on_both_databases)]
async fn a_key_that_nothing_was_sealed_under_can_be_removed_at_once(env: Env) {
    let node = env.node(&[(PREVIOUS, NEW)]).await;
    let output = run(node.setup(), &["keys", "reseal"]);
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
    assert!(stdout(&output).contains("the previous master keys can be removed"), "{}", stdout(&output));
    drop(node);
    let alone = run(&env.setup(&[]), &["keys", "reseal"]);
    assert_eq!(code(&alone), 0);
    assert!(!stdout(&alone).contains("removed"), "there are none: {}", stdout(&alone));
}

#[apply(on_both_databases)]
async fn who_goes_on_sealing_under_a_previous_key_is_noticed(env: Env) {
    let old = own_key(&env);
    let mut node = env.node(&[]).await;
    node.kill_9();
    let row = SealedRow::WebauthnCeremony(Uuid::from_u128(1));
    plant(&env, &ring(&old, &[]), &row);
    undo_changes(&env);
    let (status, report, told) = reseal(&env.setup(&[(ACTIVE, NEW), (PREVIOUS, &old)]));
    assert_eq!((status, &report["previous_keys_removable"]), (1, &false.into()));
    assert!(told.contains("the previous master keys are still needed"), "{told}");
    assert_eq!(failed_rows(&report), [""; 0]);
}

#[apply(on_both_databases)]
async fn a_server_goes_on_meanwhile(env: Env) {
    let old = own_key(&env);
    let writer = Writer::of(&env).await;
    let node = env.node(&[(ACTIVE, NEW), (PREVIOUS, &old), ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")]).await;
    let client = node.client();
    let mut user = client.signed_in().await;
    node.mailbox().settled(&env).await;
    // A recipient each: one of them has a quota.
    let to: Vec<String> = (0..MAILS).map(|_| unique_email()).collect();
    let mails = (0..MAILS).map(|number| writer.sealed(&to[number], link(&format!("mail-{number}"))));
    writer.write(mails.collect()).await.expect("written");

    let mut child = tokio::process::Command::from(node.command(&["keys", "reseal", "--json"]));
    let resealing = child.kill_on_drop(true).output();
    let traffic = async {
        for _ in 0..10 {
            let reply = client.refresh(&user.refresh, None).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            (user.access, user.refresh) = (reply.access(), reply.refresh_token());
            assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
        }
    };
    let (output, ()) = tokio::join!(resealing, traffic);
    let output = output.expect("it runs");
    assert_eq!(code(&output), 0, "{}", stderr(&output));

    // Each mail leaves once, whether it was taken before it was sealed again or after.
    writer.stop().await;
    let mailbox = node.mailbox();
    mailbox.settled(&env).await;
    let mails = mailbox.everything().into_iter().filter(|mail| to.contains(&mail.to));
    let mut tokens: Vec<(String, String)> = mails.map(|mail| (mail.token(), mail.to)).collect();
    tokens.sort_unstable();
    let expected = to.iter().enumerate().map(|(number, to)| (format!("mail-{number}"), to.clone()));
    let mut expected: Vec<(String, String)> = expected.collect();
    expected.sort_unstable();
    assert_eq!(tokens, expected);
    let sent = vec!["sent 1 unsealed -"; outcomes(&env).len()];
    wait_for_outcomes(&env, &sent).await;
}
