//! Every behaviour must hold on both databases, so a test is written once and runs twice.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use macro_rules_attribute::apply;
use tempfile::TempDir;

use super::migrated::sqlite_file;
use super::postgres::Cluster;
use super::process::{Node, Setup};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

const SQLITE_FILE: &str = "kindred.db";

/// What one test has for itself: a database, a master key, and the nodes it starts on them.
pub struct Env {
    backend: Backend,
    folder: TempDir,
    database_url: String,
    master_key: String,
    nodes: AtomicUsize,
}

impl Env {
    /// With a database that is migrated already, a copy of one that was migrated once: so a node starts in half the
    /// time.
    pub async fn new(backend: Backend) -> Env {
        blocking(move || {
            let env = Env::with_database(backend, || Cluster::shared().migrated_database());
            if backend == Backend::Sqlite {
                fs::write(env.folder.path().join(SQLITE_FILE), sqlite_file()).expect("a database");
            }
            env
        })
        .await
    }

    /// With an empty database, which the first node migrates; on SQLite there is no file yet.
    pub async fn unmigrated(backend: Backend) -> Env {
        blocking(move || Env::with_database(backend, || Cluster::shared().database())).await
    }

    /// [`Env::unmigrated`] for a database that was made elsewhere, with what was sealed under this key.
    pub async fn with_master_key(backend: Backend, master_key: &str) -> Env {
        let mut env = Env::unmigrated(backend).await;
        master_key.clone_into(&mut env.master_key);
        env
    }

    fn with_database(backend: Backend, on_postgres: impl FnOnce() -> String) -> Env {
        let folder = tempfile::Builder::new().prefix("kindred-test-").tempdir().expect("a temporary folder");
        let database_url = match backend {
            Backend::Sqlite => sqlite_url(&folder.path().join(SQLITE_FILE)),
            Backend::Postgres => on_postgres(),
        };
        Env { backend, folder, database_url, master_key: random_key(), nodes: AtomicUsize::new(0) }
    }

    /// Starts a node with this further environment. Each call gives a new one, with a data folder of its
    /// own, on the same database and master key. Two at a time are for PostgreSQL only.
    pub async fn node(&self, environment: &[(&str, &str)]) -> Node {
        let setup = self.setup(environment);
        blocking(|| Node::start(setup)).await
    }

    /// What [`Env::node`] would start, for tests that start it themselves.
    pub fn setup(&self, environment: &[(&str, &str)]) -> Setup {
        let number = self.nodes.fetch_add(1, Ordering::Relaxed) + 1;
        let data_dir = self.folder.path().join(format!("node-{number}"));
        fs::create_dir(&data_dir).expect("a data folder");
        let master_key = ("KINDRED_SECRETS__MASTER_KEY", self.master_key.as_str());
        let pairs = [master_key].into_iter().chain(environment.iter().copied());
        Setup {
            data_dir,
            database_url: self.database_url.clone(),
            environment: pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        }
    }

    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    pub fn backend(&self) -> Backend {
        self.backend
    }
}

/// The URL of an SQLite database that is made if it is missing.
pub fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}?mode=rwc", file.display())
}

impl Drop for Env {
    fn drop(&mut self) {
        // After a failure the database stays to be looked at, and a server that hangs is not waited for.
        if self.backend == Backend::Postgres && !std::thread::panicking() {
            Cluster::shared().discard(&self.database_url);
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// 32 bytes, base64. Random enough to differ between tests; it protects nothing.
fn random_key() -> String {
    let words = std::array::from_fn::<u64, 4, _>(|_| RandomState::new().build_hasher().finish());
    base64::engine::general_purpose::STANDARD.encode(words.map(u64::to_be_bytes).as_flattened())
}

/// Runs a test on both databases: with `#[apply(on_both_databases)]`, `async fn name(env: Env) { … }` becomes the
/// two tests `name::sqlite` and `name::postgres`.
macro_rules! on_both_databases {
    ($(#[$attribute:meta])* async fn $name:ident($env:ident: $environment:ty) $body:block) => {
        async fn $name($env: $environment) $body

        mod $name {
            use $crate::support::backend::{Backend, Env};

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(Env::new(Backend::Sqlite).await).await;
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(Env::new(Backend::Postgres).await).await;
            }
        }
    };
}
pub(crate) use on_both_databases;

#[apply(on_both_databases)]
async fn an_environment_sets_a_node_up(env: Env) {
    let (one, two) = (env.setup(&[("KINDRED_PROFILE", "preview")]), env.setup(&[]));
    assert_eq!(one.database_url, env.database_url());
    assert_ne!(one.data_dir, two.data_dir);
    assert_eq!(one.environment[0], two.environment[0], "the same master key");
    assert_eq!(one.environment[1], ("KINDRED_PROFILE".to_owned(), "preview".to_owned()));
    let scheme = if env.backend() == Backend::Sqlite { "sqlite://" } else { "postgres://" };
    assert!(env.database_url().starts_with(scheme));
}
