//! Child processes that never outlive this one.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::Result;

/// A child that is asked to end, and waited for, when this value goes.
pub struct Daemon {
    child: Child,
    stop: Signal,
}

impl Daemon {
    /// Spawns `command` with its output going to `log`, to be ended by the signal `stop`.
    pub fn spawn(mut command: Command, stop: Signal, log: &Path) -> Result<Self> {
        let file = File::create(log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        Ok(Self { child: command.spawn()?, stop })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Not yet reaped, so the id is still this child's.
        if !self.has_ended() {
            let _ = kill_process(Pid::from_child(&self.child), self.stop);
        }
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.has_ended() {
            if Instant::now() > deadline {
                let _ = self.child.kill();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// `program` under `setpriv`, which makes the kernel send it the signal named `stop` should this
/// process be killed. That is tied to the spawning thread: the driver spawns from its main one.
pub fn bound(stop: &str, program: impl AsRef<Path>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", stop, "--"]).arg(program.as_ref());
    command
}

/// As [`bound`], as the user `postgres` where this process is root: PostgreSQL refuses root.
pub fn bound_unprivileged(stop: &str, program: impl AsRef<Path>) -> Command {
    if !geteuid().is_root() {
        return bound(stop, program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups"]);
    command.args(["--pdeathsig", stop, "--"]).arg(program.as_ref());
    command
}

/// Runs `command` to its end and returns what it printed; its errors where it fails.
pub async fn output(command: Command, limit: Duration) -> Result<String> {
    let mut command = tokio::process::Command::from(command);
    let output =
        tokio::time::timeout(limit, command.kill_on_drop(true).stdin(Stdio::null()).output()).await??;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("{:?}: {}\n{errors}", command.as_std().get_program(), output.status).into())
}
