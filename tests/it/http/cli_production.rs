//! The production profile: strict by itself, and no start with what is weak.

use super::cli::{code, run, stderr, stdout};
use crate::support::backend::{Backend, Env};

#[tokio::test]
async fn production_refuses_what_is_weak() {
    let env = Env::new(Backend::Sqlite).await;
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for weak in ["", "AAAA", zeros, "changeme"] {
        let setup = env.setup(&[
            ("KINDRED_PROFILE", "production"),
            ("KINDRED_SECRETS__MASTER_KEY", weak),
            ("KINDRED_SERVER__PUBLIC_URL", "http://auth.example.com"),
        ]);
        let output = run(&setup, &["serve"]);
        assert_eq!(code(&output), 2, "{weak:?}");
        let told = stderr(&output);
        for key in ["secrets.master_key", "server.public_url", "password.memory_kib", "password.iterations"] {
            assert!(told.contains(key), "{weak:?}: {key} in {told}");
        }
        assert!(!told.contains("listening on") && (weak.is_empty() || !told.contains(weak)), "{told}");
    }
    let mut setup = env.setup(&[("KINDRED_PROFILE", "production")]);
    setup.environment.retain(|(key, _)| key != "KINDRED_SECRETS__MASTER_KEY");
    let told = stderr(&run(&setup, &["serve"]));
    assert!(told.contains("secrets.master_key (KINDRED_SECRETS__MASTER_KEY): is required"), "{told}");
    assert!(told.contains("server.public_url"), "{told}");
}

#[tokio::test]
async fn production_is_strict_by_itself() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[
        ("KINDRED_PROFILE", "production"),
        ("KINDRED_SERVER__PUBLIC_URL", "https://auth.example.com"),
        ("KINDRED_PASSWORD__MEMORY_KIB", "19456"),
        ("KINDRED_PASSWORD__ITERATIONS", "2"),
    ]);
    let output = run(&setup, &["config", "print"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    let value = |key: &str| {
        let line = text.lines().find(|line| line.starts_with(&format!("{key} "))).expect("shown");
        line.split(" = ").nth(1).and_then(|rest| rest.split("  # ").next()).expect("a value").to_owned()
    };
    assert_eq!(value("server.docs"), "false");
    assert_eq!(value("database.auto_migrate"), "false");
    assert_eq!(value("telemetry.log_format"), "json");
    assert_eq!(value("tokens.issuer"), "https://auth.example.com");
    assert_eq!(value("refresh.grace"), "0s");
}
