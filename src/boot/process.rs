//! What the process asks of the system before anything else: that no other user can read its files and its memory.

use std::path::Path;

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

/// Takes group and others the access to every file and folder that is created from here on (the database with
/// `-wal` and `-shm`, keys, pictures, the outbox), and keeps the memory, which holds passwords and keys, out of core
/// dumps and away from debuggers of the same user (ASVS 5.0 §13.3.1, §14.2.4).
///
/// # Errors
/// If the system refuses; then the process should not go on.
pub fn harden() -> std::io::Result<()> {
    umask(Mode::RWXG | Mode::RWXO);
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // A pipe in core_pattern takes dumps whatever the limit says, but none of a process that is not dumpable.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Raises the soft limit of open files to the hard one, and gives the limit that then holds. Systems keep the soft
/// limit at 1024 for programs that use `select`, which this one does not.
pub fn raise_open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// What this node is called among those of one database, the same after a restart: its machine and its folder.
pub fn node_name(data_dir: &Path) -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", machine.trim(), data_dir.display())
}
