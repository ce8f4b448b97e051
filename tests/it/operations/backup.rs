//! `docs/backup.md`: its commands are run, and what it says about sessions is true.

use std::fs;
use std::path::Path;
use std::process::Command;

use macro_rules_attribute::apply;
use rusqlite::Connection;

use crate::http::cli;
use crate::readme::markdown::read;
use crate::support::backend::{Backend, Env, on_both_databases, sqlite_url};
use crate::support::client::{Client, PASSWORD};
use crate::support::family::Family;
use crate::support::postgres::{Cluster, program};
use crate::support::process::{Node, Setup};

/// A copy of a database.
struct Copy {
    folder: tempfile::TempDir,
}

fn run(command: &mut Command) {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Copy {
    /// Takes a backup of a database that a server uses.
    fn take(setup: &Setup, backend: Backend) -> Copy {
        let copy = Copy { folder: tempfile::tempdir().expect("a folder") };
        match backend {
            Backend::Sqlite => {
                let path =
                    setup.database_url.trim_start_matches("sqlite://").split('?').next().expect("a path");
                let file = copy.file();
                let statement = format!("VACUUM INTO '{}'", file.display());
                Connection::open(path).expect("a database").execute_batch(&statement).expect("a copy");
                let copied = Connection::open(&file).expect("a database");
                let check: String =
                    copied.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a result");
                assert_eq!(check, "ok");
            }
            Backend::Postgres => {
                let mut dump = program("pg_dump");
                dump.args(["--format=custom", "--no-owner"]).arg("--file").arg(copy.file());
                run(dump.arg(&setup.database_url));
            }
        }
        copy
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("backup")
    }

    /// Restores it into a new database, and gives a server's setup for it: with the same master key, in a folder of its
    /// own.
    fn restore(&self, setup: &Setup, backend: Backend, folder: &Path) -> Setup {
        let mut restored = setup.clone();
        folder.clone_into(&mut restored.data_dir);
        match backend {
            Backend::Sqlite => {
                let file = folder.join("kindred.db");
                fs::copy(self.file(), &file).expect("a copy");
                restored.database_url = sqlite_url(&file);
            }
            Backend::Postgres => {
                restored.database_url = Cluster::shared().database();
                let mut restore = program("pg_restore");
                restore.args(["--no-owner", "--exit-on-error", "--dbname", &restored.database_url]);
                run(restore.arg(self.file()));
            }
        }
        restored
    }
}

/// The last step of the guide before the start.
fn end_all_sessions(setup: &Setup) {
    let arguments = ["keys", "retire", "--all", "--now"];
    assert!(
        read("docs/backup.md").contains(&format!("`kindred {}`", arguments.join(" "))),
        "the guide says so"
    );
    let output = tokio::task::block_in_place(|| cli::run(setup, &arguments));
    assert_eq!(cli::code(&output), 0, "{}", cli::stderr(&output));
}

async fn start(setup: Setup) -> Node {
    tokio::task::spawn_blocking(move || Node::start(setup)).await.expect("a node")
}

#[apply(on_both_databases)]
async fn a_copy_of_now_goes_on_where_it_was(env: Env) {
    let mut node = env.node(&[]).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    family.rotate(&client).await;
    let copy = Copy::take(node.setup(), env.backend());
    node.terminate();

    let folder = tempfile::tempdir().expect("a folder");
    let restored = start(copy.restore(node.setup(), env.backend(), folder.path())).await;
    let client = restored.client();
    family.rotate(&client).await;
    family.rotate(&client).await;
    client.login(&family.email, PASSWORD).await.assert_status(200);
    let doctor = restored.try_run(&["doctor", "--offline"]);
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));
}

/// What the guide's table says of sessions, if a restore does not end them.
async fn what_is_revived(client: &Client, [rotated, ended, opened]: [&Family; 3]) {
    client.refresh(rotated.live(), None).await.assert_problem(401, "session_revoked");
    let revived = client.refresh(ended.live(), None).await;
    assert_eq!(revived.status, 200, "an ended session is live again: {revived:?}");
    client.refresh(opened.live(), None).await.assert_problem(401, "refresh_token_invalid");
}

#[apply(on_both_databases)]
async fn a_copy_of_before_revives_sessions_unless_all_are_ended(env: Env) {
    let mut node = env.node(&[]).await;
    let client = node.client();
    let mut rotated = Family::open(&client).await;
    let spent = rotated.live().to_owned();
    let ended = Family::open(&client).await;
    let copy = Copy::take(node.setup(), env.backend());
    rotated.rotate(&client).await;
    rotated.rotate(&client).await;
    client.logout(ended.access()).await.assert_status(204);
    let opened = Family::open(&client).await;
    node.terminate();

    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let as_it_is = start(copy.restore(node.setup(), env.backend(), folders[0].path())).await;
    what_is_revived(&as_it_is.client(), [&rotated, &ended, &opened]).await;

    let setup = copy.restore(node.setup(), env.backend(), folders[1].path());
    end_all_sessions(&setup);
    let by_the_guide = start(setup).await;
    let client = by_the_guide.client();
    for token in [rotated.live(), &spent, ended.live(), opened.live()] {
        let refused = client.refresh(token, None).await;
        assert_eq!(refused.status, 401, "{refused:?}");
    }
    for access in [rotated.access(), ended.access()] {
        assert_eq!(client.verify(access).await.status, 401);
    }
    client.login(&rotated.email, PASSWORD).await.assert_status(200);
    client.login(&opened.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
}
