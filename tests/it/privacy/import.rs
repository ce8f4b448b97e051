//! `kindred user import`: what comes in, what does not, and what is told of it.

use std::io::Write;
use std::process::{Output, Stdio};

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::rows::Rows;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::process::{Node, Setup, command};
use crate::support::sql::{dump, sql};

/// Of [`PASSWORD`], no more: none of these tests logs in with it.
const HASH: &str = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

/// Runs the import on these lines, given by standard input.
pub fn import(setup: &Setup, arguments: &[&str], lines: &str) -> Output {
    let mut child = command(setup)
        .args(["user", "import", "-"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    let lines = lines.to_owned();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("a child of ours");
    writer.join().expect("written").expect("read to the end");
    output
}

fn report(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"))
}

fn users(env: &Env) -> usize {
    Rows(env).count("users", "email LIKE '%@import.example'")
}

/// 2 000 lines, a quarter of them wrong in five ways; and the numbers of those.
fn mixed() -> (String, Vec<u64>) {
    let (mut lines, mut wrong) = (String::new(), Vec::new());
    for number in 1..=2_000_u64 {
        let email = format!("user{number}@import.example");
        let line = match number % 20 {
            3 => r#"{"email":"no-address"}"#.to_owned(),
            7 => "{\"email\":".to_owned(),
            11 => json!({"email": email, "password_hash": "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"}).to_string(),
            13 => json!({"email": email, "roles": ["admin"]}).to_string(),
            19 => json!({"email": format!("USER{}@import.example", number - 1)}).to_string(),
            _ => json!({"email": email, "display_name": "Ada", "password_hash": HASH, "email_verified": true}).to_string(),
        };
        if [3, 7, 11, 13, 19].contains(&(number % 20)) {
            wrong.push(number);
        }
        lines += &format!("{line}\n");
    }
    (lines, wrong)
}

fn error_lines(report: &Value) -> Vec<u64> {
    let errors = report["errors"].as_array().expect("a list");
    errors.iter().map(|error| error["line"].as_u64().expect("a number")).collect()
}

#[apply(on_both_databases)]
async fn wrong_lines_keep_no_other_out(env: Env) {
    let setup = env.setup(&[]);
    let (lines, wrong) = mixed();
    let rehearsal = import(&setup, &["--dry-run", "--json"], &lines);
    assert_eq!(rehearsal.status.code(), Some(1));
    assert_eq!(
        (users(&env), report(&rehearsal)["imported"].as_u64()),
        (0, Some(1_500)),
        "nothing is written"
    );
    assert_eq!(error_lines(&report(&rehearsal)), wrong);

    let output = import(&setup, &["--json"], &lines);
    assert_eq!(output.status.code(), Some(1));
    let told = report(&output);
    assert_eq!(
        (&told["lines"], &told["imported"], &told["failed"]),
        (&json!(2000), &json!(1500), &json!(500))
    );
    assert_eq!(error_lines(&told), wrong);
    let code = |line: u64| {
        let errors = told["errors"].as_array().expect("a list").iter();
        errors
            .clone()
            .find(|error| error["line"] == line)
            .map(|error| (error["field"].clone(), error["code"].clone()))
    };
    assert_eq!(code(3), Some((json!("email"), json!("invalid_email"))));
    assert_eq!(code(7), Some((json!(null), json!("invalid_line"))));
    assert_eq!(code(11), Some((json!("password_hash"), json!("hash_too_expensive"))));
    assert_eq!(code(13), Some((json!("roles"), json!("role_not_allowed"))));
    assert_eq!(code(19), Some((json!("email"), json!("duplicate_line"))));
    assert_eq!(users(&env), 1_500);
    let rows = Rows(&env);
    assert_eq!(rows.count("password_credentials", &format!("hash = '{HASH}'")), 1_500);
    assert_eq!(rows.count("users", "email_verified_at IS NOT NULL AND roles = 'user'"), 1_500);
    assert_eq!(rows.count("security_events", "kind = 'account.created' AND user_id IS NOT NULL"), 1_500);
    let detail = sql(&env, "SELECT detail FROM security_events WHERE kind = 'account.created' LIMIT 1");
    assert_eq!(detail.replace(' ', ""), r#"{"via":"import"}"#);

    // Again: no one is overwritten, and no one twice.
    sql(&env, "UPDATE users SET display_name = 'changed since'");
    let again = report(&import(&setup, &["--json"], &lines));
    assert_eq!((&again["imported"], &again["failed"]), (&json!(0), &json!(2000)));
    assert_eq!(rows.count("users", "display_name = 'changed since'"), 1_500);
    let taken =
        again["errors"].as_array().expect("a list").iter().filter(|error| error["code"] == "email_taken");
    assert_eq!(taken.count(), 1_500);
}

#[apply(on_both_databases)]
async fn every_member_arrives(env: Env) {
    let setup = env.setup(&[]);
    let line = json!({
        "email": " Grace@Import.Example ", "display_name": "Grace", "locale": "DE", "roles": ["user", "support"],
        "email_verified": true, "disabled": true, "created_at": "2019-03-04T05:06:07Z",
    });
    let refused = import(&setup, &[], &line.to_string());
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("line 1: roles needs --allow-roles"), "{told}");
    let done = import(&setup, &["--allow-roles"], &format!("\n{line}\n\n"));
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(String::from_utf8_lossy(&done.stdout), "1 of 1 lines imported\n");
    let row = sql(&env, "SELECT email, display_name, locale, roles, status, created_at FROM users");
    assert_eq!(row, "grace@import.example|Grace|de|user support|disabled|1551675967000000");
    assert_eq!(Rows(&env).count("password_credentials", "1 = 1"), 0);
}

#[apply(on_both_databases)]
async fn a_file_is_read_and_nothing_of_it_is_told(env: Env) {
    let node: Node = env.node(&[]).await;
    let file = node.data_dir().join("users.ndjson");
    let malformed = "$2b$05$magpiemagpiemagpiemagpiemagpiemagpiemagpiemagpiemagpie";
    let lines = [
        json!({"email": "ada@import.example", "password_hash": malformed}).to_string(),
        json!({"email": PASSWORD}).to_string(),
        format!("{}\n", "x".repeat(70_000)),
        json!({"email": "bob@import.example", "password_hash": HASH}).to_string(),
    ];
    std::fs::write(&file, lines.join("\n")).expect("written");
    let output =
        node.command(&["user", "import", file.to_str().expect("UTF-8")]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    for expected in
        ["line 1: password_hash is damaged", "line 2: email", "line 3: is longer", "1 of 4 lines imported"]
    {
        assert!(told.contains(expected), "{told}");
    }
    assert!(!told.contains("magpie") && !told.contains(PASSWORD) && !told.contains(HASH), "{told}");
    assert!(!dump(&env).contains("magpie"));
    let missing = node.command(&["user", "import", "absent.ndjson"]).output().expect("it starts");
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("absent.ndjson cannot be read"));
}
