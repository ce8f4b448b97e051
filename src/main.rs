//! The server's binary: everything is in the library.

use std::process::ExitCode;

/// Gives memory of passivated sessions back to the system.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    if let Err(error) = kindred::boot::process::harden() {
        eprintln!("kindred: the process cannot be protected: {error}");
        return ExitCode::FAILURE;
    }
    // Two crypto providers are in the dependency tree's reach; an ambiguous default would panic later.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("kindred: the cryptography provider cannot be installed");
        return ExitCode::FAILURE;
    }
    kindred::cli::run()
}
