//! The paths that a file names, with `use a::{b, c::d}` written out.

use super::tokens::Token;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    pub segments: Vec<String>,
    pub line: usize,
}

/// Every path of two segments and more, and single names where they must be a crate: behind `use` or
/// `extern crate`, and as the head of an attribute.
pub fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let before = |back: usize| at.checked_sub(back).map_or("", |index| tokens[index].text.as_str());
        // `a.b` is a field or method; the `b` of `<A as T>::b` belongs to a type.
        let is_root = before(1) != "." && (before(1) != "::" || !is_path_end(before(2)));
        if !tokens[at].is_name() || !is_root {
            at += 1;
            continue;
        }
        let in_attribute = before(1) == "[" && ["#", "!"].contains(&before(2));
        let alone = in_attribute || ["use", "crate"].contains(&before(1));
        let first = found.len();
        at = tree(tokens, at, &[], &mut found);
        if !alone && found[first..].iter().all(|path| path.segments.len() == 1) {
            found.truncate(first);
        }
    }
    found
}

fn is_path_end(text: &str) -> bool {
    text == ">" || text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// Reads one path or use tree from `at`, adds what it names to `found`, and tells where it ends.
fn tree(tokens: &[Token], mut at: usize, prefix: &[String], found: &mut Vec<Path>) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let line = tokens[at].line;
    let mut segments = prefix.to_vec();
    loop {
        if text(at) == "{" {
            at += 1;
            while at < tokens.len() && text(at) != "}" {
                at = if tokens[at].is_name() { tree(tokens, at, &segments, found) } else { at + 1 };
                if text(at) == "as" {
                    at += 2;
                }
            }
            return at + 1;
        }
        if tokens.get(at).is_some_and(Token::is_name) {
            segments.push(text(at).to_owned());
            at += 1;
        }
        let goes_on =
            text(at) == "::" && (text(at + 1) == "{" || tokens.get(at + 1).is_some_and(Token::is_name));
        if !goes_on {
            found.push(Path { segments, line });
            return at;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn named(source: &str) -> Vec<String> {
        paths(&tokens(source)).into_iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn use_trees_are_written_out() {
        assert_eq!(
            named("use crate::{a::{self, B as C}, d::*, e};\nuse f::g;"),
            ["crate::a::self", "crate::a::B", "crate::d", "crate::e", "f::g"]
        );
        assert_eq!(named("use std::{fs, io::Read}; use tokio;"), ["std::fs", "std::io::Read", "tokio"]);
    }

    #[test]
    fn paths_in_code_are_found() {
        assert_eq!(named("let a = b::c(d::e::<F>::new(), g.h::<i::J>());"), ["b::c", "d::e", "i::J"]);
        assert_eq!(named("fn a(b: ::c::D) -> <E as f::G>::H {}"), ["c::D", "f::G"]);
        assert_eq!(named("#[sea_orm(x)] struct A; #[tokio::test] fn b() {}"), ["sea_orm", "tokio::test"]);
    }

    #[test]
    fn variables_are_no_paths() {
        assert_eq!(named("let argon2 = x; self.argon2.hash()"), Vec::<String>::new());
    }
}
