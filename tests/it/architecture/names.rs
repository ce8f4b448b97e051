//! Some names say so much that a second type of the same name would mislead.

use std::collections::BTreeMap;

use super::source::{Source, assert_none, sources};

/// Names that at most one type has.
const UNIQUE: [&str; 8] = ["Caller", "Kept", "Page", "Problem", "Profile", "Refusal", "Walk", "Window"];

/// The types that a file defines, with their lines. Associated types are none: they are named for their trait.
fn definitions(source: &Source) -> Vec<(&str, usize)> {
    let pairs = source.tokens.windows(2).filter_map(|two| match two {
        [keyword, name] if ["struct", "enum", "trait"].contains(&keyword.text.as_str()) => {
            Some((name.text.as_str(), name.line))
        }
        _ => None,
    });
    pairs.collect()
}

fn complaints(sources: &[Source]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for source in sources {
        for (name, line) in definitions(source).into_iter().filter(|(name, _)| UNIQUE.contains(name)) {
            places.entry(name).or_default().push(format!("{}:{line}", source.file));
        }
    }
    let repeated = places.into_iter().filter(|(_, places)| places.len() > 1);
    repeated.map(|(name, places)| format!("{name} is defined at {}", places.join(" and "))).collect()
}

#[test]
fn names_that_say_much_are_given_once() {
    assert_none(complaints(&sources()));
}

#[test]
fn a_second_definition_is_found() {
    let parse = |texts: &[(&str, &str)]| {
        texts.iter().map(|(file, text)| Source::parse(file, text)).collect::<Vec<_>>()
    };
    let one = ("src/a.rs", "pub struct Page<T> { items: Vec<T> } struct Pages;");
    assert!(complaints(&parse(&[one, ("src/b.rs", "use crate::a::Page; // struct Page")])).is_empty());
    assert_eq!(
        complaints(&parse(&[one, ("src/b.rs", "enum Page { A }")])),
        ["Page is defined at src/a.rs:1 and src/b.rs:1"]
    );
}
