//! How messages name a server.

use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;

/// `HOST:PORT`, or the path of the socket.
pub(super) fn server(options: &PgConnectOptions) -> String {
    let (host, port) = (options.get_host(), options.get_port());
    let folder = options.get_socket().cloned().or_else(|| host.starts_with('/').then(|| PathBuf::from(host)));
    match folder {
        Some(folder) => folder.join(format!(".s.PGSQL.{port}")).display().to_string(),
        None if host.contains(':') => format!("[{}]:{port}", host.trim_matches(['[', ']'])),
        None => format!("{host}:{port}"),
    }
}
