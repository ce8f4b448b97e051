//! Each library is known in the layer that wraps it, and nowhere else.

use super::source::{Source, assert_none, sources};

/// Crates, and the modules that may name them. `migration` stands for the crate of that name.
const CONFINED: &[(&[&str], &[&str])] = &[
    (&["sea_orm", "sea_orm_migration", "sea_query", "sqlx"], &["store", "migration"]),
    (
        &["actix_web", "actix_http", "actix_server", "actix_service", "actix_cors", "utoipa_actix_web"],
        &["http", "boot"],
    ),
    (&["tokio_rustls", "rcgen", "x509_parser", "instant_acme"], &["tls"]),
    (&["ppp"], &["http"]),
    (&["actix", "actix_rt"], &["session", "boot"]),
    (&["argon2", "jsonwebtoken", "totp_rs", "webauthn_rs", "serde_cbor_2"], &["crypto"]),
    (&["image", "infer"], &["image"]),
    (&["object_store"], &["blob_store"]),
    (&["maxminddb"], &["geoip"]),
    (&["lettre", "minijinja"], &["notification"]),
    (&["jiff"], &["model"]),
    (&["fluent_bundle", "fluent_syntax", "unic_langid"], &["text"]),
    (&["rust_embed"], &["text", "http"]),
    (&["flate2"], &["http"]),
    (&["altcha"], &["authn"]),
    (&["governor", "redis"], &["throttle"]),
    (&["opentelemetry", "opentelemetry_sdk", "opentelemetry_proto", "prost"], &["telemetry"]),
    // One client for all calls outside; the store of avatars has its own protocol.
    (&["reqwest"], &["outgoing", "blob_store"]),
];

fn home(source: &Source) -> &str {
    if source.file.starts_with("migration/") {
        return "migration";
    }
    source.module().first().copied().unwrap_or("root")
}

/// Whether a path leads to I/O, threads or a runtime. Addresses are values: only sockets are I/O.
fn has_effects(path: &[&str]) -> bool {
    match path {
        ["std", "net", name, ..] => !name.starts_with("Ip") && !name.starts_with("SocketAddr"),
        ["tokio", ..] | ["std", "fs" | "net" | "thread" | "process" | "io", ..] => true,
        _ => false,
    }
}

fn complaints(source: &Source) -> Vec<String> {
    let home = home(source);
    let mut complaints = Vec::new();
    let mut complain =
        |line, name: &str| complaints.push(format!("{}:{line}: {name} in {home}", source.file));
    for path in &source.paths {
        let names: Vec<&str> = path.segments.iter().map(String::as_str).collect();
        for (crates, homes) in CONFINED {
            if crates.contains(&names[0]) && !homes.contains(&home) {
                complain(path.line, names[0]);
            }
        }
        if home == "model" && has_effects(&names) {
            complain(path.line, &names.join("::"));
        }
        if home == "migration" && names[0] == "kindred" {
            complain(path.line, "kindred");
        }
    }
    for token in source.tokens.iter().filter(|token| home == "model" && token.text == "async") {
        complain(token.line, "async");
    }
    complaints
}

#[test]
fn libraries_stay_where_they_are_wrapped() {
    assert_none(sources().iter().flat_map(complaints).collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(file: &str, text: &str) -> usize {
        complaints(&Source::parse(file, text)).len()
    }

    #[test]
    fn a_library_elsewhere_is_found() {
        assert_eq!(count("src/http/login.rs", "use sea_orm::EntityTrait;"), 1);
        assert_eq!(count("src/model/account.rs", "#[derive(A)] #[sea_orm(x)] struct B;"), 1);
        assert_eq!(count("src/session/actor.rs", "#[actix_web::get] fn a() { ::argon2::x() }"), 2);
        assert_eq!(count("src/http.rs", "use {actix::Actor, serde::Serialize};"), 1);
        assert_eq!(count("src/main.rs", "#[actix_web::main] async fn main() {}"), 1);
    }

    #[test]
    fn a_library_at_home_is_fine() {
        assert_eq!(count("src/store/account.rs", "use sea_orm::EntityTrait;"), 0);
        assert_eq!(count("migration/src/lib.rs", "use sea_orm_migration::prelude::*;"), 0);
        assert_eq!(count("src/boot.rs", "use actix::Actor; use actix_web::App;"), 0);
        assert_eq!(count("src/http.rs", "use actix_web::App; let argon2 = 1; // sea_orm::X"), 0);
        assert_eq!(count("src/config/password.rs", "use crate::argon2::X; self.argon2.y"), 0);
    }

    #[test]
    fn effects_in_the_model_are_found() {
        assert_eq!(count("src/model/a.rs", "use std::{fmt, fs, net::{IpAddr, TcpStream}};"), 2);
        assert_eq!(count("src/model/a.rs", "async fn a() { tokio::spawn(b) }"), 2);
        assert_eq!(count("src/crypto/a.rs", "use std::fs;"), 0);
    }

    #[test]
    fn the_migration_stands_alone() {
        assert_eq!(count("migration/src/lib.rs", "use kindred::store;"), 1);
    }
}
