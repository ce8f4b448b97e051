//! `kindred config`, and a start with a wrong configuration.

use std::fs;

use serde_json::Value;

use super::cli::{code, run, stderr, stdout};
use crate::support::backend::{Backend, Env};

const MASTER_KEY: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQAAECAwQFBgc=";
const PREVIOUS_KEY: &str = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

#[tokio::test]
async fn a_good_configuration_exits_0() {
    let env = Env::new(Backend::Sqlite).await;
    let former = [("KINDRED_MFA__LOCKOUT", "10m")];
    let output = run(&env.setup(&former), &["config", "check"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("development"), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("mfa.lockout is now called throttle.factor_lockout"),
        "a former name is told: {}",
        stderr(&output)
    );
}

#[tokio::test]
async fn all_problems_are_told_at_once() {
    let wrong = [
        ("KINDRED_PASSWORD__MEMORY_KIB", "1"),
        ("KINDRED_SERVER__WORKERS", "0"),
        ("KINDRED_SERVER__LISTEN", "nowhere"),
        ("KINDRED_TOKENS__ACCESS_TTL", "soon"),
        ("KINDRED_SESSIONS__MAX_PER_USER", "-1"),
        ("KINDRED_DATABASE__URL", "mysql://root@localhost/x"),
        ("KINDRED_ACCOUNTS__REGISTRATION", "maybe"),
        ("KINDRED_ACCOUNTS__EMAIL_VERIFICATION", "perhaps"),
        ("KINDRED_TELEMETRY__LOG_FORMAT", "xml"),
        ("KINDRED_SERVER__TRUSTED_PROXIES", "10.0.0.0/8,everyone"),
        ("KINDRED_SECRETS__MASTER_KEY", "hunter2"),
        ("KINDRED_SECRETS__PREVIOUS_MASTER_KEYS", "hunter2"),
        ("KINDRED_NONSENSE__KEY", "1"),
    ];
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&wrong);
    for words in
        [&["config", "check"][..], &["config", "print"], &["serve"], &[], &["migrate", "up"], &["health"]]
    {
        let output = run(&setup, words);
        assert_eq!(code(&output), 2, "{words:?}");
        let told = stderr(&output);
        for (variable, _) in wrong {
            let key = variable.trim_start_matches("KINDRED_").to_lowercase().replace("__", ".");
            assert!(told.contains(&format!("{key} ({variable}): ")), "{words:?}: {key} in {told}");
        }
        assert!(told.contains(&format!("{} problem(s)", wrong.len())), "{told}");
        assert!(!told.contains("hunter2") && !told.contains("listening on"), "{told}");
    }
    assert!(!setup.data_dir.join("master.key").exists(), "nothing was begun");
}

#[tokio::test]
async fn secrets_are_masked() {
    let url = "postgres://kindred:hunter2@db.example.com/kindred";
    let secrets = [
        ("KINDRED_SECRETS__MASTER_KEY", MASTER_KEY),
        ("KINDRED_SECRETS__PREVIOUS_MASTER_KEYS", PREVIOUS_KEY),
    ];
    let env = Env::new(Backend::Sqlite).await;
    let mut setup = env.setup(&secrets);
    setup.database_url = url.to_owned();
    let text = run(&setup, &["config", "print"]);
    let json = run(&setup, &["config", "print", "--json"]);
    for output in [&text, &json] {
        assert_eq!(code(output), 0, "{}", stderr(output));
        for secret in ["hunter2", MASTER_KEY, &MASTER_KEY[..10], &PREVIOUS_KEY[..10]] {
            assert!(
                !stdout(output).contains(secret) && !stderr(output).contains(secret),
                "{}",
                stdout(output)
            );
        }
        assert!(
            stdout(output).contains("postgres://kindred:***@db.example.com/kindred"),
            "{}",
            stdout(output)
        );
    }
    let settings: Value = serde_json::from_str(&stdout(&json)).expect("JSON");
    let setting = |key: &str| {
        settings
            .as_array()
            .expect("a list")
            .iter()
            .find(|setting| setting["key"] == key)
            .expect("shown")
            .clone()
    };
    assert_eq!(setting("secrets.master_key")["value"], "***");
    assert_eq!(setting("secrets.master_key")["source"], "environment");
    assert_eq!(setting("secrets.previous_master_keys")["value"], "[***]");
    assert_eq!(
        (&setting("sessions.max_per_user")["value"], &setting("sessions.max_per_user")["source"]),
        (&"10".into(), &"default".into())
    );
    for line in stdout(&text).lines() {
        assert!(line.contains(" = ") && line.contains("  # "), "{line}");
    }
}

