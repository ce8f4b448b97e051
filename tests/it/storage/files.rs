//! What the process leaves on disk is its owner's alone, and what was deleted is gone from it.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use macro_rules_attribute::apply;
use reqwest::Method;

use crate::avatars::common::{png, put};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::send;
use crate::support::eventually::{eventually, wait_until};
use crate::support::output::Output;
use crate::support::process::{Node, Setup, environment};
use crate::support::sql::{sql, sqlite_file};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| if path.is_dir() { [vec![path.clone()], below(&path)].concat() } else { vec![path] })
        .collect()
}

/// The environment's URL with the database in a folder that is not there yet.
fn elsewhere(env: &Env, mut setup: Setup) -> Setup {
    if env.backend() == Backend::Sqlite {
        let file = setup.data_dir.join("made/deep/kindred.db");
        setup.database_url = format!("sqlite://{}?mode=rwc", file.display());
    }
    setup
}

#[apply(on_both_databases)]
async fn files_and_folders_are_closed_to_others(env: Env) {
    let env = Env::unmigrated(env.backend()).await;
    let mut setup = env.setup(&[]);
    let master_key = setup.environment.iter().position(|(name, _)| name.ends_with("MASTER_KEY"));
    setup.environment.remove(master_key.expect("every test has one"));
    let node = tokio::task::block_in_place(|| Node::start(setup.clone()));
    let client = node.client();
    let user = client.signed_in().await;
    assert_eq!(put(&client, &user, "image/png", png([1, 2, 3])).await.status, 200);
    node.mailbox().settled(&env).await;
    // The data folder is the test's own; what is in it, and the database beside it, are the server's.
    let made = below(setup.data_dir.parent().expect("a parent"));
    let names: Vec<String> = made.iter().map(|path| path.display().to_string()).collect();
    let mut expected = vec!["/outbox", "/avatars", "master.key"];
    if env.backend() == Backend::Sqlite {
        expected.extend(["kindred.db", "kindred.db-wal", "kindred.db-shm"]);
    }
    for part in expected {
        assert!(names.iter().any(|name| name.contains(part)), "{part}: {names:?}");
    }
    for path in made.iter().filter(|path| **path != setup.data_dir) {
        assert_eq!(mode(path) & 0o077, 0, "{} is {:o}", path.display(), mode(path));
    }
}

#[apply(on_both_databases)]
async fn the_memory_of_the_process_is_not_to_be_had(env: Env) {
    let mut setup = env.setup(&[]);
    let is_root = std::fs::metadata("/proc/self").expect("this process").uid() == 0;
    // What root runs belongs to root in any case, so it runs as another user.
    let folder = tempfile::Builder::new().prefix("kindred-test-").tempdir().expect("a folder");
    setup.data_dir = folder.path().to_owned();
    let mut setup = elsewhere(&env, setup);
    let binary = folder.path().join("kindred-server");
    std::fs::copy(env!("CARGO_BIN_EXE_kindred"), &binary).expect("copied");
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).expect("ours");
    setup.environment.push(("TMPDIR".to_owned(), folder.path().display().to_string()));
    let mut command = std::process::Command::new(&binary);
    command.envs(environment(&setup)).current_dir(folder.path());
    if is_root {
        std::os::unix::fs::chown(folder.path(), Some(65_534), Some(65_534)).expect("root may");
        command.uid(65_534).gid(65_534);
    }
    command.arg("serve").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = wait_until("the copy may run", || match command.spawn() {
        // Another test may be starting a process, which holds the file open for writing until it is another program.
        Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => None,
        child => Some(child.expect("it starts")),
    });
    let output = Output::collect(&mut child);
    wait_until("it listens", || {
        assert!(child.try_wait().expect("a child").is_none(), "{}", output.text());
        output.text().contains("listening on").then_some(())
    });
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let limits = std::fs::read_to_string(process.join("limits")).expect("limits");
    let line = |name: &str| {
        limits
            .lines()
            .find(|line| line.starts_with(name))
            .expect("a limit")
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(line("Max core file size")[4..6], ["0", "0"], "{limits}");
    let files = line("Max open files");
    assert_eq!(files[3], files[4], "the soft limit is the hard one: {limits}");
    // The kernel gives what belongs to a process that is not dumpable to root (proc(5)).
    let owner = std::fs::metadata(process.join("environ")).expect("it runs").uid();
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(owner, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_an_earlier_version_is_closed_to_others() {
    let env = Env::new(Backend::Sqlite).await;
    env.node(&[]).await.kill_9();
    let files = ["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{}{end}", sqlite_file(&env))));
    for file in &files {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).expect("ours");
    }
    let node = env.node(&[]).await;
    for file in &files {
        assert_eq!(mode(file) & 0o777, 0o600, "{}", file.display());
    }
    node.logged("restricted the database file to its owner").await;
}

/// Of an erased person nothing is left in SQLite's free pages, nor in its log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_address_is_nowhere_in_the_files() {
    let env = Env::new(Backend::Sqlite).await;
    let environment = [("KINDRED_PRIVACY__ERASURE_GRACE", "0s"), ("KINDRED_RETENTION__INTERVAL", "100ms")];
    let node = env.node(&environment).await;
    let client = node.client();
    let others = [client.signed_in().await, client.signed_in().await];
    let person = client.signed_in().await;
    let needle = person.email.as_bytes();
    let is_there = || {
        let files =
            ["", "-wal"].map(|end| std::fs::read(format!("{}{end}", sqlite_file(&env))).unwrap_or_default());
        files.iter().any(|content| memchr::memmem::find(content, needle).is_some())
    };
    assert!(is_there());
    let erase = client.request(Method::DELETE, "/api/v1/me").bearer_auth(&person.access);
    let erased = send(erase).await;
    assert!([202, 204].contains(&erased.status), "{erased:?}");
    node.mailbox().settled(&env).await;
    eventually("the row is gone", async || (sql(&env, "SELECT count(*) FROM users") == "2").then_some(()))
        .await;
    eventually("the address is nowhere", async || (!is_there()).then_some(())).await;
    assert_eq!(client.verify(&others[0].access).await.status, 204);
}

/// What a start needs for a moment is not kept: an idle server is small.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_has_just_started_is_small() {
    let env = Env::new(Backend::Sqlite).await;
    // With the default hash, whose memory must not be taken before there is a password.
    let hash = [("KINDRED_PASSWORD__MEMORY_KIB", "19456"), ("KINDRED_PASSWORD__ITERATIONS", "2")];
    let node = env.node(&hash).await;
    assert_eq!(node.client().verify("nonsense").await.status, 401);
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("Linux tells");
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(kibibytes < 24 * 1_024, "{kibibytes} KiB");
}
