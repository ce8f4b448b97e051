//! Rust source as words and signs, without comments, literals and test code: enough to see paths.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// An identifier, a number, `::`, or one sign.
    pub text: String,
    /// From 1.
    pub line: usize,
}

impl Token {
    pub fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// All tokens of a file. A literal leaves none.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let literal = skipped(rest);
        let (text, behind) = rest.split_at(literal.unwrap_or_else(|| word_length(rest)));
        if literal.is_none() && !first.is_whitespace() {
            tokens.push(Token { text: text.to_owned(), line });
        }
        line += text.matches('\n').count();
        rest = behind;
    }
    tokens
}

fn word_length(rest: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    match word {
        0 if rest.starts_with("::") => 2,
        0 => rest.chars().next().map_or(0, char::len_utf8),
        length => length,
    }
}

/// The length of the comment or literal that `rest` begins with.
fn skipped(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    let prefix = rest.find(|c: char| !"bcr".contains(c)).filter(|length| *length <= 2)?;
    let (raw, body) = (rest[..prefix].contains('r'), &rest[prefix..]);
    let hashes = if raw { body.find(|c| c != '#')? } else { 0 };
    if let Some(byte) = body.strip_prefix('\'').filter(|_| &rest[..prefix] == "b") {
        return character(body).map(|length| prefix + length).filter(|_| !byte.is_empty());
    }
    let text = body[hashes..].strip_prefix('"')?;
    let opening = prefix + hashes + 1;
    let closing = format!("\"{}", "#".repeat(hashes));
    let length = if raw { text.find(&closing).map(|at| at + closing.len()) } else { string(text) };
    Some(opening + length.unwrap_or(text.len()))
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest.as_bytes()[at..(at + 2).min(rest.len())] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" if depth == 1 => return at + 2,
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length behind the opening quote, with the closing one.
fn string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// A character literal; `None` for a lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut inner = rest.char_indices().skip(1);
    match inner.next()?.1 {
        '\\' => rest.get(3..)?.find('\'').map(|at| 3 + at + 1),
        _ => inner.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1),
    }
}

/// The tokens without the items under `#[cfg(test)]`.
pub fn without_tests(all: Vec<Token>) -> Vec<Token> {
    without_items(all, |texts| {
        texts.starts_with(&["#", "[", "cfg", "(", "test", ")", "]"])
            || texts.starts_with(&["#", "[", "cfg", "(", "all", "(", "test", ","])
    })
}

/// The tokens without the items that have an attribute which `begins` knows by its first tokens.
pub fn without_items(all: Vec<Token>, begins: impl Fn(&[&str]) -> bool) -> Vec<Token> {
    let texts: Vec<&str> = all.iter().map(|token| token.text.as_str()).collect();
    let mut keep = vec![true; all.len()];
    let mut at = 0;
    while at < all.len() {
        let end = if begins(&texts[at..]) { item_end(&texts, at) } else { at };
        keep[at..end].fill(false);
        at = end.max(at + 1);
    }
    all.into_iter().zip(keep).filter_map(|(token, keep)| keep.then_some(token)).collect()
}

/// Behind the `;` or the closing brace of the item whose attributes begin at `at`.
fn item_end(texts: &[&str], at: usize) -> usize {
    let mut depth = 0;
    for (index, text) in texts.iter().enumerate().skip(at) {
        match *text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        let closed = *text == "}" && !matches!(texts.get(index + 1), Some(&"else" | &";"));
        if depth < 0 || (depth == 0 && (closed || *text == ";")) {
            return index + usize::from(depth == 0);
        }
    }
    texts.len()
}

mod tests;
