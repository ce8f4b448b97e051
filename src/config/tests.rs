use std::time::Duration;

use super::*;
use crate::model::throttle::Limit;

/// The configuration of these variables alone.
pub(super) fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Config::from_sources(None, variables)
}

/// The settings with problems, of variables that are refused.
pub(super) fn problem_keys(variables: &[(&str, &str)]) -> Vec<String> {
    let error = load(variables).expect_err("must be refused");
    error.problems.into_iter().map(|problem| problem.key).collect()
}

const PRODUCTION: [(&str, &str); 4] = [
    ("KINDRED_PROFILE", "production"),
    ("KINDRED_SERVER__PUBLIC_URL", "https://auth.example.com"),
    ("KINDRED_DATABASE__URL", "postgres://kindred:hunter2@db.example.com/kindred?sslmode=verify-full"),
    ("KINDRED_SECRETS__MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
];

#[test]
fn development_needs_nothing() {
    let config = load(&[]).unwrap();
    assert_eq!(config.profile, Environment::Development);
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database.url.expose(), "sqlite://./data/kindred.db?mode=rwc");
    assert_eq!(config.password.memory_kib, 19_456);
    assert_eq!(config.sessions.max_per_user, 10);
    assert_eq!(config.refresh.retry_window, Duration::from_secs(30 * 86_400));
    assert_eq!(config.tokens.issuer, "http://127.0.0.1:8080");
}

#[test]
fn production_starts_with_its_required_keys() {
    let config = load(&PRODUCTION).unwrap();
    assert!(!config.server.docs);
    assert!(!config.database.auto_migrate);
    assert_eq!(config.telemetry.log_format, LogFormat::Json);
}

#[test]
fn production_without_secrets_names_every_missing_key() {
    let keys = problem_keys(&[("KINDRED_PROFILE", "production")]);
    assert_eq!(keys, ["server.public_url", "server.public_url", "database.url", "secrets.master_key"]);
}

#[test]
fn all_problems_are_reported_at_once() {
    let keys = problem_keys(&[
        ("KINDRED_PASSWORD__MEMORY_KIB", "many"),
        ("KINDRED_SESSIONS__MAX_PER_USER", "0"),
        ("KINDRED_TOKENS__ACCESS_TTL", "2h"),
        ("KINDRED_NO__SUCH_KEY", "1"),
    ]);
    assert_eq!(keys, ["sessions.max_per_user", "password.memory_kib", "tokens.access_ttl", "no.such_key"]);
}

#[test]
fn a_weak_master_key_is_refused() {
    for weak in ["", "short", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
        assert_eq!(problem_keys(&[("KINDRED_SECRETS__MASTER_KEY", weak)]), ["secrets.master_key"]);
    }
}

const ACTIVE: (&str, &str) = PRODUCTION[3];
const PREVIOUS: &str = "KINDRED_SECRETS__PREVIOUS_MASTER_KEYS";
const OLD: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQAAECAwQFBgc=";
const OLDER: &str = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

#[test]
fn previous_master_keys_are_a_list() {
    let both = format!("{OLD}, {OLDER}");
    let config = load(&[ACTIVE, (PREVIOUS, &both)]).unwrap();
    assert_eq!(config.secrets.previous_master_keys.len(), 2);
    let shown = config.settings.iter().find(|setting| setting.key == "secrets.previous_master_keys").unwrap();
    assert_eq!(shown.value, "[***, ***]");
    assert!(!format!("{config:?}").contains(&OLD[..10]));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kindred.toml");
    let text = format!("[secrets]\nmaster_key = \"{OLD}\"\nprevious_master_keys = [\"{OLDER}\"]\n");
    std::fs::write(&file, text).unwrap();
    assert_eq!(Config::from_sources(Some(&file), []).unwrap().secrets.previous_master_keys.len(), 1);
}

