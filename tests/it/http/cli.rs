//! The command line: exit codes, and what programs read of it.

use std::net::TcpListener;
use std::process::{Output, Stdio};

use macro_rules_attribute::apply;

use super::common::shared;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::eventually::wait_until;
use crate::support::output;
use crate::support::process::{Setup, command};

pub fn run(setup: &Setup, arguments: &[&str]) -> Output {
    command(setup).args(arguments).stdin(Stdio::null()).output().expect("the binary starts")
}

pub fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn every_command_has_help() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[]);
    let commands: &[&[&str]] = &[
        &[],
        &["serve"],
        &["migrate"],
        &["migrate", "up"],
        &["migrate", "down"],
        &["migrate", "status"],
        &["config"],
        &["config", "check"],
        &["config", "print"],
        &["config", "reference"],
        &["doctor"],
        &["health"],
        &["mail"],
        &["mail", "preview"],
        &["purge"],
        &["keys"],
        &["keys", "list"],
        &["keys", "rotate"],
        &["keys", "retire"],
        &["keys", "reseal"],
        &["user", "import"],
        &["metrics"],
        &["openapi"],
        &["completions"],
        &["compliance"],
        &["version"],
        &["admin"],
        &["admin", "create"],
        &["admin", "grant"],
        &["admin", "withdraw"],
        &["user"],
        &["user", "list"],
        &["user", "show"],
        &["user", "erase"],
        &["user", "set-email"],
        &["user", "disable"],
        &["user", "enable"],
        &["user", "unlock"],
        &["user", "require-password-change"],
        &["user", "reset-mfa"],
        &["user", "sessions"],
        &["user", "revoke"],
    ];
    for words in commands {
        let help = run(&setup, &[words, &["--help"][..]].concat());
        assert_eq!(code(&help), 0, "{words:?}");
        assert!(stdout(&help).contains("Usage: kindred"), "{words:?}: {}", stdout(&help));
    }
    let version = run(&setup, &["--version"]);
    assert_eq!(stdout(&version).trim(), format!("kindred {}", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn wrong_words_exit_2() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[]);
    let wrong: &[&[&str]] = &[
        &["nonsense"],
        &["serve", "now"],
        &["--nonsense"],
        &["migrate", "sideways"],
        &["config"],
        &["migrate", "down", "--steps", "0"],
        &["migrate", "down", "--steps", "x"],
        &["health", "--address", "nowhere"],
        &["admin", "create"],
        &["user", "list", "--status", "asleep"],
        &["user", "revoke", "ada@example.com", "--session", "nonsense"],
        &["--config", "absent.toml", "config", "check"],
    ];
    for words in wrong {
        let output = run(&setup, words);
        assert_eq!(code(&output), 2, "{words:?}: {}", stderr(&output));
        assert!(!stderr(&output).is_empty() && !stderr(&output).contains("panicked"), "{words:?}");
    }
}

#[apply(on_both_databases)]
async fn a_signal_ends_it_in_order(env: Env) {
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::INT] {
        let mut node = env.node(&[]).await;
        node.client().signed_in().await;
        node.signal(signal);
        assert!(node.terminate().success(), "{}", node.logs());
        assert!(node.logs().contains("shutting down"));
        assert!(!node.logs().contains("panicked"));
    }
}

#[tokio::test]
async fn without_a_command_it_serves() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[]);
    let mut child = command(&setup)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = output::Output::collect(&mut child);
    wait_until("it listens", || output.text().contains("\nlistening on http://127.0.0.1:").then_some(()));
    child.kill().and_then(|()| child.wait()).expect("it ends");
    output.finish();
}

#[tokio::test]
async fn a_taken_port_is_told() {
    let env = Env::new(Backend::Sqlite).await;
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    for key in ["KINDRED_SERVER__LISTEN", "KINDRED_OPS__LISTEN"] {
        let output = run(&env.setup(&[(key, &address)]), &["serve"]);
        assert_eq!(code(&output), 1);
        let told = stderr(&output);
        assert!(told.contains(&format!("cannot listen on {address}")) && told.contains("in use"), "{told}");
        assert!(!told.contains("listening on"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_asks_a_running_server() {
    let shared = shared().await;
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[]);
    let ask = |address: &str| run(&setup, &["health", "--address", address]);
    let ready = ask(shared.node.base_url().trim_start_matches("http://"));
    assert_eq!((code(&ready), stdout(&ready).trim()), (0, "ready"), "{}", stderr(&ready));

    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let unready = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().expect("asked");
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("a whole request");
            asked.extend(byte);
        }
        stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n").expect("answered");
    });
    let told = ask(&address);
    unready.join().expect("answered");
    assert_eq!(code(&told), 1);
    assert!(stderr(&told).contains("503"), "{}", stderr(&told));
    let silent = ask(&address); // nothing listens there now
    assert_eq!(code(&silent), 1);
    assert!(stderr(&silent).contains("does not answer"), "{}", stderr(&silent));
    assert_eq!(shared.client().get("/health/ready").await.status, 200);
}
