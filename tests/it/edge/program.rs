//! A program with a configuration of its own, on a loopback port. It ends with the test, however the test ends.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::eventually::wait_until;

/// Starts the program that the arguments name, and ends it when standard input ends: the test process holds the other
/// end of that pipe, and the kernel closes it even after SIGKILL.
const SUPERVISOR: &str = r#"
exec >"$1/log" 2>&1
shift
"$@" </dev/null &
program=$!
cat >/dev/null
kill "$program"
wait "$program"
"#;

/// A running program; it ends when this is dropped.
pub struct Program {
    folder: TempDir,
    port: u16,
    supervisor: Child,
}

impl Program {
    /// Starts `words` and, as the last word, the path of a file with the configuration for this folder and port.
    ///
    /// # Panics
    /// When the program does not listen on the port; the message has what it printed.
    pub fn start(words: &[&str], configuration: impl Fn(&Path, u16) -> String) -> Program {
        // Between the choice of a free port and its use, another process may be given it.
        for _ in 0..5 {
            let program = Program::launch(words, &configuration);
            if wait_until(&format!("{} listens", words[0]), || program.listens()) {
                return program;
            }
        }
        panic!("{} found no free port", words[0]);
    }

    fn launch(words: &[&str], configuration: impl Fn(&Path, u16) -> String) -> Program {
        let folder = tempfile::Builder::new().prefix("kindred-edge-").tempdir().expect("a temporary folder");
        let port = free_port();
        let file = folder.path().join("configuration");
        fs::write(&file, configuration(folder.path(), port)).expect("a configuration");
        let path = std::env::var("PATH").unwrap_or_default();
        let supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR, "kindred-edge"])
            .arg(folder.path())
            .args(words)
            .arg(file)
            // Debian has servers where only root's PATH leads.
            .env("PATH", format!("{path}:/usr/sbin"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh starts");
        Program { folder, port, supervisor }
    }

    /// Whether it listens, or `Some(false)` if the port is taken.
    fn listens(&self) -> Option<bool> {
        let log = self.log();
        assert!(!log.contains("not found"), "missing Debian package, see `scripts/test`:\n{log}");
        if log.to_lowercase().contains("address already in use") {
            return Some(false);
        }
        TcpStream::connect(("127.0.0.1", self.port)).is_ok().then_some(true)
    }

    /// Its temporary folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://ADDRESS:PORT` of the program.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// What it has printed.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
        if std::thread::panicking() {
            eprintln!("--- log of the program on port {}\n{}", self.port, self.log());
        }
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound address").port()
}
