//! A node: the real server process, started as an operator would start it.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Resource, Rlimit, Signal, geteuid, kill_process, prlimit};

use super::client::Client;
use super::eventually::{wait_for, wait_until};
use super::mailbox::Mailbox;
use super::output::Output;

/// Quick to start, cheap to hash, on ports that the kernel picks, patient with a busy disk; and counts of messages are
/// not written beside the statements that a test counts. A test's own pairs come after these.
const DEFAULTS: &[(&str, &str)] = &[
    ("KINDRED_SERVER__LISTEN", "127.0.0.1:0"),
    ("KINDRED_OPS__LISTEN", "127.0.0.1:0"),
    ("KINDRED_PASSWORD__MEMORY_KIB", "8"),
    ("KINDRED_PASSWORD__ITERATIONS", "1"),
    ("KINDRED_PASSWORD__PARALLELISM", "1"),
    ("KINDRED_THROTTLE__ENABLED", "false"),
    ("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "10s"),
    ("KINDRED_THROTTLE__QUOTA_FLUSH_INTERVAL", "5m"),
];

/// Makes the file system read-only in this namespace, the working directory too, which may be on a file system of its
/// own, and runs the program there.
const READ_ONLY: &str = r#"set -e
mount --make-rprivate /
mount --bind "$PWD" "$PWD"
mount -o remount,ro,bind "$PWD"
mount -o remount,ro,bind /
cd "$PWD"
if touch file 2>/dev/null; then exit 3; fi
exec "$0" "$@""#;

/// Puts the file of this variable in the place of `/etc/hosts`, in this namespace only, and runs the program there.
const OTHER_HOSTS: &str = r#"set -e
mount --make-rprivate /
mount --bind "$HOSTS_OF_THE_TEST" /etc/hosts
exec "$0" "$@""#;

/// What a node needs to start, and to start again.
#[derive(Clone)]
pub struct Setup {
    /// `KINDRED_DATA_DIR` and the working directory; it must exist.
    pub data_dir: PathBuf,
    /// If it is empty, the server is given none.
    pub database_url: String,
    /// Further environment, stronger than the defaults.
    pub environment: Vec<(String, String)>,
}

/// A running server process; killed when dropped.
pub struct Node {
    setup: Setup,
    child: Child,
    output: Output,
    base_url: String,
    ops_url: String,
}

impl Node {
    /// Starts `kindred serve` and waits until both listeners have told their addresses.
    ///
    /// # Panics
    /// When the process ends or stays silent instead; the message carries its log.
    pub fn start(setup: Setup) -> Node {
        let command = command(&setup);
        Node::run_server(setup, command)
    }

    /// [`Node::start`] with this hard limit of open files.
    ///
    /// # Panics
    /// As there.
    pub fn start_with_open_files(setup: Setup, files: u32) -> Node {
        Node::start_after(setup, &format!("ulimit -n {files}"))
    }

    /// [`Node::start`] as a process that survives [`Node::limit_files`].
    ///
    /// # Panics
    /// As there.
    pub fn start_with_limitable_files(setup: Setup) -> Node {
        Node::start_after(setup, "trap '' XFSZ")
    }

    /// From now on no file can be written beyond these bytes, as on a full disk; `None` lifts the limit.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let limit = Rlimit { current: bytes, maximum: None };
        prlimit(Some(Pid::from_child(&self.child)), Resource::Fsize, limit).expect("a process of ours");
    }

    /// [`Node::start`] where the whole file system is read-only, the data folder included. `None` where this process may
    /// not mount anything.
    ///
    /// # Panics
    /// As there.
    pub fn start_on_read_only_files(setup: Setup) -> Option<Node> {
        Node::start_among_mounts(setup, READ_ONLY)
    }

    /// [`Node::start`] where names of hosts are looked up in this file instead of `/etc/hosts`. `None` where this process
    /// may not mount anything.
    ///
    /// # Panics
    /// As there.
    pub fn start_with_hosts(mut setup: Setup, hosts: &Path) -> Option<Node> {
        setup.environment.push(("HOSTS_OF_THE_TEST".to_owned(), hosts.display().to_string()));
        Node::start_among_mounts(setup, OTHER_HOSTS)
    }

    /// Starts the server after this script has changed what is mounted, which nothing else notices.
    fn start_among_mounts(setup: Setup, script: &str) -> Option<Node> {
        let namespace = if geteuid().is_root() { "--mount" } else { "--mount --map-root-user" };
        let mut unshare = Command::new("unshare");
        unshare.args(namespace.split(' ')).args(["sh", "-c"]);
        let may_mount = unshare.arg("mount --make-rprivate / && mount -o remount,ro,bind /").output();
        if !may_mount.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let mut unshare = Command::new("unshare");
        unshare.args(namespace.split(' ')).args(["sh", "-c", script, env!("CARGO_BIN_EXE_kindred")]);
        unshare.current_dir(&setup.data_dir).envs(environment(&setup));
        Some(Node::run_server(setup, unshare))
    }

    /// [`Node::start`] of this copy of the binary, as another user. For root only.
    ///
    /// # Panics
    /// As there.
    pub fn start_as(setup: Setup, binary: &Path, uid: u32, gid: u32) -> Node {
        let mut command = Command::new(binary);
        command.uid(uid).gid(gid).current_dir("/").envs(environment(&setup));
        Node::run_server(setup, command)
    }

    /// Starts the server from a shell that has run this before.
    fn start_after(setup: Setup, prelude: &str) -> Node {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{prelude} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_kindred")]);
        shell.current_dir(&setup.data_dir).envs(environment(&setup));
        Node::run_server(setup, shell)
    }

    fn run_server(setup: Setup, mut command: Command) -> Node {
        command.arg("serve").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = wait_until("the binary may run", || match command.spawn() {
            // Another test may be starting a process, which holds a copy open for writing until it is another program.
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => None,
            child => Some(child.expect("the server's binary starts")),
        });
        let output = Output::collect(&mut child);
        // Made before the wait, so that a failed start kills the process as well.
        let mut node = Node { setup, child, output, base_url: String::new(), ops_url: String::new() };
        (node.base_url, node.ops_url) = wait_until("the node listens", || node.addresses());
        node
    }

    fn addresses(&mut self) -> Option<(String, String)> {
        let logs = self.logs();
        let found = address_after(&logs, "listening on ").zip(address_after(&logs, "metrics on "));
        if found.is_none()
            && let Some(status) = self.child.try_wait().expect("a child of ours")
        {
            self.output.finish();
            panic!("the node ended with {status} before it listened:\n{}", self.logs());
        }
        found
    }

    /// `http://ADDRESS:PORT` of the public listener. A restart changes the port.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A client of the public listener.
    pub fn client(&self) -> Client {
        Client::new(&self.base_url)
    }

    /// The mails that this node has written to its data folder.
    pub fn mailbox(&self) -> Mailbox {
        Mailbox::of(&self.setup.data_dir)
    }

    /// `http://ADDRESS:PORT` of the operations listener.
    pub fn ops_url(&self) -> &str {
        &self.ops_url
    }

    pub fn data_dir(&self) -> &Path {
        &self.setup.data_dir
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// All that this process has written to standard error and output, since its last start.
    pub fn logs(&self) -> String {
        self.output.text()
    }

    /// SIGKILL: no destructor, no drain. Returns when the process is gone; a second call does nothing.
    pub fn kill_9(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.output.finish();
    }

    /// SIGTERM, and the exit status once the node has drained.
    ///
    /// # Panics
    /// When it has not ended by the deadline.
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let child = &mut self.child;
        let status = wait_until("the node drains", || child.try_wait().expect("a child of ours"));
        self.output.finish();
        status
    }

    /// Any signal, such as STOP and CONT for a node that loses its place in time.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the node runs");
    }

    /// Kills what may still run, and starts it again: same data, same database, same environment.
    pub fn restart(&mut self) {
        self.kill_9();
        *self = Node::start(self.setup.clone());
    }

    /// Another command of the binary in this node's environment, to be started by the test.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.setup);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs another command of the binary in this node's environment, and returns what it printed.
    ///
    /// # Panics
    /// When the command fails; the message carries its standard error.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.try_run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// [`Node::run`] for a command that may fail.
    pub fn try_run(&self, arguments: &[&str]) -> std::process::Output {
        command(&self.setup).args(arguments).stdin(Stdio::null()).output().expect("the binary starts")
    }

    /// What this node was started with, to run further commands on.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }
}

