//! Inside a unit of work nothing but its transaction reaches the database: the pool could be empty, and on SQLite the
//! one connection that writes is the transaction's own.

use super::source::{Source, assert_none, sources};
use super::tokens::Token;

/// What begins a unit of work.
const BEGIN: &[&str] = &["transact", "transact_on"];
/// What is of the store and not of the transaction.
const OUTSIDE: &[&str] =
    &["read", "write", "journal", "watch", "bounded", "retrying", "retrying_if", "transact", "transact_on"];

/// The tokens of the closure in the call that begins at `at`, if it is written there.
fn work(tokens: &[Token], at: usize) -> &[Token] {
    let mut depth = 0_usize;
    let (mut begin, mut end) = (None, at);
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            // What stands before the closure says on which connection it runs.
            "|" if begin.is_none() => begin = Some(index),
            _ => {}
        }
        end = index;
        if depth == 0 {
            break;
        }
    }
    begin.map_or(&[], |begin| &tokens[begin..end])
}

fn is_call(tokens: &[Token], at: usize) -> bool {
    let is = |index: usize, text: &str| tokens.get(index).is_some_and(|token| token.text == text);
    at > 0 && is(at - 1, ".") && BEGIN.contains(&tokens[at].text.as_str()) && is(at + 1, "(")
}

fn complaints(source: &Source) -> Vec<String> {
    let tokens = &source.tokens;
    let works = (0..tokens.len()).filter(|at| is_call(tokens, *at)).map(|at| work(tokens, at + 1));
    let is_outside = |three: &&[Token]| {
        let [owner, dot, name] = three else { return false };
        owner.text == "self" && dot.text == "." && OUTSIDE.contains(&name.text.as_str())
    };
    let outside = works.flat_map(|work| work.windows(3).filter(is_outside));
    outside
        .map(|three| format!("{}:{}: self.{} in a unit of work", source.file, three[0].line, three[2].text))
        .collect()
}

#[test]
fn a_unit_of_work_uses_its_transaction_only() {
    let sources = sources();
    let units = |source: &Source| (0..source.tokens.len()).filter(|at| is_call(&source.tokens, *at)).count();
    assert!(sources.iter().map(units).sum::<usize>() > 50, "units of work are found");
    assert_none(sources.iter().flat_map(complaints).collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        complaints(&Source::parse("src/store/a.rs", text))
    }

    #[test]
    fn another_connection_in_a_unit_of_work_is_found() {
        let text = "fn a() { self.transact(|tx| async move {\n find().one(&self.read).await }).await }";
        assert_eq!(check(text), ["src/store/a.rs:2: self.read in a unit of work"]);
        let text = "fn a() { self.transact_on(&self.journal, f, |tx| async move { self.bounded(b()) }) }";
        assert_eq!(check(text), ["src/store/a.rs:1: self.bounded in a unit of work"]);
        assert_eq!(check("fn a() { self.transact(|tx| async { self.transact(|tx| b()) }) }").len(), 1);
    }

    #[test]
    fn other_uses_are_fine() {
        let text = "fn a() { self.transact(|tx| async move { b(&tx, self.id).await }).await?; \
            c(&self.read); self.bounded(d()) } fn transact(&self) {}";
        assert!(check(text).is_empty());
        assert!(check("fn a() { self.transact_on(&self.write, f, |tx| b(&tx)) }").is_empty());
    }
}
