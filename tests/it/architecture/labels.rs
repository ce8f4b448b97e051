//! The values of labels are words of enums: a text of a client, of the database or of another service would make a time
//! series of its own, and a word that is written where it is counted does not exist from the start.

use super::source::{Source, assert_none, sources};
use super::tokens::Token;

/// The files that may do otherwise, with the reason.
const EXEMPT: &[(&str, &str)] = &[
    ("src/telemetry/metrics.rs", "declares the metrics, and has the version and the names of the jobs"),
    ("src/telemetry/metrics/enrollment.rs", "runs through the enums"),
    ("src/telemetry/metrics/from_zero.rs", "runs through the enums"),
    ("src/http/middleware/observation.rs", "templates of routes, known methods, and status codes"),
];
/// Names of jobs are declared with the jobs, as constants.
const CONSTANTS: &[&str] = &["job", "JOB"];
const CALL: &str = "with_label_values";

/// The values in the call at `at`: the tokens of each. A literal has none.
fn values(tokens: &[Token], at: usize) -> Option<Vec<&[Token]>> {
    let is = |index: usize, text: &str| tokens.get(index).is_some_and(|token| token.text == text);
    // `with_label_values::<&str>(&[])` has no values.
    if !is(at + 1, "(") {
        return Some(Vec::new());
    }
    if !(is(at + 2, "&") && is(at + 3, "[")) {
        return None;
    }
    let begin = at + 4;
    let (mut depth, mut values, mut from) = (0_usize, Vec::new(), begin);
    for (index, token) in tokens.iter().enumerate().skip(begin) {
        match token.text.as_str() {
            "]" if depth == 0 => {
                values.push(&tokens[from..index]);
                return Some(values);
            }
            "," if depth == 0 => {
                values.push(&tokens[from..index]);
                from = index + 1;
            }
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    None
}

fn is_word(value: &[Token]) -> bool {
    let texts: Vec<&str> = value.iter().map(|token| token.text.as_str()).collect();
    texts.ends_with(&["as_str", "(", ")"]) || matches!(texts[..], [name] if CONSTANTS.contains(&name))
}

fn complaints(source: &Source) -> Vec<String> {
    let tokens = &source.tokens;
    let calls = (0..tokens.len()).filter(|at| tokens[*at].text == CALL);
    let wrong = calls.filter(|at| !values(tokens, *at).is_some_and(|values| values.into_iter().all(is_word)));
    wrong
        .map(|at| format!("{}:{}: the value of a label is no word of an enum", source.file, tokens[at].line))
        .collect()
}

#[test]
fn the_values_of_labels_are_words_of_enums() {
    let mut sources = sources();
    sources.retain(|source| !EXEMPT.iter().any(|(file, _)| *file == source.file));
    let count = |source: &Source| source.tokens.iter().filter(|token| token.text == CALL).count();
    assert!(sources.iter().map(count).sum::<usize>() > 20, "calls are found");
    assert_none(sources.iter().flat_map(complaints).collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_fine(call: &str) -> bool {
        complaints(&Source::parse("src/a.rs", &format!("fn a() {{ metrics.x.{call}.inc(); }}"))).is_empty()
    }

    #[test]
    fn other_values_are_found() {
        for call in [
            "with_label_values(&[\"ok\"])",
            "with_label_values(&[outcome.as_str(), \"ok\"])",
            "with_label_values(&[host])",
            "with_label_values(&[&format!(\"{a}\")])",
            "with_label_values(&labels)",
        ] {
            assert!(!is_fine(call), "{call}");
        }
    }

    #[test]
    fn words_are_fine() {
        for call in [
            "with_label_values(&[outcome.as_str()])",
            "with_label_values(&[of(a, b).as_str(), outcome.as_str()])",
            "with_label_values(&[job])",
            "with_label_values::<&str>(&[])",
        ] {
            assert!(is_fine(call), "{call}");
        }
    }
}