#[test]
fn each_previous_master_key_is_as_strong_as_the_active_one_and_stands_once() {
    let key = "secrets.previous_master_keys";
    let weak = [
        "hunter2".to_owned(),
        format!("{OLD},hunter2"),
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
        format!("{OLD},{OLD}"),
        format!("{OLD},{}", ACTIVE.1),
    ];
    for list in &weak {
        let error = load(&[ACTIVE, (PREVIOUS, list)]).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{list}");
        assert_eq!(error.problems[0].key, key, "{list}");
        let told = error.to_string();
        assert!(!told.contains("hunter2") && !told.contains(&OLD[..10]), "{told}");
    }
    assert_eq!(problem_keys(&[(PREVIOUS, OLD)]), [key], "they are of use beside an active one only");
    let mut variables = PRODUCTION.to_vec();
    variables[3] = (PREVIOUS, OLD);
    assert_eq!(problem_keys(&variables), ["secrets.master_key"]);
}

#[test]
fn production_refuses_cheap_hashing() {
    let mut variables = PRODUCTION.to_vec();
    variables.push(("KINDRED_PASSWORD__MEMORY_KIB", "8"));
    variables.push(("KINDRED_PASSWORD__ITERATIONS", "1"));
    assert_eq!(problem_keys(&variables), ["password.memory_kib", "password.iterations"]);
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kindred.toml");
    std::fs::write(&file, "[sessions]\nmax_per_user = 3\nidle_timeout = \"7d\"\n").unwrap();
    let variables = [("KINDRED_SESSIONS__MAX_PER_USER".to_owned(), "5".to_owned())];
    let config = Config::from_sources(Some(&file), variables).unwrap();
    assert_eq!(config.sessions.max_per_user, 5);
    assert_eq!(config.sessions.idle_timeout, Duration::from_secs(7 * 86_400));
}

#[test]
fn a_file_that_is_no_toml_is_one_clear_problem() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kindred.toml");
    std::fs::write(&file, "[sessions\n").unwrap();
    assert_eq!(Config::from_sources(Some(&file), []).unwrap_err().problems.len(), 1);
    assert!(Config::from_sources(Some(&folder.path().join("absent.toml")), []).is_err());
}

#[test]
fn a_broken_line_is_named_but_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kindred.toml");
    std::fs::write(&file, "[secrets]\nmaster_key = kY3hunter2=\n").unwrap();
    let told = Config::from_sources(Some(&file), []).unwrap_err().to_string();
    assert!(told.contains("line 2") && !told.contains("hunter2"), "{told}");
}

#[test]
fn secrets_are_masked_wherever_they_are_shown() {
    let config = load(&PRODUCTION).unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("AAECAw"), "{shown}");
    let url = config.settings.iter().find(|setting| setting.key == "database.url").unwrap();
    assert_eq!(url.value, "postgres://kindred:***@db.example.com/kindred?sslmode=verify-full");
    assert_eq!(url.source, "environment");
}

#[test]
fn throttling_is_on_and_can_be_switched_off() {
    let config = load(&[]).unwrap();
    assert!(config.throttle.enabled);
    assert_eq!(config.throttle.login, Limit::per_minute(30, 60));
    assert_eq!(config.throttle.login_hard, Limit::per_hour(300));
    assert_eq!(config.throttle.requests, Limit::per_minute(10, 5));
    assert!(!load(&[("KINDRED_THROTTLE__ENABLED", "false")]).unwrap().throttle.enabled);
    assert_eq!(
        problem_keys(&[("KINDRED_THROTTLE__LOGIN_BURST", "0"), ("KINDRED_THROTTLE__LOGIN_PER_HOUR", "-1")]),
        ["throttle.login_burst", "throttle.login_per_hour"]
    );
}

