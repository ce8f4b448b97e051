//! The limit of open files, which bounds the connections.

use super::finding::{Check, Finding};
use crate::boot::process;
use crate::config::Config;
use crate::http::connection_table::Capacity;

const CHECK: Check = Check::Descriptors;
/// With fewer connections than this a busy afternoon may be too much.
const FEW: usize = 1_000;

pub(super) fn check(config: &Config) -> Finding {
    let open_files = process::raise_open_files();
    let capacity = Capacity::of(&config.server, config.database.max_connections, open_files);
    let connections = capacity.comfortable;
    let message = format!("{open_files} open files allow {connections} connections");
    if connections < FEW {
        CHECK.warning(
            message,
            "Raise the hard limit of open files: `LimitNOFILE=65536` for systemd, `ulimits` for compose.",
        )
    } else {
        CHECK.ok(message)
    }
}
