//! Folders: their names are paths and never URLs, they are made when they are needed, and one that this process cannot
//! use is refused with both users named.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use macro_rules_attribute::apply;

use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::eventually::wait_until;
use crate::support::not_run;
use crate::support::process::{Node, Setup, command, environment};

/// An arbitrary user of group 0, as container platforms choose one.
const USER: u32 = 1_000_650_000;

fn is_root() -> bool {
    fs::metadata("/proc/self").expect("this process").uid() == 0
}

/// A folder that every user may enter, with a copy of the binary.
fn folder_with_binary() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::Builder::new().prefix("kindred-test-").tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("ours");
    let binary = folder.path().join("kindred-server");
    fs::copy(env!("CARGO_BIN_EXE_kindred"), &binary).expect("copied");
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).expect("ours");
    (folder, binary)
}

/// Runs the copy as [`USER`], where we are root, and as ourselves otherwise.
fn run_as_other(binary: &Path, setup: &Setup, argument: &[&str]) -> Output {
    let mut command = Command::new(binary);
    command.args(argument).envs(environment(setup)).current_dir("/").stdin(Stdio::null());
    if is_root() {
        command.uid(USER).gid(0);
    }
    wait_until("the copy may run", || match command.output() {
        // Another test may be starting a process, which holds the file open for writing until it is another program.
        Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => None,
        output => Some(output.expect("it starts")),
    })
}

