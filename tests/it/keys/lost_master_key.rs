//! The master key is lost: the database goes on with another one, and what that costs is told before.

use kindred::model::sealed_row::SealedTable;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::sealed::{ACTIVE, NEW, own_key, plant, planted_rows, ring, sealed_in, user_id};
use crate::faults::refusal::refusal;
use crate::http::cli::{code, run, stderr};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::process::Setup;
use crate::support::sql::{count, dump, sql};

/// `kindred keys reinitialise`: exit status, report, and what it said besides.
fn reinitialise(setup: &Setup, arguments: &[&str]) -> (i32, Value, String) {
    let command = [&["keys", "reinitialise", "--json"], arguments].concat();
    let output = tokio::task::block_in_place(|| run(setup, &command));
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (code(&output), report, stderr(&output))
}

fn lost(report: &Value, table: SealedTable) -> &Value {
    let tables = report["tables"].as_array().expect("a list");
    &tables.iter().find(|found| found["table"] == table.as_str()).expect("it is told")["values"]
}

#[apply(on_both_databases)]
async fn a_database_goes_on_with_another_key(env: Env) {
    let mut node = env.node(&[]).await;
    let user = node.client().signed_in().await;
    let rows = planted_rows(&env, &user.email);
    rows.iter().for_each(|row| plant(&env, &ring(&own_key(&env), &[]), row));
    sql(&env, "UPDATE users SET mfa_enrolled_at = 1");
    node.kill_9();
    let (status, _, told) = reinitialise(&env.setup(&[]), &["--yes"]);
    assert_eq!(status, 1, "{told}");
    assert!(told.contains("nothing is lost"), "{told}");

    let with_another = env.setup(&[(ACTIVE, NEW)]);
    let message = refusal(&with_another);
    assert!(message.contains("sealed with another master key"), "{message}");
    let (before, sessions) = (dump(&env), json!(count(&env, "session_families")));
    let (status, told_before, told) = reinitialise(&with_another, &[]);
    assert_eq!(status, 1, "{told}");
    assert!(told.contains("nothing was changed"), "{told}");
    assert_eq!(dump(&env), before);
    let id = user_id(&env, &user.email);
    assert_eq!(told_before["locked_out"], json!([id]));
    assert_eq!((&told_before["sessions"], &told_before["root_keys"]), (&sessions, &json!([1])));
    for (table, values) in [
        (SealedTable::TotpAuthenticators, 1),
        (SealedTable::SmsAuthenticators, 1),
        (SealedTable::SmsCodes, 1),
        (SealedTable::WebauthnCeremonies, 3),
        (SealedTable::AcmeRecords, 1),
    ] {
        assert_eq!(*lost(&told_before, table), json!(values), "{table:?}");
    }

    let (status, report, told) = reinitialise(&with_another, &["--yes"]);
    assert_eq!((status, &report), (0, &told_before), "{told}");
    assert_eq!(sql(&env, "SELECT id, state FROM root_keys"), "2|active", "no id is used again");
    for table in [SealedTable::SmsCodes, SealedTable::WebauthnCeremonies, SealedTable::Outbox] {
        assert!(sealed_in(&env, table).is_empty(), "{table:?}");
    }
    // Without it the password alone would open the account.
    assert_eq!(sealed_in(&env, SealedTable::TotpAuthenticators).len(), 1);
    let node = env.node(&[(ACTIVE, NEW)]).await;
    let client = node.client();
    client.verify(&user.access).await.assert_problem(401, "token_invalid");
    client.refresh(&user.refresh, None).await.assert_problem(401, "refresh_token_invalid");
    let login = client.login(&user.email, PASSWORD).await;
    assert!(login.body.get("access_token").is_none(), "{login:?}");
    client.verify(&client.signed_in().await.access).await.assert_status(204);
    assert_eq!(count(&env, "security_events WHERE kind = 'sessions.all_revoked'"), 1);
    let (status, _, told) = reinitialise(node.setup(), &["--yes"]);
    assert_eq!(status, 1, "{told}");
}
