//! A Redis server of a test's own, on a loopback port; it ends with the test.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::eventually::wait_until;
use crate::edge::program::free_port;

pub struct Redis {
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Redis {
    /// # Panics
    /// When Debian's package `redis-server` is missing.
    pub fn start() -> Redis {
        let folder = tempfile::Builder::new().prefix("kindred-redis-").tempdir().expect("a temporary folder");
        // Between the choice of a free port and its use, another process may be given it.
        for _ in 0..5 {
            let port = free_port();
            let mut child = launch(&folder, port);
            if wait_until("Redis listens", || listens(&mut child, port)) {
                return Redis { folder, port, child };
            }
        }
        panic!("Redis found no free port");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("Redis runs");
    }

    /// SIGKILL; what it had counted is lost.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again, on the same port.
    pub fn restart(&mut self) {
        self.kill();
        wait_until("Redis listens again", || {
            self.child = launch(&self.folder, self.port);
            wait_until("Redis listens or ends", || listens(&mut self.child, self.port)).then_some(())
        });
    }

    /// The answer to an inline command, as text.
    pub fn ask(&self, command: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("Redis listens");
        stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).expect("a command");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

fn launch(folder: &TempDir, port: u16) -> Child {
    Command::new("redis-server")
        .args([
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--port",
            &port.to_string(),
            "--dir",
        ])
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server starts: Debian's package redis-server")
}

/// Whether it listens, or `Some(false)` if it has ended.
fn listens(child: &mut Child, port: u16) -> Option<bool> {
    if child.try_wait().expect("a child of ours").is_some() {
        return Some(false);
    }
    TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(true)
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
