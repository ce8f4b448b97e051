//! What the scenario leaves in the metrics.

/// Name, labels, value after the scenario.
pub type Expected = (&'static str, &'static [(&'static str, &'static str)], f64);

pub const EXACT: &[Expected] = &[
    (
        "auth_login_total",
        &[("method", "password"), ("outcome", "success")],
        3.0,
    ),
    (
        "auth_login_total",
        &[("method", "password"), ("outcome", "failure")],
        1.0,
    ),
    ("auth_login_fail_total", &[("reason", "invalid_credentials")], 1.0),
    ("auth_login_fail_total", &[("reason", "not_active")], 0.0),
    ("auth_login_fail_total", &[("reason", "overloaded")], 0.0),
    ("auth_login_duration_seconds_count", &[], 4.0),
    ("auth_refresh_total", &[("outcome", "rotated")], 1.0),
    ("auth_refresh_total", &[("outcome", "retried")], 1.0),
    ("auth_refresh_total", &[("outcome", "forged")], 1.0),
    ("auth_refresh_total", &[("outcome", "replay")], 1.0),
    ("auth_refresh_total", &[("outcome", "revoked")], 1.0),
    ("auth_refresh_total", &[("outcome", "in_flight")], 0.0),
    ("auth_refresh_total", &[("outcome", "expired")], 0.0),
    ("auth_refresh_total", &[("outcome", "regressed")], 0.0),
    ("auth_refresh_total", &[("outcome", "overloaded")], 0.0),
    ("auth_refresh_total", &[("outcome", "unavailable")], 0.0),
    (
        "auth_refresh_replay_total",
        &[("class", "previous_acknowledged")],
        1.0,
    ),
    ("auth_refresh_replay_total", &[("class", "previous")], 0.0),
    ("auth_refresh_replay_total", &[("class", "stale")], 0.0),
    ("auth_refresh_retry_age_seconds_count", &[], 2.0),
    ("auth_refresh_duration_seconds_count", &[], 5.0),
    ("auth_verify_token_duration_seconds_count", &[], 1.0),
    (
        "auth_http_requests_total",
        &[
            ("method", "POST"),
            ("route", "/api/v1/auth/login"),
            ("status", "200"),
        ],
        3.0,
    ),
    (
        "auth_http_requests_total",
        &[("method", "GET"), ("route", "unmatched"), ("status", "404")],
        1.0,
    ),
    (
        "auth_http_requests_total",
        &[("method", "other"), ("route", "/api/v1/me"), ("status", "405")],
        1.0,
    ),
    (
        "auth_http_request_duration_seconds_count",
        &[
            ("method", "DELETE"),
            ("route", "/api/v1/me/sessions/{id}"),
            ("status", "204"),
        ],
        1.0,
    ),
    ("auth_family_panics_total", &[], 0.0),
    ("auth_family_conflicts_total", &[], 0.0),
    ("auth_family_actors", &[("state", "activating")], 0.0),
    ("auth_journal_queue_depth", &[], 0.0),
    ("auth_sessions_ended_total", &[("reason", "replay")], 1.0),
    ("auth_sessions_ended_total", &[("reason", "logout")], 1.0),
    ("auth_sessions_ended_total", &[("reason", "session_limit")], 0.0),
    ("auth_password_hash_queue_depth", &[], 0.0),
    ("auth_password_hash_wait_seconds_count", &[], 5.0),
    ("auth_password_hash_duration_seconds_count", &[], 5.0),
    ("auth_password_hash_rejected_total", &[], 0.0),
    ("auth_signing_keys", &[("state", "active")], 1.0),
    ("auth_signing_keys", &[("state", "standby")], 1.0),
    ("auth_signing_keys", &[("state", "retired")], 0.0),
    ("auth_jwks_requests_total", &[("outcome", "ok")], 1.0),
    ("auth_token_unknown_kid_total", &[], 0.0),
    (
        "auth_security_events_total",
        &[("kind", "account.registered")],
        1.0,
    ),
    ("auth_security_events_total", &[("kind", "login.succeeded")], 3.0),
    ("auth_security_events_total", &[("kind", "login.failed")], 1.0),
    ("auth_security_events_total", &[("kind", "session.ended")], 1.0),
    (
        "auth_security_events_total",
        &[("kind", "refresh_token.replayed")],
        1.0,
    ),
    ("auth_db_up", &[], 1.0),
    ("auth_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0),
];

/// Of these only a range is known.
pub const POSITIVE: &[(&str, &[(&str, &str)])] = &[
    ("auth_family_activations_total", &[]),
    ("auth_family_mailbox_wait_seconds_count", &[]),
    ("auth_journal_batch_size_count", &[]),
    ("auth_journal_commit_duration_seconds_count", &[]),
    ("auth_signing_key_age_seconds", &[]),
    ("auth_db_pool_connections", &[("state", "idle")]),
    ("process_resident_memory_bytes", &[]),
    ("process_open_fds", &[]),
    ("process_start_time_seconds", &[]),
];