#[test]
fn a_former_name_works_with_a_warning() {
    let config =
        load(&[("KINDRED_PASSWORD__MAX_FAILURES", "7"), ("KINDRED_QUOTAS__MAIL_GLOBAL", "10")]).unwrap();
    assert_eq!((config.throttle.password.max_failures, config.throttle.quotas.mail_global), (7, 10));
    assert_eq!(config.throttle.quotas.mail_reserve, 2);
    assert_eq!(config.warnings.len(), 2, "{:?}", config.warnings);
    assert!(config.warnings.iter().any(|warning| {
        warning.contains("password.max_failures ") && warning.contains("throttle.password_failures;")
    }));
    let shown = config.settings.iter().find(|setting| setting.key == "throttle.password_failures").unwrap();
    assert_eq!((shown.value.as_str(), shown.source.as_str()), ("7", "environment"));
    let both = [("KINDRED_MFA__LOCKOUT", "1m"), ("KINDRED_THROTTLE__FACTOR_LOCKOUT", "2m")];
    assert_eq!(problem_keys(&both), ["throttle.factor_lockout"]);
    assert_eq!(problem_keys(&[("KINDRED_MFA__MAX_FAILURES", "21")]), ["throttle.factor_failures"]);
}

#[test]
fn the_url_of_redis_is_checked_and_masked() {
    let url = "redis://:hunter2@cache.example.com/3";
    let config = load(&[&PRODUCTION[..], &[("KINDRED_REDIS__URL", url)]].concat()).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    let warns = |config: &Config| config.warnings.iter().any(|warning| warning.contains("rediss://"));
    assert!(warns(&config), "{:?}", config.warnings);
    for fine in
        ["rediss://:hunter2@cache.example.com", "redis://127.0.0.1:6379", "redis+unix:///run/redis.sock"]
    {
        let config = load(&[&PRODUCTION[..], &[("KINDRED_REDIS__URL", fine)]].concat()).unwrap();
        assert!(!warns(&config), "{fine}: {:?}", config.warnings);
    }
    for wrong in ["cache.example.com", "http://cache.example.com", "hunter2"] {
        let error = load(&[("KINDRED_REDIS__URL", wrong)]).unwrap_err().to_string();
        assert!(error.contains("redis.url") && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn production_does_not_fall_back_to_plain_text_on_the_network() {
    let with_url = |url| [&PRODUCTION[..], &[("KINDRED_DATABASE__URL", url)]].concat();
    let remote = [
        "postgres://db.example.com/kindred",
        "postgres://db.example.com/kindred?sslmode=prefer",
        "postgres://10.0.0.7/kindred",
        "postgres://localhost.example.com/kindred",
        "postgres://localhost/kindred?host=db.example.com",
    ];
    for url in remote {
        assert_eq!(problem_keys(&with_url(url)), ["database.url"], "{url}");
    }
    let fine = [
        "postgres://db.example.com/kindred?sslmode=disable",
        "postgres://localhost/kindred",
        "postgres://127.0.0.1:5432/kindred",
        "postgres://[::1]/kindred",
        "postgres://%2Frun%2Fpostgresql/kindred",
    ];
    for url in fine {
        assert!(load(&with_url(url)).is_ok(), "{url}");
    }
}

#[test]
fn a_password_in_the_query_is_masked_too() {
    let url = "postgres://db.example.com/kindred?user=kindred&password=hunter2";
    let config = load(&[("KINDRED_DATABASE__URL", url)]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn the_product_has_a_name() {
    assert_eq!(load(&[]).unwrap().branding.product_name, "Kindred");
    assert_eq!(
        load(&[("KINDRED_BRANDING__PRODUCT_NAME", "Acme ID")]).unwrap().branding.product_name,
        "Acme ID"
    );
    for wrong in [" ".to_owned(), "a\nb".to_owned(), "x".repeat(65)] {
        assert_eq!(problem_keys(&[("KINDRED_BRANDING__PRODUCT_NAME", &wrong)]), ["branding.product_name"]);
    }
}

/// The bounds of a setting are refused on both sides, with the rule in the message.
#[test]
fn bounds_are_held_and_told() {
    for (variable, below, above, rule) in [
        ("KINDRED_SERVER__WORKERS", "0", "257", "must be between 1 and 256"),
        ("KINDRED_DATABASE__STATEMENT_TIMEOUT", "49ms", "61s", "must be between 50ms and 1m"),
        ("KINDRED_OUTBOX__BATCH", "0", "257", "must be between 1 and 256"),
        ("KINDRED_RETENTION__OUTBOX", "59m", "3651d", "must be between 1h and 3650d"),
        ("KINDRED_PASSWORD__MIN_LENGTH", "7", "65", "must be between 8 and 64"),
    ] {
        for value in [below, above] {
            let error = load(&[(variable, value)]).unwrap_err();
            assert_eq!(error.problems.len(), 1, "{variable}={value}");
            assert_eq!(error.problems[0].message, rule, "{variable}={value}");
        }
    }
    let error = load(&[("KINDRED_PRIVACY__ERASURE_GRACE", "366d")]).unwrap_err();
    assert_eq!(error.problems[0].message, "must be at most 365d");
    assert_eq!(
        problem_keys(&[("KINDRED_PASSWORD__PARALLELISM", "16"), ("KINDRED_PASSWORD__MEMORY_KIB", "64")]),
        ["password.memory_kib"]
    );
}

#[test]
fn codes_by_sms_have_sane_settings() {
    let codes = load(&[("KINDRED_MFA__SMS_PREFIXES", "+49, +4366")]).unwrap().mfa.sms;
    assert_eq!(codes.ttl, Duration::from_secs(600));
    assert_eq!(codes.prefixes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["+49", "+4366"]);
    let keys = problem_keys(&[
        ("KINDRED_MFA__SMS_CODE_TTL", "11m"),
        ("KINDRED_MFA__SMS_PREFIXES", "+49,43"),
        ("KINDRED_THROTTLE__SMS_PER_USER_HOUR", "-1"),
    ]);
    let expected = ["mfa.sms_code_ttl", "mfa.sms_prefixes", "throttle.sms_per_user_hour"];
    assert_eq!(keys, expected);
}

#[test]
fn a_slow_commit_is_no_reuse() {
    let windows = |race, statement| {
        load(&[("KINDRED_REFRESH__RACE_WINDOW", race), ("KINDRED_DATABASE__STATEMENT_TIMEOUT", statement)])
    };
    assert!(windows("6s", "5s").is_ok());
    for (race, statement) in [("5s", "5s"), ("2s", "5s"), ("10s", "1m"), ("1m", "1m")] {
        let error = windows(race, statement).expect_err("must be refused");
        let [problem] = &error.problems[..] else { panic!("{error:?}") };
        assert_eq!(problem.key, "refresh.race_window");
        assert!(problem.message.contains("longer than database.statement_timeout"), "{}", problem.message);
    }
}

/// What Kubernetes writes for services that are called like this program.
#[test]
fn names_of_others_are_passed_over() {
    let links = [
        ("KINDRED_PORT", "tcp://10.96.12.7:8080"),
        ("KINDRED_SERVICE_HOST", "10.96.12.7"),
        ("KINDRED_PORT_8080_TCP_ADDR", "10.96.12.7"),
        ("KINDRED_DB_SERVICE_HOST", "10.96.12.7"),
        ("KINDRED_SERVER", "10.96.12.7"),
        ("KINDRED_BRANDING__PRODUCT_NAME", "Acme"),
    ];
    let config = load(&links).unwrap();
    assert_eq!((config.branding.product_name.as_str(), config.warnings.len()), ("Acme", 0));
    let config = load(&[("KINDRED_SERVER_LISTEN", "127.0.0.1:1")]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    let [warning] = &config.warnings[..] else { panic!("{:?}", config.warnings) };
    assert!(
        warning.contains("KINDRED_SERVER_LISTEN ") && warning.contains("KINDRED_SERVER__LISTEN?"),
        "{warning}"
    );
}

#[test]
fn an_unknown_key_tells_which_may_be_meant() {
    for (variable, meant) in [
        ("KINDRED_SERVER__LISTN", "server.listen"),
        ("KINDRED_SERVER__PUBLIC__URL", "server.public_url"),
        ("KINDRED_DATABASE__SMTP_HOST", "mail.smtp_host"),
        ("KINDRED_SECRETS__MASTERKEY__FILE", "secrets.master_key"),
    ] {
        let error = load(&[(variable, "x")]).unwrap_err();
        assert!(error.to_string().ends_with(&format!("did you mean {meant}?")), "{error}");
    }
    let error = load(&[("KINDRED_NONSENSE__KEY", "x")]).unwrap_err();
    assert!(error.to_string().ends_with("is not a setting of Kindred"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kindred.toml");
    std::fs::write(&file, "lisen = 1\n[server]\nlisten_ = 1\n").unwrap();
    let told = Config::from_sources(Some(&file), []).unwrap_err().to_string();
    assert!(
        told.contains("lisen (KINDRED_LISEN): is not a setting") && told.contains("mean server.listen?"),
        "{told}"
    );
}

#[test]
fn every_setting_can_be_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (name, key) = (write("name", "Acme\r\n"), write("key", &format!("{}\n", ACTIVE.1)));
    let files = [
        ("KINDRED_BRANDING__PRODUCT_NAME__FILE", name.as_str()),
        ("KINDRED_SECRETS__MASTER_KEY__FILE", &key),
        ("KINDRED_DATA_DIR__FILE", &write("folder", "/var/lib/other")),
    ];
    let config = load(&files).unwrap();
    assert_eq!((config.branding.product_name.as_str(), config.secrets.master_key.is_some()), ("Acme", true));
    assert_eq!(config.data_dir, PathBuf::from("/var/lib/other"));
    let setting = config.settings.iter().find(|setting| setting.key == "secrets.master_key").unwrap();
    assert_eq!((setting.value.as_str(), setting.source.clone()), ("***", format!("file {key}")));

    let both = [files[0], ("KINDRED_BRANDING__PRODUCT_NAME", "Other")];
    let error = load(&both).unwrap_err().to_string();
    assert!(error.contains("branding.product_name") && error.contains("remove one of the two"), "{error}");
    let absent = folder.path().join("absent");
    for wrong in [absent.to_str().unwrap(), folder.path().to_str().unwrap(), ""] {
        let error = load(&[("KINDRED_BRANDING__PRODUCT_NAME__FILE", wrong)]).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{error}");
        assert!(error.to_string().contains(&format!("cannot read the file {wrong:?}: ")), "{error}");
    }
    let large = write("large", &"x".repeat(64 * 1024 + 1));
    assert_eq!(problem_keys(&[("KINDRED_BRANDING__PRODUCT_NAME__FILE", &large)]), ["branding.product_name"]);
}

#[test]
fn short_sessions_end_within_long_ones() {
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    let short = |variables: &[(&str, &str)]| load(variables).unwrap().sessions.short_idle_timeout;
    assert_eq!(short(&[]), hours(12));
    assert_eq!(short(&[("KINDRED_SESSIONS__IDLE_TIMEOUT", "2h")]), hours(2), "of itself no longer than that");
    assert_eq!(short(&[("KINDRED_SESSIONS__SHORT_IDLE_TIMEOUT", "1h")]), hours(1));
    for (wrong, reason) in
        [("31d", "longer than sessions.idle_timeout"), ("5m", "shorter than tokens.access_ttl")]
    {
        let error = load(&[("KINDRED_SESSIONS__SHORT_IDLE_TIMEOUT", wrong)]).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{wrong}");
        assert_eq!(error.problems[0].key, "sessions.short_idle_timeout");
        assert!(error.problems[0].message.contains(reason), "{}", error.problems[0].message);
    }
}
