use super::*;

fn words(source: &str) -> String {
    let texts: Vec<String> = without_tests(tokens(source)).into_iter().map(|token| token.text).collect();
    texts.join(" ")
}

#[test]
fn comments_and_literals_leave_nothing() {
    assert_eq!(words("a // b\n/* c /* d */ e */ f"), "a f");
    assert_eq!(
        words(r###"a("b\"c", r#"d"e"#, b"f", 'g', '\'', '\u{1F}', b'h', 'é')"###),
        "a ( , , , , , , , )"
    );
    assert_eq!(words("fn a<'b>(c: &'b str, r: bar)"), "fn a < ' b > ( c : & ' b str , r : bar )");
    assert_eq!(words("r#type::b"), "r # type :: b");
}

#[test]
fn lines_are_counted() {
    let lines: Vec<usize> = tokens("a\n\n/*\n*/ b\n\"\n\" c").into_iter().map(|token| token.line).collect();
    assert_eq!(lines, [1, 4, 6]);
}

#[test]
fn test_items_are_taken_out_and_only_they() {
    assert_eq!(words("a; #[cfg(test)] mod tests; b"), "a ; b");
    assert_eq!(words("#[cfg(test)]\n#[path = \"x\"]\nmod tests { fn x() { y } } b"), "b");
    assert_eq!(words("#[cfg(test)] const A: [u8; 2] = [1; 2]; b"), "b");
    assert_eq!(words("#[cfg(test)] fn a<B, C>(d: E) -> F { g } h"), "h");
    assert_eq!(words("#[cfg(test)] use a::{b, c}; d"), "d");
    assert_eq!(words("#[cfg(feature = \"x\")] mod a;"), "# [ cfg ( feature = ) ] mod a ;");
}
