//! The one table that a run prints.

use std::fmt::{Display, Formatter, Result};

use crate::check::{Better, Figure};
use crate::rounds::{Measurement, Rounds};

#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    /// What `check` compares.
    figures: Vec<Figure>,
}

/// Every cell is text already; an empty one says that the column has no meaning for the row.
#[derive(Default)]
pub struct Row {
    pub backend: &'static str,
    pub what: String,
    pub clients: String,
    pub measured: String,
    pub p50: String,
    pub p99: String,
    pub beside: String,
    pub ratio: String,
    verdict: Option<(Target, bool)>,
    figure: Option<Figure>,
}

#[derive(Clone, Copy)]
pub enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Report {
    /// Adds a row, and shows it as progress.
    pub fn add(&mut self, mut row: Row) {
        eprintln!("{row}");
        self.figures.extend(row.figure.take());
        self.rows.push(row);
    }

    /// The figures that `check` compares.
    pub fn figures(&self) -> &[Figure] {
        &self.figures
    }

    /// Whether any target was missed.
    pub fn missed(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.verdict, Some((_, false))))
    }
}

impl Row {
    pub fn new(backend: &'static str, what: impl Into<String>) -> Self {
        Self { backend, what: what.into(), ..Self::default() }
    }

    /// Fills the columns of a closed loop whose rates were measured beside those of `beside`.
    pub fn rates(mut self, clients: usize, rounds: &Rounds, beside: &str) -> Self {
        self.clients = clients.to_string();
        self.measured = format!("{:.0}/s", rounds.median(Measurement::rate));
        self.beside = format!("{beside}: {:.0}/s", rounds.beside());
        self.ratio = format!("{:.2}×", rounds.ratio(Measurement::rate));
        self.latencies(rounds)
    }

    pub fn latencies(mut self, rounds: &Rounds) -> Self {
        self.p50 = format!("{:.2}", rounds.median(|round| round.percentile(50)));
        self.p99 = format!("{:.2}", rounds.median(|round| round.percentile(99)));
        self
    }

    /// Names `value`, the unrounded figure, for `check`.
    pub fn figure(mut self, name: impl Into<String>, value: f64, better: Better) -> Self {
        self.figure = Some(Figure { database: self.backend.to_owned(), name: name.into(), value, better });
        self
    }

    /// Judges `value`, the unrounded figure, by `target`.
    pub fn judged(mut self, value: f64, target: Target) -> Self {
        let met = match target {
            Target::AtLeast(bound) => value >= bound,
            Target::AtMost(bound) => value <= bound,
        };
        self.verdict = Some((target, met));
        self
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { backend, what, clients, measured, p50, p99, beside, ratio, verdict, .. } = self;
        let (target, met) = match verdict {
            None => (String::new(), ""),
            Some((Target::AtLeast(bound), met)) => (format!("≥ {bound}"), verdict_text(*met)),
            Some((Target::AtMost(bound), met)) => (format!("≤ {bound}"), verdict_text(*met)),
        };
        write!(
            f,
            "| {backend} | {what} | {clients} | {measured} | {p50} | {p99} | {beside} | {ratio} | {target} | {met} |"
        )
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(
            f,
            "| database | what | clients | measured | p50 ms | p99 ms | beside | ratio | target | met |"
        )?;
        writeln!(f, "|---|---|--:|--:|--:|--:|---|--:|--:|---|")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

fn verdict_text(met: bool) -> &'static str {
    if met { "yes" } else { "MISSED" }
}