fn migrate_in(data_dir: &Path, url: Option<&str>) {
    let setup = Setup {
        data_dir: data_dir.to_owned(),
        database_url: url.unwrap_or_default().to_owned(),
        environment: Vec::new(),
    };
    let output = command(&setup).args(["migrate", "up"]).stdin(Stdio::null()).output().expect("it starts");
    assert!(output.status.success(), "{data_dir:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

const NAMES: [&str; 10] = [
    "plain",
    "with space",
    "ünï-山",
    "a#b",
    "rate 5%",
    "feature%2Flogin",
    "a%20b",
    "a b",
    "really?",
    "semi;colon&amp",
];

#[test]
fn a_data_folder_is_a_path_whatever_its_name() {
    let root = tempfile::tempdir().expect("a folder");
    let mut expected = Vec::new();
    for name in NAMES {
        let folder = root.path().join(name);
        fs::create_dir(&folder).expect("a folder");
        migrate_in(&folder, None);
        assert!(fs::metadata(folder.join("kindred.db")).expect(name).len() > 0);
        expected.push(name.to_owned());
        expected.sort();
        assert_eq!(names(root.path()), expected, "nothing beside it");
    }
}

/// What a server keeps in its data folder on defaults: its key, its database and its mails.
async fn keeps_all_in(node: &Node, data_dir: &Path) {
    let user = node.client().signed_in().await;
    node.mailbox().wait_for(&user.email, "verify_email").await;
    for name in ["kindred.db", "master.key", "outbox"] {
        assert!(names(data_dir).contains(&name.to_owned()), "{name}: {:?}", names(data_dir));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_keeps_all_in_its_data_folder_whatever_its_name() {
    let root = tempfile::tempdir().expect("a folder");
    let name = "a%20b ?#c";
    let data_dir = root.path().join(name);
    fs::create_dir(&data_dir).expect("a folder");
    let setup = Setup { data_dir: data_dir.clone(), database_url: String::new(), environment: Vec::new() };
    let node = tokio::task::block_in_place(|| Node::start(setup));
    keeps_all_in(&node, &data_dir).await;
    assert_eq!(names(root.path()), [name], "nothing beside it");
}

/// In the image the data folder belongs to the image's user and to group 0, which may write to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arbitrary_user_of_group_0_runs() {
    if !is_root() {
        return not_run("only root starts programs as other users");
    }
    let (folder, binary) = folder_with_binary();
    let data_dir = folder.path().join("data");
    fs::create_dir(&data_dir).expect("a folder");
    chown(&data_dir, Some(65_532), Some(0)).expect("root may");
    fs::set_permissions(&data_dir, fs::Permissions::from_mode(0o770)).expect("root may");
    let setup = Setup { data_dir: data_dir.clone(), database_url: String::new(), environment: Vec::new() };
    let node = tokio::task::block_in_place(|| Node::start_as(setup, &binary, USER, 0));
    keeps_all_in(&node, &data_dir).await;
    let key = fs::metadata(data_dir.join("master.key")).expect("a key");
    assert_eq!((key.uid(), key.mode() & 0o777), (USER, 0o600));
}

#[test]
fn the_path_in_a_url_of_sqlite_is_escaped_as_in_any_url() {
    let root = tempfile::tempdir().expect("a folder");
    for (written, name) in
        [("a%20b", "a b"), ("with space", "with space"), ("a%23b", "a#b"), ("5%25", "5%"), ("q%3F", "q?")]
    {
        migrate_in(root.path(), Some(&format!("sqlite://{}/{written}/k.db?mode=rwc", root.path().display())));
        assert!(root.path().join(name).join("k.db").exists(), "{written}: {:?}", names(root.path()));
    }
}

#[test]
fn a_data_folder_of_another_user_is_refused_with_both_users() {
    let (folder, binary) = folder_with_binary();
    let data_dir = folder.path().join("data");
    fs::create_dir(&data_dir).expect("a folder");
    fs::set_permissions(&data_dir, fs::Permissions::from_mode(if is_root() { 0o700 } else { 0 }))
        .expect("ours");
    let database_url = format!("sqlite://{}?mode=rwc", folder.path().join("kindred.db").display());
    let setup = Setup { data_dir: data_dir.clone(), database_url, environment: Vec::new() };
    let output = run_as_other(&binary, &setup, &["serve"]);
    let text = String::from_utf8_lossy(&output.stderr);
    let owner = fs::metadata(&data_dir).expect("it is there").uid();
    let runner = if is_root() { USER } else { owner };
    assert_eq!(output.status.code(), Some(1), "{text}");
    for words in [
        format!("cannot use the data folder {}", data_dir.display()),
        format!("belongs to uid {owner}, gid "),
        format!("runs as uid {runner}, gid "),
    ] {
        assert!(text.contains(&words), "{words}: {text}");
    }
    fs::set_permissions(&data_dir, fs::Permissions::from_mode(0o700)).expect("ours");
}

#[test]
fn a_database_file_of_another_user_is_refused_with_both_users() {
    let (folder, binary) = folder_with_binary();
    let open = folder.path().join("open");
    fs::create_dir(&open).expect("a folder");
    let file = open.join("kindred.db");
    migrate_in(&open, Some(&format!("sqlite://{}?mode=rwc", file.display())));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).expect("ours");
    if is_root() {
        chown(&open, Some(USER), Some(0)).expect("root may");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("ours");
    }
    let setup = Setup {
        data_dir: open.clone(),
        database_url: format!("sqlite://{}", file.display()),
        environment: Vec::new(),
    };
    let output = run_as_other(&binary, &setup, &["migrate", "status"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{text}");
    for words in [file.display().to_string(), "belongs to uid ".to_owned(), "runs as uid ".to_owned()] {
        assert!(text.contains(&words), "{words}: {text}");
    }
}

/// Database, mails, SMS and avatars are elsewhere.
const ELSEWHERE: &[(&str, &str)] = &[
    ("KINDRED_MAIL__TRANSPORT", "log"),
    ("KINDRED_SMS__TRANSPORT", "log"),
    ("KINDRED_AVATARS__STORE", "s3"),
    ("KINDRED_AVATARS__S3_BUCKET", "avatars"),
    ("KINDRED_AVATARS__S3_ENDPOINT", "http://127.0.0.1:9"),
    ("KINDRED_AVATARS__S3_ACCESS_KEY_ID", "id"),
    ("KINDRED_AVATARS__S3_SECRET_ACCESS_KEY", "secret"),
];

/// As a container runs with a read-only root file system and no volume.
#[apply(on_both_databases)]
async fn a_read_only_file_system_is_enough_for_what_is_elsewhere(env: Env) {
    if env.backend() == Backend::Sqlite {
        return;
    }
    let setup = env.setup(ELSEWHERE);
    let data_dir = setup.data_dir.clone();
    let Some(node) = tokio::task::block_in_place(|| Node::start_on_read_only_files(setup)) else {
        return not_run("this process may not mount a file system");
    };
    let user = node.client().signed_in().await;
    let refreshed = node.client().refresh(&user.refresh, None).await;
    refreshed.assert_status(200);
    assert_eq!(node.client().verify(&refreshed.access()).await.status, 204);
    assert!(names(&data_dir).is_empty(), "{:?}", names(&data_dir));
}

/// Where the database, mails and avatars are elsewhere, no folder is made: the data folder may be on a file system that
/// is read-only, and the user may be any.
#[apply(on_both_databases)]
async fn what_is_elsewhere_needs_no_data_folder(env: Env) {
    if env.backend() == Backend::Sqlite {
        return;
    }
    let mut setup = env.setup(ELSEWHERE);
    // A folder below a file can be made by no one, root included.
    let file = setup.data_dir.join("file");
    fs::write(&file, "").expect("a file");
    setup.environment.push(("KINDRED_DATA_DIR".to_owned(), file.join("data").display().to_string()));
    let data_dir = setup.data_dir.clone();
    let node = tokio::task::block_in_place(|| Node::start(setup));
    let user = node.client().signed_in().await;
    assert_eq!(node.client().verify(&user.access).await.status, 204);
    assert_eq!(names(&data_dir), ["file"]);
}