#[tokio::test]
async fn the_environment_is_stronger_than_the_file() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[("KINDRED_SESSIONS__MAX_PER_USER", "3")]);
    let value = |words: &[&str], key: &str| {
        let output = run(&setup, &[words, &["config", "print", "--json"]].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let settings: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        let found = settings.as_array().and_then(|all| all.iter().find(|setting| setting["key"] == key));
        found.expect("shown")["value"].as_str().expect("text").to_owned()
    };
    let text = "[sessions]\nmax_per_user = 5\nidle_timeout = \"7d\"\n[accounts]\nregistration = \"closed\"\n";
    fs::write(setup.data_dir.join("other.toml"), text).expect("written");
    let named = &["--config", "other.toml"];
    assert_eq!(value(named, "sessions.max_per_user"), "3");
    assert_eq!(value(named, "sessions.idle_timeout"), "7d");
    assert_eq!(value(named, "accounts.registration"), "closed");
    assert_eq!(value(&[], "accounts.registration"), "open");
    fs::write(setup.data_dir.join("kindred.toml"), text).expect("written");
    assert_eq!(value(&[], "accounts.registration"), "closed", "read where it lies");
    for wrong in ["[sessions]\nmax_per_usr = 5\n", "[sessions\n", "accounts = 5\n"] {
        fs::write(setup.data_dir.join("kindred.toml"), wrong).expect("written");
        assert_eq!(code(&run(&setup, &["config", "check"])), 2, "{wrong}");
    }
}

/// Texts and templates of the operator are read as well.
#[tokio::test]
async fn mistakes_in_texts_and_templates_are_told_with_their_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("text").to_owned();
    let env = Env::new(Backend::Sqlite).await;
    for (key, file, content, told) in [
        (
            "BRANDING__LOCALES_DIR",
            "de.ftl",
            "a = b\nmail-greeting = Moin { $nmae }\n",
            "de.ftl:2: mail-greeting has no value for $nmae",
        ),
        ("BRANDING__LOCALES_DIR", "de.ftl", "a = b\nmail-greeting = {\n", "de.ftl:"),
        (
            "MAIL__TEMPLATES_DIR",
            "layout.html",
            "\n<p>{{ headlien }}</p>",
            "layout.html:2: no mail has `headlien`",
        ),
        ("MAIL__TEMPLATES_DIR", "layout.html", "<p>\n\n{{ headline", "layout.html:3: syntax error"),
    ] {
        let file = folder.path().join(file);
        fs::write(&file, content).expect("a file");
        let key = format!("KINDRED_{key}");
        let output = run(&env.setup(&[(&key, &path)]), &["config", "check"]);
        assert_eq!(code(&output), 2, "{content}: {}", stdout(&output));
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
        fs::remove_file(&file).expect("it is there");
    }
    fs::write(folder.path().join("layout.txt"), "{{ headline }}\n{{ action.url }}").expect("a file");
    let output = run(&env.setup(&[("KINDRED_MAIL__TEMPLATES_DIR", &path)]), &["config", "check"]);
    assert_eq!(code(&output), 2, "not every mail has a button: {}", stdout(&output));
    let text = "{{ headline }}{% if action %} {{ action.url }}{% endif %}";
    fs::write(folder.path().join("layout.txt"), text).expect("a file");
    let setup = env.setup(&[("KINDRED_MAIL__TEMPLATES_DIR", &path)]);
    assert_eq!(code(&run(&setup, &["config", "check"])), 0);
    let out = folder.path().join("previews");
    let words =
        ["mail", "preview", "--lang", "de", "--kind", "reset_password", "--out", out.to_str().expect("text")];
    let output = run(&setup, &words);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = fs::read_to_string(out.join("de/reset_password.txt")).expect("a preview");
    assert!(text.contains("\n\nWählen Sie ein neues Passwort https://"), "{text}");
    assert!(out.join("de/reset_password.eml").exists() && out.join("de/reset_password.html").exists());
    assert_eq!(fs::read_dir(&out).expect("a folder").count(), 1, "no other language");
}

#[tokio::test]
async fn every_message_is_previewed_and_unknown_ones_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("text");
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[]);
    let output = run(&setup, &["mail", "preview", "--out", out]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    for language in ["en", "de"] {
        let files = fs::read_dir(folder.path().join(language)).expect("a folder").count();
        assert_eq!(files, 31 * 3 + 1, "31 mails and one SMS");
    }
    let output = run(&setup, &["mail", "preview", "--kind", "newsletter", "--out", out]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("account_erased") && stderr(&output).contains("de, en"),
        "{}",
        stderr(&output)
    );
}

/// Kubernetes writes such names for each service that is called `kindred` or `kindred-…`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_other_programs_stop_no_start() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env
        .node(&[
            ("KINDRED_PORT", "tcp://10.0.0.1:80"),
            ("KINDRED_DB_SERVICE_HOST", "10.0.0.2"),
            ("KINDRED_SERVER_LISTEN", "127.0.0.1:1"),
        ])
        .await;
    assert_eq!(node.client().get("/health/live").await.status, 200);
    let logs = node.logged("did you mean KINDRED_SERVER__LISTEN?").await;
    assert!(logs.contains("KINDRED_SERVER_LISTEN"), "{logs}");
    assert!(!logs.contains("KINDRED_PORT") && !logs.contains("KINDRED_DB_SERVICE_HOST"), "{logs}");
}

#[tokio::test]
async fn an_unknown_key_is_refused_with_the_one_that_may_be_meant() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[("KINDRED_SERVER__LISTN", "127.0.0.1:0")]);
    let output = run(&setup, &["serve"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("did you mean server.listen?"), "{}", stderr(&output));

    let setup = env.setup(&[]);
    fs::write(setup.data_dir.join("kindred.toml"), "[server]\nlistn = \"127.0.0.1:0\"\n").expect("written");
    let output = run(&setup, &["serve"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("did you mean server.listen?"), "{}", stderr(&output));
}
