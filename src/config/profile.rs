//! The profile sets the defaults and how strict the checks are.

/// Where the server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// One developer's machine: nothing needs to be configured.
    Development,
    /// A shared, disposable deployment: it needs a master key and real hashing costs like production, but
    /// SQLite, plain http and migrations at start are welcome.
    Preview,
    /// Nothing that a deployment should decide has a default.
    Production,
}

impl Environment {
    pub fn is_development(self) -> bool {
        self == Self::Development
    }

    pub fn is_production(self) -> bool {
        self == Self::Production
    }
}

super::text_enum!(Environment {
    Development => "development",
    Preview => "preview",
    Production => "production",
});