impl Node {
    /// Lets the process end by itself, because one that is killed does not write how often each of its lines ran. One that
    /// is frozen or hangs is left.
    fn end_gently(&mut self) {
        let child = &mut self.child;
        if matches!(child.try_wait(), Ok(None)) && kill_process(Pid::from_child(child), Signal::TERM).is_ok()
        {
            wait_for(|| child.try_wait().ok().flatten());
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Set by scripts/coverage.
        if std::env::var_os("TESTS_END_NODES_GENTLY").is_some() {
            self.end_gently();
        }
        self.kill_9();
        if std::thread::panicking() {
            eprintln!("--- log of the node at {}\n{}", self.base_url, self.logs());
        }
    }
}

/// The binary with this setup's environment, and nothing of the caller's `KINDRED_*`.
pub fn command(setup: &Setup) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kindred"));
    for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("KINDRED_")) {
        command.env_remove(key);
    }
    command.current_dir(&setup.data_dir).envs(environment(setup));
    command
}

/// A node's whole configuration; of two values for one key the later counts.
pub fn environment(setup: &Setup) -> Vec<(String, String)> {
    let data_dir = ("KINDRED_DATA_DIR", setup.data_dir.to_str().expect("UTF-8"));
    let url = ("KINDRED_DATABASE__URL", setup.database_url.as_str());
    let url = Some(url).filter(|(_, url)| !url.is_empty());
    let defaults = DEFAULTS.iter().copied().chain([data_dir]).chain(url);
    defaults
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .chain(setup.environment.iter().cloned())
        .collect()
}

/// `http://ADDRESS:PORT`, or with `https`, behind `words`, in a plain or a JSON line of the log.
fn address_after(logs: &str, words: &str) -> Option<String> {
    let (_, rest) = logs.split_once(&format!("{words}http"))?;
    let (scheme, rest) = if let Some(rest) = rest.strip_prefix("s://") {
        ("https", rest)
    } else {
        ("http", rest.strip_prefix("://")?)
    };
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || ".:[]-".contains(c)))?;
    Some(format!("{scheme}://{}", &rest[..end]))
}

#[test]
fn addresses_are_read_from_plain_and_from_json_lines() {
    let plain = "x\nlistening on http://127.0.0.1:81\nmetrics on http://127.0.0.1:82/metrics\n";
    assert_eq!(address_after(plain, "listening on ").as_deref(), Some("http://127.0.0.1:81"));
    assert_eq!(address_after(plain, "metrics on ").as_deref(), Some("http://127.0.0.1:82"));
    let json = r#"{"message":"listening on http://[::1]:81"}"#;
    assert_eq!(address_after(json, "listening on ").as_deref(), Some("http://[::1]:81"));
    assert_eq!(address_after("listening on http://127.0.0.1:8", "listening on "), None, "half a line");
    let tls = "listening on https://127.0.0.1:81\n";
    assert_eq!(address_after(tls, "listening on ").as_deref(), Some("https://127.0.0.1:81"));
}
