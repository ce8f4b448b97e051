//! What is wrong with a configuration.

use std::fmt;

/// One mistake, named by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// Dotted key such as `password.memory_kib`; empty if the source itself cannot be read.
    pub key: String,
    pub message: String,
}

impl fmt::Display for SettingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            return formatter.write_str(&self.message);
        }
        let variable = self.key.to_uppercase().replace('.', "__");
        write!(formatter, "{} (KINDRED_{variable}): {}", self.key, self.message)
    }
}

/// All mistakes of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    pub problems: Vec<SettingError>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the configuration has {} problem(s):", self.problems.len())?;
        for problem in &self.problems {
            write!(formatter, "\n  {problem}")?;
        }
        Ok(())
    }
}
