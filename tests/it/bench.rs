//! What `scripts/bench check` makes of its figures. It measures in quiet hours only; what it concludes is tested always.

#[path = "../../benches/load/check.rs"]
mod check;

use check::{Better, Check, Figure, Outcome, Stored};

const STORED: &str = r#"
[[figure]]
database = "SQLite"
name = "refresh"
better = "higher"
value = 0.5
tolerance = 0.2

[[figure]]
database = "SQLite"
name = "memory"
better = "lower"
value = 30.0
tolerance = 0.1

[[figure]]
database = "PostgreSQL"
name = "refresh"
better = "higher"
value = 1.0
tolerance = 0.2
"#;

fn figure(name: &str, value: f64) -> Figure {
    let better = if name == "memory" { Better::Lower } else { Better::Higher };
    Figure { database: "SQLite".to_owned(), name: name.to_owned(), value, better }
}

/// The outcomes and whether the check fails, on SQLite.
fn outcomes(refresh: f64, memory: f64) -> (Vec<Outcome>, bool) {
    let stored = Stored::parse(STORED).expect("figures");
    let lines = stored.compare(&[figure("memory", memory), figure("refresh", refresh)]);
    let fails = lines.iter().any(|line| line.fails());
    (lines.into_iter().map(|line| line.outcome).collect(), fails)
}

#[test]
fn a_figure_may_be_better_or_a_little_worse() {
    for (refresh, memory) in [(0.5, 30.0), (0.41, 32.9), (5.0, 1.0)] {
        let kept = vec![Outcome::Kept { value: refresh }, Outcome::Kept { value: memory }];
        assert_eq!(outcomes(refresh, memory), (kept, false));
    }
}

#[test]
fn a_real_loss_fails() {
    let (lost, fails) = outcomes(0.39, 30.0);
    assert!(fails && lost[0] == Outcome::Lost { value: 0.39 }, "{lost:?}");
    let (lost, fails) = outcomes(0.5, 33.1);
    assert!(fails && lost[1] == Outcome::Lost { value: 33.1 }, "{lost:?}");
    assert!(outcomes(f64::NAN, 30.0).1, "what is no number is no success");
}

#[test]
fn what_is_missing_on_either_side_fails() {
    let stored = Stored::parse(STORED).expect("figures");
    let lines = stored.compare(&[figure("refresh", 0.5), figure("csrf", 0.7)]);
    let outcomes: Vec<&Outcome> = lines.iter().map(|line| &line.outcome).collect();
    // PostgreSQL was not measured at all, so nothing of it is missing.
    assert_eq!(
        outcomes,
        [&Outcome::Kept { value: 0.5 }, &Outcome::Missing, &Outcome::New { value: 0.7 }],
        "{lines:?}"
    );
    assert_eq!(lines.iter().map(check::Line::fails).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(lines[0].to_string(), "| SQLite | refresh | 0.50 | 0.50 | 0.40 | kept |");
    assert_eq!(lines[1].to_string(), "| SQLite | memory |  | 30.00 | 33.00 | NOT MEASURED |");
    assert_eq!(lines[2].to_string(), "| SQLite | csrf | 0.70 |  |  | NOT STORED |");
}

#[test]
fn figures_are_stored_with_their_tolerances() {
    let stored = Stored::parse(STORED).expect("figures");
    let stored = stored.with(&[figure("refresh", 0.612_34), figure("csrf", 0.7), figure("memory", f64::NAN)]);
    let again = Stored::parse(&stored.to_text().expect("a text")).expect("figures");
    assert_eq!(again, stored);
    let values: Vec<(f64, f64)> =
        again.figure.iter().map(|figure| (figure.value, figure.tolerance)).collect();
    assert_eq!(values, [(0.612, 0.2), (30.0, 0.1), (1.0, 0.2), (0.7, 0.3)]);
}

#[test]
fn a_file_with_mistakes_is_refused() {
    for (good, bad) in
        [("value = 0.5", "value = 0.0"), ("tolerance = 0.1", "tolerance = 1.0"), ("[[figure]]", "[[x]]")]
    {
        assert!(Stored::parse(&STORED.replace(good, bad)).is_err(), "{bad}");
    }
}

#[test]
fn the_committed_file_can_be_read() {
    let path = crate::support::repository().join("benches/load/figures.toml");
    let text = std::fs::read_to_string(path).expect("the file");
    let stored = Stored::parse(&text).expect("figures");
    assert!(!stored.figure.is_empty());
    let written = stored.to_text().expect("a text");
    assert_eq!(Stored::parse(&written), Ok(stored));
    assert_eq!(text.lines().next(), written.lines().next(), "the top of the file is the same");
}

#[test]
fn a_choice_of_sections_can_be_stored_and_is_not_judged() {
    let chosen = || vec!["csrf".to_owned(), "memory".to_owned()];
    assert_eq!(Check::Store.sections(chosen()), Ok(chosen()));
    assert_eq!(Check::Rehearse.sections(chosen()), Ok(chosen()));
    assert!(Check::Judge.sections(chosen()).is_err(), "what was left out could be lost unnoticed");
    let all = Check::Judge.sections(Vec::new()).expect("all sections");
    assert_eq!(Check::Store.sections(Vec::new()).as_ref(), Ok(&all));
    assert!(chosen().iter().all(|section| all.contains(section)), "{all:?}");
    let unstored = Check::Store.sections(vec!["csrf".to_owned(), "slow".to_owned()]);
    assert!(unstored.is_err_and(|error| error.contains("slow")));
}

/// A figure that `check` measures and no one has stored would make each check fail.
#[test]
fn each_figure_that_is_measured_is_stored() {
    let stored = Stored::parse(&crate::readme::markdown::read("benches/load/figures.toml")).expect("figures");
    let is_stored = |database: &str, name: &str| {
        stored.figure.iter().any(|figure| figure.database == database && figure.name == name)
    };
    let measured = [
        "refresh, 64 clients",
        "verify-token",
        "login",
        "CSRF check",
        "idle memory of its own in MiB",
        "bytes per live family",
    ];
    for name in measured {
        assert!(is_stored("SQLite", name) && is_stored("PostgreSQL", name), "{name}");
    }
    let sections = ["refresh", "verify", "login", "csrf", "memory"]
        .map(|section| crate::readme::markdown::read(&format!("benches/load/sections/{section}.rs")))
        .concat();
    let named: Vec<&str> =
        sections.split(".figure(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(named.len(), 5, "{named:?}");
    for name in named {
        assert!(measured.contains(&name), "{name}");
    }
}
