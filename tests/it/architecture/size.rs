//! Files stay small, and nothing panics on purpose outside tests and start-up.

use super::source::{Source, assert_none, sources};
use super::tokens::without_items;

const MAX_LINES: usize = 400;

/// Start-up may end with a message.
const MAY_EXPECT: &[&str] = &["main.rs", "boot.rs", "boot/"];

const MACROS: &[&str] = &["panic", "todo", "unimplemented"];

fn too_long(source: &Source) -> Option<String> {
    (source.lines > MAX_LINES).then(|| format!("{}: {} lines without its tests", source.file, source.lines))
}

/// `#[allow(clippy::expect_used, reason = "…")]` and its like: an item that gives its reason is excused.
fn is_excused(texts: &[&str]) -> bool {
    let ["#", "[", "allow" | "expect", "(", "clippy", "::", lint, ",", "reason", ..] = texts else {
        return false;
    };
    ["panic", "expect_used", "unwrap_used"].contains(lint)
}

fn panics(source: &Source) -> Vec<String> {
    let inside = source.file.strip_prefix("src/").unwrap_or_default();
    let may_expect = MAY_EXPECT.iter().any(|place| inside.starts_with(place));
    let mut complaints = Vec::new();
    for four in without_items(source.tokens.clone(), is_excused).windows(4) {
        let [before, name, behind, next] = four else { continue };
        let texts = [&before.text, &name.text, &behind.text, &next.text].map(String::as_str);
        let found = match texts {
            // With an argument it unwraps a key.
            [".", "unwrap", "(", ")"] => true,
            [".", "expect", "(", _] => !may_expect,
            // `std::panic::…` is a path; `self.panic` a field.
            [_, name, "!", _] => MACROS.contains(&name),
            _ => false,
        };
        if found {
            complaints.push(format!("{}:{}: {}", source.file, name.line, name.text));
        }
    }
    complaints
}

#[test]
fn files_are_small() {
    assert_none(sources().iter().filter_map(too_long).collect());
}

#[test]
fn nothing_panics_on_purpose() {
    assert_none(sources().iter().flat_map(panics).collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found_and_tests_do_not_count() {
        let long = "fn a() {}\n".repeat(MAX_LINES);
        assert_eq!(too_long(&Source::parse("src/a.rs", &format!("{long}fn b() {{}}\n"))).iter().count(), 1);
        let tested = format!("{long}#[cfg(test)]\nmod tests {{\n fn b() {{}}\n}}\n");
        assert_eq!(too_long(&Source::parse("src/a.rs", &tested)), None);
    }

    fn count(file: &str, text: &str) -> usize {
        panics(&Source::parse(file, text)).len()
    }

    #[test]
    fn panics_are_found() {
        assert_eq!(
            count("src/http/a.rs", "fn a() { b.unwrap(); c\n.expect(\"d\"); panic!(\"e\"); todo!() }"),
            4
        );
        assert_eq!(count("src/boot.rs", "a.unwrap(); b.expect(c);"), 1);
        assert_eq!(count("migration/src/lib.rs", "a.unwrap();"), 1);
    }

    #[test]
    fn only_a_reason_excuses() {
        let excused = "#[allow(clippy::panic, reason = \"a\")] fn b() { panic!() } fn c() { panic!() }";
        assert_eq!(count("src/a.rs", excused), 1);
        assert_eq!(count("src/a.rs", "#[allow(clippy::panic)] fn b() { panic!() }"), 1);
    }

    #[test]
    fn what_only_looks_like_one_is_fine() {
        let text = "a.unwrap_or(b); std::panic::catch_unwind(c); #[expect(d)] fn e() {} // f.unwrap()";
        assert_eq!(count("src/http/a.rs", text), 0);
        assert_eq!(count("src/a.rs", "#[cfg(test)] mod tests { fn a() { b.unwrap() } }"), 0);
    }
}
