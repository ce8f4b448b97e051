//! Imports only point down.

use super::source::{Source, assert_none, sources};

/// From the top to the ground. Modules of one layer do not see each other.
const LAYERS: &[&[&str]] = &[
    &["cli", "boot"],
    &["http"],
    &["authn", "account"],
    &["session"],
    &["notification", "keys", "breached", "federation", "tls"],
    &["store", "crypto", "image", "blob_store", "geoip", "throttle"],
    &["outgoing"],
    &["telemetry", "config", "text"],
    &["model"],
    &["admission", "clock", "entropy", "file_error", "secret"],
];

/// What may be seen within a layer: a command starts the server; logging obeys its settings; an id
/// begins with the time.
const SIDEWAYS: &[(&str, &str)] = &[("cli", "boot"), ("telemetry", "config"), ("entropy", "clock")];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn may_import(from: &str, to: &str) -> bool {
    from == to || layer(from) < layer(to) || SIDEWAYS.contains(&(from, to))
}

/// The top-level modules that a file's paths lead to, through `crate::` or out through `super::`.
fn imports(source: &Source) -> Vec<(usize, &str)> {
    let depth = source.module().len();
    let mut found = Vec::new();
    for path in &source.paths {
        let above = path.segments.iter().take_while(|segment| *segment == "super").count();
        let target = match path.segments[0].as_str() {
            "crate" => path.segments.get(1),
            _ if above > 0 && above >= depth => path.segments.get(above),
            _ => None,
        };
        // A capital is an item of the root itself.
        let target = target.filter(|name| *name != "self" && name.starts_with(char::is_lowercase));
        found.extend(target.map(|name| (path.line, name.as_str())));
    }
    found
}

fn complaints(source: &Source) -> Vec<String> {
    let module = source.module();
    // lib.rs and main.rs stand above all layers.
    let Some(&from) = module.first() else {
        return Vec::new();
    };
    let file = &source.file;
    if layer(from).is_none() {
        return vec![format!("{file}: the module {from} has no layer; give it one in LAYERS")];
    }
    let wrong = imports(source).into_iter().filter(|(_, to)| layer(to).is_none() || !may_import(from, to));
    wrong.map(|(line, to)| format!("{file}:{line}: {from} must not import {to}")).collect()
}

#[test]
fn imports_point_down() {
    let sources = sources();
    let ours = sources.iter().filter(|source| source.file.starts_with("src/"));
    assert_none(ours.flat_map(complaints).collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, text: &str) -> Vec<String> {
        complaints(&Source::parse(file, text))
    }

    #[test]
    fn an_import_upwards_is_found() {
        let text = "use crate::{clock::Clock,\n http::App};";
        assert_eq!(check("src/model/email.rs", text), ["src/model/email.rs:2: model must not import http"]);
        assert_eq!(check("src/model.rs", "fn a() { crate::store::open() }").len(), 1);
        assert_eq!(check("src/model/a/b.rs", "use super::super::super::store;").len(), 1);
        assert_eq!(check("src/model.rs", "use super::store::Store;").len(), 1);
    }

    #[test]
    fn neighbours_are_blind() {
        assert_eq!(check("src/crypto/seal.rs", "use crate::store;").len(), 1);
        assert_eq!(check("src/config.rs", "use crate::telemetry::metrics;").len(), 1);
        assert!(check("src/telemetry/logging.rs", "use crate::config::Config;").is_empty());
    }

    #[test]
    fn imports_downwards_and_inside_are_fine() {
        let text =
            "use crate::session::Registry; use super::super::problem; use crate::Version; // crate::cli";
        assert!(check("src/http/auth/login.rs", text).is_empty());
        assert!(check("src/lib.rs", "pub mod http; use crate::cli;").is_empty());
        assert!(check("src/model.rs", "#[cfg(test)] mod tests { use crate::http; }").is_empty());
    }

    #[test]
    fn an_unknown_module_is_found() {
        assert_eq!(check("src/util.rs", "").len(), 1);
        assert_eq!(check("src/http.rs", "use crate::util;").len(), 1);
    }
}
