//! The TLS listener, graded by sslyze and by testssl.sh.

use std::process::Command;

use serde_json::Value;

use crate::support::backend::{Backend, Env};
use crate::tls::common::{Files, address, pairs};

/// Kinds of cipher suites that are refused by their names: without forward secrecy, CBC, and worse.
const WEAK: [&str; 8] = ["TLS_RSA_", "_CBC_", "_RC4_", "_3DES_", "_NULL_", "_EXPORT_", "_anon_", "_MD5"];

/// What is asked of it.
const CHECKS: [&str; 11] = [
    "--sslv2",
    "--sslv3",
    "--tlsv1",
    "--tlsv1_1",
    "--tlsv1_2",
    "--tlsv1_3",
    "--heartbleed",
    "--openssl_ccs",
    "--reneg",
    "--compression",
    "--early_data",
];

fn scan(target: &str) -> Value {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sslyze")
        .args(CHECKS)
        .arg(format!("--json_out={}", file.path().display()))
        .arg(target)
        .env("PATH", path)
        .output()
        .expect("sslyze, which `scripts/test edge` installs");
    let text = std::fs::read_to_string(file.path()).expect("a report");
    let report = serde_json::from_str::<Value>(&text);
    let report = report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stdout)));
    report["server_scan_results"][0]["scan_result"].clone()
}

/// The names of the suites that the server accepts in this version.
fn accepted<'a>(scan: &'a Value, version: &str) -> Vec<&'a str> {
    let result = &scan[format!("{version}_cipher_suites")]["result"];
    let suites = result["accepted_cipher_suites"].as_array().expect("a list");
    suites.iter().map(|suite| suite["cipher_suite"]["name"].as_str().expect("a name")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sslyze_finds_nothing_weak() {
    let env = Env::new(Backend::Sqlite).await;
    let files = Files::new();
    let settings = files.settings();
    let node = env.node(&pairs(&settings)).await;
    let scan = tokio::task::block_in_place(|| scan(address(&node)));
    for old in ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"] {
        assert_eq!(accepted(&scan, old), Vec::<&str>::new(), "{old}");
    }
    for version in ["tls_1_2", "tls_1_3"] {
        let suites = accepted(&scan, version);
        assert!(!suites.is_empty(), "{version}");
        for suite in suites {
            assert!(!WEAK.iter().any(|weak| suite.contains(weak)), "{version}: {suite}");
        }
    }
    for (check, member) in [
        ("heartbleed", "is_vulnerable_to_heartbleed"),
        ("openssl_ccs_injection", "is_vulnerable_to_ccs_injection"),
        ("session_renegotiation", "is_vulnerable_to_client_renegotiation_dos"),
        ("tls_compression", "supports_compression"),
        ("tls_1_3_early_data", "supports_early_data"),
    ] {
        assert_eq!(scan[check]["result"][member], false, "{check}: {}", scan[check]);
    }
}

/// The sections of testssl.sh that take seconds and grade more than sslyze does.
const SECTIONS: [&str; 6] = ["--protocols", "--std", "--fs", "--robot", "--freak", "--logjam"];

/// A finding: its name, its severity, and what was found.
type Finding = (String, String, String);

fn findings(target: &str) -> Vec<Finding> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("findings.json");
    let output = Command::new("testssl")
        .args(["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--jsonfile"])
        .arg(&file)
        .args(SECTIONS)
        .arg(target)
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .output()
        .expect("testssl, which `scripts/test edge` installs");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let report = serde_json::from_str::<Vec<Value>>(&text);
    let report = report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stdout)));
    let text = |finding: &Value, member: &str| finding[member].as_str().expect("text").to_owned();
    report.iter().map(|found| (text(found, "id"), text(found, "severity"), text(found, "finding"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn testssl_finds_nothing_weak() {
    let env = Env::new(Backend::Sqlite).await;
    let files = Files::new();
    let settings = files.settings();
    let node = env.node(&pairs(&settings)).await;
    let findings = tokio::task::block_in_place(|| findings(address(&node)));
    // What it says of its own openssl is not about the server.
    let of_server = findings.iter().filter(|(name, ..)| name != "engine_problem");
    let weak: Vec<_> =
        of_server.filter(|(_, severity, _)| !["OK", "INFO"].contains(&severity.as_str())).collect();
    assert!(weak.is_empty(), "{weak:?}");
    let found = |name: &str| {
        let found = findings.iter().find(|(other, ..)| other == name);
        found.map_or("nothing", |(_, _, finding)| finding.as_str())
    };
    for old in
        ["SSLv2", "SSLv3", "TLS1", "TLS1_1", "cipherlist_3DES_IDEA", "cipherlist_NULL", "cipherlist_aNULL"]
    {
        assert_eq!(found(old), "not offered", "{old}");
    }
    assert_eq!((found("TLS1_2"), found("cipherlist_STRONG")), ("offered", "offered"));
    assert!(found("TLS1_3").starts_with("offered"), "{}", found("TLS1_3"));
    assert_eq!(found("ALPN"), "http/1.1");
    for attack in ["ROBOT", "FREAK", "LOGJAM"] {
        assert!(found(attack).starts_with("not vulnerable"), "{attack}: {}", found(attack));
    }
}
