//! What the binary tells about itself, and how it is shown.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::cli::{code, run, stderr, stdout};
use crate::support::backend::{Backend, Env};

#[tokio::test]
async fn the_version_needs_no_configuration() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[("KINDRED_NONSENSE__KEY", "1")]);
    let text = run(&setup, &["version"]);
    assert_eq!(code(&text), 0, "{}", stderr(&text));
    assert!(
        stdout(&text).starts_with(&format!("kindred {}\n", env!("CARGO_PKG_VERSION"))),
        "{}",
        stdout(&text)
    );
    let json: Value = serde_json::from_str(&stdout(&run(&setup, &["version", "--json"]))).expect("JSON");
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json["schema_version"], migration::schema_version());
    assert!(
        json["features"].as_array().is_some_and(|all| all.contains(&"mail.transport=smtp".into())),
        "{json}"
    );
}

#[tokio::test]
async fn shells_get_completions() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[("KINDRED_NONSENSE__KEY", "1")]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = run(&setup, &["completions", shell]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(stdout(&output).contains("revoke-all"), "{shell}: {}", stdout(&output));
    }
    let bash = stdout(&run(&setup, &["completions", "bash"]));
    let check = Command::new("bash").args(["-n", "-c", &bash]).output().expect("bash starts");
    assert!(check.status.success(), "{}", stderr(&check));
    assert_eq!(code(&run(&setup, &["completions", "cobol"])), 2);
}

/// What a command shows on a terminal.
fn on_a_terminal(arguments: &str, no_color: Option<&str>) -> String {
    let mut command = Command::new("script");
    command
        .args(["-qec", &format!("{} {arguments}", env!("CARGO_BIN_EXE_kindred")), "/dev/null"])
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    if let Some(value) = no_color {
        command.env("NO_COLOR", value);
    }
    stdout(&command.output().expect("script starts"))
}

#[test]
fn no_color_is_obeyed() {
    // The database is no database, so that the server ends once it has logged.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kindred.toml");
    let text = format!(
        "data_dir = {:?}\n[server]\nlisten = \"127.0.0.1:0\"\n[ops]\nlisten = \"127.0.0.1:0\"\n\
         [quotas]\nmail_global = 100000\n[database]\nurl = \"sqlite:///dev/null/kindred.db\"\n",
        folder.path()
    );
    std::fs::write(&file, text).expect("a file");
    for (arguments, shown) in
        [("--help".to_owned(), "Usage"), (format!("--config {}", file.display()), "quotas.mail_global")]
    {
        let is_colorful = |no_color| {
            let output = on_a_terminal(&arguments, no_color);
            assert!(output.contains(shown), "{output}");
            output.contains('\u{1b}')
        };
        assert_eq!([None, Some(""), Some("1")].map(is_colorful), [true, true, false], "{arguments}");
    }
}

#[tokio::test]
async fn the_framework_is_quiet() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let logs = node.logs();
    for noise in ["actix", "workers", "starting"] {
        assert!(!logs.to_lowercase().contains(noise), "{logs}");
    }
}
