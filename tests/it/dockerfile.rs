//! The Dockerfile cannot be built in every place, so what it says is held against the repository.

mod ignore;
mod instruction;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::process::Command;

use regex::Regex;

use crate::architecture;
use crate::support::repository;
use ignore::Ignore;
use instruction::{Instruction, parse};

const BINARY: &str = "/usr/local/bin/kindred";

fn dockerfile() -> Vec<Instruction> {
    parse(&read("Dockerfile"))
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The instructions of the last stage: what runs.
fn final_stage() -> Vec<Instruction> {
    let all = dockerfile();
    let last = all.iter().rposition(|instruction| instruction.name == "FROM").expect("a FROM");
    all[last..].to_vec()
}

fn only(name: &str) -> Instruction {
    let mut found: Vec<_> =
        final_stage().into_iter().filter(|instruction| instruction.name == name).collect();
    assert_eq!(found.len(), 1, "{name} in the final stage");
    found.remove(0)
}

/// The paths that are copied from the repository.
fn context_sources() -> Vec<String> {
    let copies = dockerfile().into_iter().filter(|instruction| instruction.name == "COPY");
    copies.filter(|copy| copy.flag("from").is_none()).flat_map(|copy| copy.copy_paths().0).collect()
}

#[test]
fn what_is_copied_exists_and_is_not_ignored() {
    let ignore = Ignore::parse(&read(".dockerignore"));
    for source in context_sources() {
        assert!(repository().join(&source).exists(), "COPY {source}: not in the repository");
        assert!(!ignore.excludes(&source), "COPY {source}: excluded by .dockerignore");
    }
}

#[test]
fn all_that_cargo_reads_is_copied() {
    let sources = context_sources();
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml");
    let members = manifest["workspace"]["members"].as_array().expect("members");
    let mut needed: Vec<&str> = members.iter().map(|member| member.as_str().expect("a path")).collect();
    needed.retain(|member| *member != ".");
    needed.extend(["Cargo.toml", "Cargo.lock", ".cargo", "src"]);
    // A target that the manifest names must exist, or Cargo refuses the whole manifest.
    for (table, folder) in [("bench", "benches"), ("test", "tests"), ("example", "examples")] {
        if manifest.contains_key(table) {
            needed.push(folder);
        }
    }
    for path in needed {
        assert!(sources.iter().any(|source| source == path), "{path} is not copied");
    }
}

#[test]
fn all_that_is_embedded_is_copied() {
    let pattern = r#"#\[folder = "([a-z_]+)/|include_[a-z]+!\("(?:\.\./)+([a-z_]+)/"#;
    let pattern = Regex::new(pattern).expect("a pattern");
    let sources = architecture::repository::files()
        .into_iter()
        .filter(|file| file.starts_with("src/") && file.ends_with(".rs"));
    let texts: Vec<String> = sources.map(|file| read(&file)).collect();
    let folders: BTreeSet<&str> = texts
        .iter()
        .flat_map(|text| pattern.captures_iter(text))
        .filter_map(|found| Some(found.get(1).or_else(|| found.get(2))?.as_str()))
        .collect();
    assert!(["locales", "templates", "web"].iter().all(|folder| folders.contains(folder)), "{folders:?}");
    let copied = context_sources();
    for folder in folders {
        assert!(copied.iter().any(|source| source == folder), "{folder} is not copied");
    }
}

#[test]
fn the_builder_has_the_toolchain_of_the_repository() {
    let toolchain: toml::Table = read("rust-toolchain.toml").parse().expect("rust-toolchain.toml");
    let channel = toolchain["toolchain"]["channel"].as_str().expect("a channel");
    let minor: Vec<&str> = channel.split('.').take(2).collect();
    let image = format!("rust:{}-bookworm", minor.join("."));
    assert_eq!(dockerfile()[0].arguments, format!("{image} AS builder"));
}

#[test]
fn the_binary_that_is_shipped_has_no_debug_information() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml");
    let release = &manifest["profile"]["release"];
    assert_eq!((release["strip"].as_str(), release["debug"].as_bool()), (Some("debuginfo"), Some(false)));
    let build =
        dockerfile().into_iter().find(|step| step.arguments.contains("cargo build")).expect("a build");
    assert!(build.arguments.contains("--release"), "{}", build.arguments);
    assert!(!read("Dockerfile").contains("CARGO_PROFILE_"), "the profile is that of Cargo.toml");
}

#[test]
fn the_server_does_not_run_as_root() {
    let user = only("USER").arguments;
    let name = user.split(':').next().unwrap_or_default();
    assert!(!["", "0", "root"].contains(&name), "USER {user}");
    let data = final_stage().into_iter().find(|copy| copy.arguments.ends_with(" /var/lib/kindred"));
    let data = data.expect("the data folder");
    assert_eq!(
        data.flag("chown"),
        Some(format!("{name}:0")),
        "the user's, and of the group of arbitrary users"
    );
    assert_eq!(data.flag("chmod").as_deref(), Some("0770"));
}

#[test]
fn no_step_needs_a_shell() {
    for name in ["ENTRYPOINT", "CMD", "HEALTHCHECK"] {
        assert!(only(name).exec_form().is_some(), "{name} is not in exec form");
    }
    assert!(
        final_stage().iter().all(|instruction| instruction.name != "RUN"),
        "the final stage has no shell"
    );
    let copied = final_stage().into_iter().filter(|copy| copy.flag("from").as_deref() == Some("builder"));
    assert!(copied.map(|copy| copy.copy_paths().1).any(|target| target == BINARY), "{BINARY} is not copied");
    for name in ["ENTRYPOINT", "HEALTHCHECK"] {
        assert_eq!(only(name).exec_form().expect("exec form")[0], BINARY, "{name}");
    }
}

#[test]
fn the_environment_is_kindreds() {
    let pairs: HashMap<String, String> = final_stage().iter().flat_map(Instruction::environment).collect();
    assert!(pairs.keys().all(|key| key.starts_with("KINDRED_")), "{pairs:?}");
    assert_eq!(pairs["KINDRED_PROFILE"], "production");
    let volume = only("VOLUME").exec_form().expect("exec form");
    assert_eq!(volume, [pairs["KINDRED_DATA_DIR"].clone()]);
    let exposed = only("EXPOSE").arguments;
    for listener in ["KINDRED_SERVER__LISTEN", "KINDRED_OPS__LISTEN"] {
        let port = pairs[listener].rsplit(':').next().expect("a port");
        assert!(exposed.split(' ').any(|exposed| exposed == port), "{listener}: EXPOSE {exposed}");
    }
}

#[test]
fn the_binary_knows_the_commands() {
    for name in ["CMD", "HEALTHCHECK"] {
        let words = only(name).exec_form().expect("exec form");
        let command: Vec<String> = words.into_iter().filter(|word| word != BINARY).collect();
        let output = Command::new(env!("CARGO_BIN_EXE_kindred")).args(&command).arg("--help").output();
        assert!(output.expect("the binary starts").status.success(), "{name}: kindred {command:?} --help");
    }
}
