//! What a check has found.

use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Ok,
    /// The server works, but not as well as it should.
    Warning,
    /// The server does not start, or people cannot use it.
    Failed,
    /// There is nothing to check, or it cannot be checked.
    Skipped,
}

/// A check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Check {
    Configuration,
    Database,
    Clock,
    Keys,
    Certificate,
    Disk,
    Descriptors,
    Smtp,
    Sms,
    Redis,
    Federation,
    PublicUrl,
}

impl Check {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Database => "database",
            Self::Clock => "clock",
            Self::Keys => "keys",
            Self::Certificate => "certificate",
            Self::Disk => "disk",
            Self::Descriptors => "descriptors",
            Self::Smtp => "smtp",
            Self::Sms => "sms",
            Self::Redis => "redis",
            Self::Federation => "federation",
            Self::PublicUrl => "public_url",
        }
    }

    pub fn ok(self, message: impl Into<String>) -> Finding {
        Finding { check: self, status: Status::Ok, message: message.into(), advice: None }
    }

    pub fn skipped(self, message: impl Into<String>) -> Finding {
        Finding { check: self, status: Status::Skipped, message: message.into(), advice: None }
    }

    pub fn warning(self, message: impl Into<String>, advice: impl Into<String>) -> Finding {
        let advice = Some(advice.into());
        Finding { check: self, status: Status::Warning, message: message.into(), advice }
    }

    pub fn failed(self, message: impl Into<String>, advice: impl Into<String>) -> Finding {
        let advice = Some(advice.into());
        Finding { check: self, status: Status::Failed, message: message.into(), advice }
    }
}

/// What was found, and what to do about it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    pub check: Check,
    pub status: Status,
    pub message: String,
    /// What to do, unless all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match self.status {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Failed => "FAILED",
            Status::Skipped => "skipped",
        };
        write!(formatter, "{:13} {status:8} {}", self.check.as_str(), self.message)?;
        match &self.advice {
            Some(advice) => write!(formatter, "\n{:23}{advice}", "→ "),
            None => Ok(()),
        }
    }
}
