//! Holds measured figures against stored ones, and finds real losses. Nothing here measures, so that tests of the suite can
//! include this file.

use std::fmt::{Display, Formatter};

use serde::{Deserialize, Serialize};

/// The sections whose figures are stored.
const CHECKED: [&str; 5] = ["refresh", "verify", "login", "csrf", "memory"];

/// What a figure that is stored for the first time may lose, as a share of it.
const TOLERANCE: f64 = 0.3;

/// The top of the file with the stored figures.
const HEAD: &str = "\
# The figures that `scripts/bench check` compares with, measured in a quiet hour by `scripts/bench check --store`.
# docs/performance.md explains them. A figure that is worse by more than its tolerance, as a share of it, is a loss.

";

/// What happens to the figures of `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    Judge,
    Store,
    /// For people who change the benchmark, on any build.
    Rehearse,
}

impl Check {
    /// The sections to be measured: all that are checked, or the chosen ones among them.
    ///
    /// # Errors
    /// If a section that was chosen has no stored figures, or some were chosen for a judgment, which is about all of them.
    pub fn sections(self, chosen: Vec<String>) -> Result<Vec<String>, String> {
        if chosen.is_empty() {
            return Ok(CHECKED.map(String::from).to_vec());
        }
        if self == Self::Judge {
            return Err(
                "check judges all of its sections; choose some only with --store or --rehearse".to_owned()
            );
        }
        match chosen.iter().find(|section| !CHECKED.contains(&section.as_str())) {
            Some(other) => Err(format!("check has no figures of {other}, only of {}", CHECKED.join(", "))),
            None => Ok(chosen),
        }
    }
}

/// A figure of this run.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub database: String,
    pub name: String,
    pub value: f64,
    pub better: Better,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    Higher,
    Lower,
}

/// The stored figures, as they are in their file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    #[serde(default)]
    pub figure: Vec<StoredFigure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredFigure {
    pub database: String,
    pub name: String,
    pub better: Better,
    pub value: f64,
    pub tolerance: f64,
}

impl StoredFigure {
    /// The worst value that is no loss.
    fn bound(&self) -> f64 {
        match self.better {
            Better::Higher => self.value * (1.0 - self.tolerance),
            Better::Lower => self.value * (1.0 + self.tolerance),
        }
    }

    fn is_lost(&self, value: f64) -> bool {
        match self.better {
            Better::Higher => value < self.bound(),
            Better::Lower => value > self.bound(),
        }
    }
}

/// The result of comparing a figure with the stored one.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Kept {
        value: f64,
    },
    Lost {
        value: f64,
    },
    /// Stored, but not measured on a database that others were measured on.
    Missing,
    /// Measured, but not stored yet.
    New {
        value: f64,
    },
}

/// A line of the comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    database: String,
    name: String,
    stored: Option<(f64, f64)>,
    pub outcome: Outcome,
}

impl Line {
    /// Whether the check fails. A value that is no number is a loss, and one that is not stored could be lost unnoticed.
    pub fn fails(&self) -> bool {
        !matches!(self.outcome, Outcome::Kept { .. })
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { database, name, stored, outcome } = self;
        let (value, words) = match outcome {
            Outcome::Kept { value } => (format!("{value:.2}"), "kept"),
            Outcome::Lost { value } => (format!("{value:.2}"), "LOST"),
            Outcome::Missing => (String::new(), "NOT MEASURED"),
            Outcome::New { value } => (format!("{value:.2}"), "NOT STORED"),
        };
        let (before, bound) =
            stored.map(|(value, bound)| (format!("{value:.2}"), format!("{bound:.2}"))).unwrap_or_default();
        write!(f, "| {database} | {name} | {value} | {before} | {bound} | {words} |")
    }
}

impl Stored {
    /// # Errors
    /// If the text is not a file of figures.
    pub fn parse(text: &str) -> Result<Self, String> {
        let stored: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let is_fine = |figure: &StoredFigure| figure.value > 0.0 && (0.0..1.0).contains(&figure.tolerance);
        match stored.figure.iter().find(|figure| !is_fine(figure)) {
            Some(figure) => {
                Err(format!("{}, {}: not a figure with a tolerance", figure.database, figure.name))
            }
            None => Ok(stored),
        }
    }

    /// The text of the file.
    ///
    /// # Errors
    /// If a figure cannot be written.
    pub fn to_text(&self) -> Result<String, String> {
        toml::to_string(self).map(|text| format!("{HEAD}{text}")).map_err(|error| error.to_string())
    }

    /// Compares in the order of the file; what is not stored comes last.
    pub fn compare(&self, measured: &[Figure]) -> Vec<Line> {
        let is_measured =
            |stored: &&StoredFigure| measured.iter().any(|other| other.database == stored.database);
        let known = self.figure.iter().filter(is_measured).map(|stored| {
            let value = measured.iter().find(|figure| is_same(figure, stored)).map(|figure| figure.value);
            let outcome = match value {
                None => Outcome::Missing,
                Some(value) if value.is_nan() || stored.is_lost(value) => Outcome::Lost { value },
                Some(value) => Outcome::Kept { value },
            };
            let (database, name) = (stored.database.clone(), stored.name.clone());
            Line { database, name, stored: Some((stored.value, stored.bound())), outcome }
        });
        let is_new = |figure: &&Figure| !self.figure.iter().any(|stored| is_same(figure, stored));
        let new = measured.iter().filter(is_new).map(|figure| Line {
            database: figure.database.clone(),
            name: figure.name.clone(),
            stored: None,
            outcome: Outcome::New { value: figure.value },
        });
        known.chain(new).collect()
    }

    /// With the measured values in place of the stored ones. Tolerances stay, and so does what was not measured.
    #[must_use]
    pub fn with(mut self, measured: &[Figure]) -> Self {
        for figure in measured.iter().filter(|figure| figure.value.is_finite()) {
            let value = (figure.value * 1_000.0).round() / 1_000.0;
            match self.figure.iter_mut().find(|stored| is_same(figure, stored)) {
                Some(stored) => stored.value = value,
                None => self.figure.push(StoredFigure {
                    database: figure.database.clone(),
                    name: figure.name.clone(),
                    better: figure.better,
                    value,
                    tolerance: TOLERANCE,
                }),
            }
        }
        self
    }
}

fn is_same(figure: &Figure, stored: &StoredFigure) -> bool {
    figure.database == stored.database && figure.name == stored.name
}
