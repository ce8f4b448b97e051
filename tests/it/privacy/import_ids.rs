//! What an application's foreign keys point to: ids are kept or mapped, and a second run passes over who is there.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::import::import;
use crate::admin::common::{items, person};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::process::environment;
use crate::support::sql::sql;

const ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const OTHER_ID: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

fn lines(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn report(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"))
}

fn map(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("a map");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Field and code of each error, with the external id.
fn errors(report: &Value) -> Vec<(&str, &str, &Value)> {
    let errors = report["errors"].as_array().expect("a list").iter();
    errors
        .map(|error| {
            (
                error["field"].as_str().unwrap_or(""),
                error["code"].as_str().unwrap_or(""),
                &error["external_id"],
            )
        })
        .collect()
}

#[apply(on_both_databases)]
async fn ids_are_kept_shown_and_mapped(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let users = [
        json!({"email": "ada@import.example", "id": ID, "external_id": "legacy-1"}),
        json!({"email": "bob@import.example", "external_id": "legacy-2"}),
        json!({"email": "eve@import.example"}),
    ];
    let file = node.data_dir().join("map.ndjson");
    let to_map = ["--map", file.to_str().expect("UTF-8")];
    // With the mark that some programs put before UTF-8.
    let output = import(node.setup(), &to_map, &format!("\u{feff}{}", lines(&users)));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mapped = map(&file);
    assert_eq!(mapped.len(), 3, "{mapped:?}");
    assert_eq!(mapped[0], json!({"line": 1, "external_id": "legacy-1", "id": ID, "outcome": "imported"}));
    assert_eq!((&mapped[2]["line"], &mapped[2]["external_id"]), (&json!(3), &Value::Null));
    for (query, line) in [("legacy-1", 0), ("legacy-2", 1), ("eve%40import", 2)] {
        let found = items(&admin.get(&client, &format!("/api/v1/admin/users?q={query}")).await);
        assert_eq!(found.len(), 1, "{query}: {found:?}");
        assert_eq!(found[0]["id"], mapped[line]["id"], "{query}");
        assert_eq!(found[0]["external_id"], mapped[line]["external_id"], "{query}");
    }
    let shown: Value = serde_json::from_str(&node.run(&["user", "show", ID, "--json"])).expect("JSON");
    assert_eq!(shown["external_id"], "legacy-1");

    // A map is not written over.
    let refused = import(node.setup(), &to_map, &lines(&users));
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("map.ndjson cannot be created"));

    // Again: who is there is no error, and the map names them, also those who have moved since.
    sql(&env, "UPDATE users SET email = 'moved@import.example' WHERE email = 'bob@import.example'");
    let second = node.data_dir().join("second.ndjson");
    let new = json!({"email": "new@import.example", "external_id": "legacy-4"});
    let again = import(
        node.setup(),
        &["--skip-existing", "--json", "--map", second.to_str().expect("UTF-8")],
        &lines(&[&users[..], &[new]].concat()),
    );
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let told = report(&again);
    assert_eq!((&told["imported"], &told["skipped"], &told["failed"]), (&json!(1), &json!(3), &json!(0)));
    let remapped = map(&second);
    for (before, after) in mapped.iter().zip(&remapped) {
        assert_eq!((&before["id"], &after["outcome"]), (&after["id"], &json!("skipped")));
    }
    assert_eq!(remapped[3]["outcome"], "imported");
}

#[apply(on_both_databases)]
async fn a_map_can_be_a_table(env: Env) {
    let setup = env.setup(&[]);
    let users = [
        json!({"email": "ada@import.example", "id": ID, "external_id": "legacy,\"1\""}),
        json!({"email": "bob@import.example", "id": OTHER_ID}),
    ];
    let file = setup.data_dir.join("map.csv");
    let output = import(&setup, &["--map", file.to_str().expect("UTF-8")], &lines(&users));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = format!(
        "line,external_id,id,outcome\r\n1,\"legacy,\"\"1\"\"\",{ID},imported\r\n2,,{OTHER_ID},imported\r\n"
    );
    assert_eq!(std::fs::read_to_string(&file).expect("a map"), expected);
}

/// The events of an erased account would seem to be those of the one that gets its id.
#[apply(on_both_databases)]
async fn the_id_of_an_erased_account_is_not_given_again(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let gone = person(&env, &client, "user").await;
    admin.delete(&client, &format!("/api/v1/admin/users/{}", gone.id)).await.assert_status(204);
    let again = [
        json!({"email": "again@import.example", "id": gone.id, "external_id": "1"}),
        json!({"email": "new@import.example", "id": ID}),
    ];
    for arguments in [&["--json", "--dry-run"][..], &["--json", "--skip-existing"], &["--json"]] {
        let output = import(node.setup(), arguments, &lines(&again));
        assert_eq!(output.status.code(), Some(1));
        let told = report(&output);
        let refused = errors(&told).into_iter().find(|(_, code, _)| *code == "id_erased");
        assert_eq!(refused, Some(("id", "id_erased", &json!("1"))), "{arguments:?}: {told}");
    }
    let found = items(&admin.get(&client, "/api/v1/admin/users?q=import.example").await);
    assert_eq!(found.iter().map(|user| &user["id"]).collect::<Vec<_>>(), [&json!(ID)]);
}

#[apply(on_both_databases)]
async fn an_id_belongs_to_one_account(env: Env) {
    let setup = env.setup(&[]);
    let first = [
        json!({"email": "ada@import.example", "id": ID, "external_id": "1"}),
        json!({"email": "bob@import.example", "id": OTHER_ID, "external_id": "2"}),
    ];
    assert!(import(&setup, &[], &lines(&first)).status.success());
    let second = [
        json!({"email": "a@import.example", "id": ID, "external_id": "11"}),
        json!({"email": "b@import.example", "external_id": "2"}),
        json!({"email": "c@import.example", "external_id": "13"}),
        json!({"email": "d@import.example", "external_id": "13"}),
        json!({"email": "e@import.example", "id": "42", "external_id": "14"}),
        // One of each of two accounts.
        json!({"email": "ada@import.example", "external_id": "2"}),
    ];
    let (taken, duplicate) = (json!("2"), json!("13"));
    let (eleven, fourteen) = (json!("11"), json!("14"));
    for arguments in [&["--json", "--dry-run"][..], &["--json"]] {
        let output = import(&setup, arguments, &lines(&second));
        assert_eq!(output.status.code(), Some(1));
        let told = report(&output);
        let expected = [
            ("id", "id_taken", &eleven),
            ("external_id", "external_id_taken", &taken),
            ("external_id", "duplicate_line", &duplicate),
            ("id", "invalid_id", &fourteen),
            ("external_id", "duplicate_line", &taken),
        ];
        assert_eq!(errors(&told), expected, "{arguments:?}");
        assert_eq!(told["imported"], 1);
    }
    let conflict = import(&setup, &["--json", "--skip-existing"], &lines(&second[5..]));
    assert_eq!(errors(&report(&conflict)), [("external_id", "external_id_taken", &taken)]);
}

#[tokio::test]
async fn utf_16_is_named() {
    let env = Env::new(Backend::Sqlite).await;
    let output = import(&env.setup(&[]), &[], "{\0\"\0e\0");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("UTF-16") && told.contains("UTF-8"), "{told}");
}

/// The lines before stay imported, so who reads the message must find the map.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_map_that_cannot_be_written_is_named() {
    // On SQLite the database could not be written either.
    let env = Env::new(Backend::Postgres).await;
    for (name, words) in
        [("map.csv", "the map of ids cannot be written"), ("map.ndjson", "the lines up to 1 were imported")]
    {
        let setup = env.setup(&[]);
        let (input, map) = (setup.data_dir.join("users.ndjson"), setup.data_dir.join(name));
        std::fs::write(&input, lines(&[json!({"email": format!("{name}@import.example")})]))
            .expect("written");
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ && ulimit -f 0 && exec \"$0\" user import \"$1\" --map \"$2\""]);
        shell.arg(env!("CARGO_BIN_EXE_kindred")).args([&input, &map]);
        shell.current_dir(&setup.data_dir).envs(environment(&setup)).stdin(Stdio::null());
        let output = shell.output().expect("a shell");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{told}");
        assert!(told.contains(words) && told.contains(&format!("{}: ", map.display())), "{words}: {told}");
    }
}
