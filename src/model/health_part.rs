//! The parts of the service that the health report tells about.

/// A part of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HealthPart {
    /// The database can be written.
    Database,
    /// The active key signs, and its signature verifies.
    SigningKeys,
    /// The threads of the actors take turns, and what other nodes have revoked is known.
    SessionSystem,
    /// A token against cross-site request forgery can be issued and is accepted.
    Csrf,
    /// The origins whose pages may call the API.
    CorsOrigins,
    /// Messages leave.
    Outbox,
    /// Background jobs succeed.
    Jobs,
    /// The TLS certificate is valid. Reported only if the listener speaks TLS.
    Certificate,
    /// Limits by network are shared. Reported only if `redis.url` is set.
    Redis,
}

impl HealthPart {
    /// The name in the report and in the metric.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::SigningKeys => "signing_keys",
            Self::SessionSystem => "session_system",
            Self::Csrf => "csrf",
            Self::CorsOrigins => "cors_origins",
            Self::Outbox => "outbox",
            Self::Jobs => "jobs",
            Self::Certificate => "certificate",
            Self::Redis => "redis",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_names() {
        for (part, name) in [
            (HealthPart::Database, "database"),
            (HealthPart::SigningKeys, "signing_keys"),
            (HealthPart::SessionSystem, "session_system"),
            (HealthPart::Csrf, "csrf"),
            (HealthPart::CorsOrigins, "cors_origins"),
            (HealthPart::Outbox, "outbox"),
            (HealthPart::Jobs, "jobs"),
            (HealthPart::Certificate, "certificate"),
            (HealthPart::Redis, "redis"),
        ] {
            assert_eq!(part.as_str(), name);
        }
    }
}
