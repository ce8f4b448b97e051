//! HAProxy and nginx, with the least configuration and what a test adds to it.

use super::program::Program;
use crate::support::process::Node;

/// What makes a node trust a proxy on this machine. Clients of the tests have other loopback addresses.
pub const TRUSTED: (&str, &str) = ("KINDRED_SERVER__TRUSTED_PROXIES", "127.0.0.1/32");

/// `ADDRESS:PORT` of the node.
pub fn address(node: &Node) -> &str {
    node.base_url().trim_start_matches("http://")
}

/// HAProxy with one backend, to which these lines belong. Without a time-out of its own, a check that takes longer than the
/// pause between two would find a busy node to be down.
pub fn haproxy(backend: &str) -> Program {
    Program::start(&["haproxy", "-db", "-f"], |_, port| {
        format!(
            "global\n  maxconn 256\n\
             defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n  retries 0\n\
             timeout check 10s\n\
             frontend clients\n  bind 127.0.0.1:{port}\n  default_backend nodes\n\
             backend nodes\n{backend}\n"
        )
    })
}

/// nginx with one server, to which these lines belong, and these lines beside it.
pub fn nginx(beside: &str, server: impl Fn(u16) -> String) -> Program {
    Program::start(&["nginx", "-e", "stderr", "-c"], |folder, port| {
        let folder = folder.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {folder}/{kind};\n"))
            .collect();
        // One process, which ends at once.
        format!(
            "daemon off; master_process off; pid {folder}/pid; error_log stderr;\nevents {{}}\n\
             http {{ access_log off;\n{temporary}{beside}\nserver {{ listen 127.0.0.1:{port};\n{} }} }}\n",
            server(port)
        )
    })
}
