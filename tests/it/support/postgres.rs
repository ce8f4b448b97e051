//! A private PostgreSQL cluster for the test process. No running server is ever touched.
//!
//! The cluster lives in a temporary folder under a small supervising shell, which waits for the end
//! of its standard input. That pipe is held by the test process alone, so the kernel closes it however
//! the process ends (return, panic, SIGKILL); the shell then stops PostgreSQL and removes the folder.

mod psql;
mod tests;

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::eventually::wait_until;
use super::migrated::migrate;
use psql::psql_each;
pub use psql::{psql, terminate_backends};

/// Arguments: the folder, the port, the folder of PostgreSQL's programs, the port of the cluster that this one is to be
/// a hot standby of (or nothing), and the words that start a program as the cluster's owner. SIGINT is PostgreSQL's
/// fast shutdown; SIGCONT wakes one that a test has frozen, so that it can obey.
const SUPERVISOR: &str = r#"
folder=$1 port=$2 programs=$3 primary=$4
shift 4
[ $# -eq 0 ] || chown postgres "$folder"
exec >"$folder/log" 2>&1
cd "$folder"
if [ -n "$primary" ]; then
    "$@" "$programs/pg_basebackup" --no-sync -c fast -R -h 127.0.0.1 -p "$primary" -U postgres -D "$folder/data"
else
    "$@" "$programs/initdb" --no-sync --auth=trust --username=postgres --encoding=UTF8 --locale=C.UTF-8 -D "$folder/data"
fi
"$@" "$programs/postgres" -D "$folder/data" -p "$port" -k "$folder" \
    -c listen_addresses=127.0.0.1 -c fsync=on -c shared_buffers=64MB -c max_connections=500 -c min_wal_size=32MB -c max_wal_size=64MB </dev/null &
server=$!
cat >/dev/null
kill -INT "$server"
kill -CONT "$server"
wait "$server"
cd /
rm -rf -- "$folder"
"#;

/// What `statfs` tells of a file system in memory (statfs(2)).
const TMPFS_MAGIC: rustix::fs::FsWord = 0x0102_1994;

/// The migrated database that tests get copies of.
const MIGRATED: &str = "migrated";

/// So many databases are deleted one right after the other. Each deletion begins with a checkpoint, which costs next to
/// nothing where another has just been made.
const DISCARDED_AT_ONCE: usize = 8;

/// A running cluster; it stops when this is dropped or the test process ends.
pub struct Cluster {
    folder: PathBuf,
    port: u16,
    supervisor: Child,
    /// Filled once [`MIGRATED`] is there to be copied.
    migrated: OnceLock<()>,
    /// The databases that are to be deleted with the next [`DISCARDED_AT_ONCE`].
    discarded: Mutex<Vec<String>>,
}

impl Cluster {
    /// The cluster that all tests of this process share, started by the first that asks.
    pub fn shared() -> &'static Cluster {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Cluster::start)
    }

    /// A cluster of the test's own, for faults that would disturb the others.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> Cluster {
        Cluster::start_from(None)
    }

    /// A hot standby of this cluster: it follows, and it only reads until it is promoted.
    ///
    /// # Panics
    /// When it does not start.
    pub fn standby(&self) -> Cluster {
        Cluster::start_from(Some(self.port))
    }

    fn start_from(primary: Option<u16>) -> Cluster {
        // Between the choice of a free port and its use, another process may be given it.
        let mut failure = String::new();
        for _ in 0..5 {
            match Cluster::launch(free_port(), primary) {
                Ok(cluster) => return cluster,
                Err(log) => failure = log,
            }
            if !failure.contains("Address already in use") {
                break;
            }
        }
        panic!("PostgreSQL did not start:\n{failure}");
    }

    fn launch(port: u16, primary: Option<u16>) -> Result<Cluster, String> {
        let folder = tempfile::Builder::new().prefix("kindred-postgres-").tempdir();
        let folder = folder.expect("a temporary folder").keep();
        let supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR, "kindred-postgres"])
            .args([&folder, Path::new(&port.to_string()), &programs()])
            .arg(primary.map(|port| port.to_string()).unwrap_or_default())
            .args(owner())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in a terminal ends the tests, and only through them the cluster.
            .process_group(0)
            .spawn()
            .expect("sh starts");
        let (migrated, discarded) = (OnceLock::new(), Mutex::default());
        let cluster = Cluster { folder, port, supervisor, migrated, discarded };
        wait_until("PostgreSQL starts", || cluster.started()).map(|()| cluster)
    }

    /// What `pg_ctl` looks at: line 8 of postmaster.pid.
    fn started(&self) -> Option<Result<(), String>> {
        let status = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
        if status.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return Some(Ok(()));
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let failed = ["FATAL", "initdb: error", "not found", "cannot access", "setpriv:"];
        failed.iter().any(|sign| log.contains(sign)).then_some(Err(log))
    }

    /// Creates an empty database with a name of its own and returns its URL.
    pub fn database(&self) -> String {
        self.copy_of("template0")
    }

    /// Creates a database that is migrated already, and returns its URL.
    pub fn migrated_database(&self) -> String {
        self.migrated.get_or_init(|| {
            let url = self.url(MIGRATED);
            psql(&self.url("postgres"), &format!("CREATE DATABASE {MIGRATED} TEMPLATE template0"));
            migrate(&url);
        });
        self.copy_of(MIGRATED)
    }

    fn copy_of(&self, template: &str) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        psql(&self.url("postgres"), &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        self.url(&name)
    }

    /// Deletes a database that is no longer needed, together with a few others, and ends the connections to it, where it
    /// takes memory. On a disk it stays until the cluster stops: to delete it there takes longer than most tests.
    pub fn discard(&self, url: &str) {
        let file_system = rustix::fs::statfs(&self.folder).expect("the cluster's folder");
        if file_system.f_type == TMPFS_MAGIC {
            let name = url.rsplit('/').next().expect("a database in the URL");
            let statements = self.gathered(format!("DROP DATABASE {name} WITH (FORCE)"));
            if !statements.is_empty() {
                psql_each(&self.url("postgres"), &statements);
            }
        }
    }

    /// Keeps a statement until there are enough of them, and returns them all then.
    fn gathered(&self, statement: String) -> Vec<String> {
        let mut discarded = self.discarded.lock().unwrap_or_else(PoisonError::into_inner);
        discarded.push(statement);
        if discarded.len() < DISCARDED_AT_ONCE { Vec::new() } else { std::mem::take(&mut *discarded) }
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The URL of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The process id of the postmaster, for signals.
    pub fn pid(&self) -> i32 {
        let status = fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("it runs");
        status.lines().next().and_then(|pid| pid.parse().ok()).expect("a process id")
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}

/// A command of PostgreSQL's, such as `pg_dump`.
pub fn program(name: &str) -> Command {
    Command::new(programs().join(name))
}

/// The folder with PostgreSQL's programs: Debian keeps them off PATH, one folder a version.
fn programs() -> PathBuf {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    found.sort();
    found.reverse(); // the newest first
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path));
    let complete =
        |folder: &PathBuf| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).exists());
    found.into_iter().find(complete).expect("PostgreSQL's programs (Debian package `postgresql`)")
}

/// PostgreSQL refuses to run as root: then the user of its Debian package runs it.
fn owner() -> &'static [&'static str] {
    if rustix::process::geteuid().is_root() {
        &["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
    } else {
        &[]
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound address").port()
}
