//! `.dockerignore`: the last pattern that matches decides.

pub struct Ignore {
    /// Each pattern by its parts, and whether it takes files out.
    patterns: Vec<(Vec<String>, bool)>,
}

impl Ignore {
    pub fn parse(text: &str) -> Ignore {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let patterns = lines.map(|line| {
            let (pattern, excludes) = line.strip_prefix('!').map_or((line, true), |rest| (rest, false));
            (parts(pattern), excludes)
        });
        Ignore { patterns: patterns.collect() }
    }

    /// Whether the path, or a folder above it, stays out of the build.
    pub fn excludes(&self, path: &str) -> bool {
        let path = parts(path);
        let matching = self
            .patterns
            .iter()
            .rev()
            .find(|(pattern, _)| (1..=path.len()).any(|length| matches(pattern, &path[..length])));
        matching.is_some_and(|(_, excludes)| *excludes)
    }
}

fn parts(path: &str) -> Vec<String> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
}

fn matches(pattern: &[String], path: &[String]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "**" => {
            matches(rest, path) || path.split_first().is_some_and(|(_, below)| matches(pattern, below))
        }
        (Some((first, rest)), Some((name, below))) => wildcard(first, name) && matches(rest, below),
        _ => false,
    }
}

/// `*` stands for any characters of one name.
fn wildcard(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| wildcard(tail, &rest[at..]))
        }),
    }
}

#[test]
fn the_last_match_decides() {
    let ignore = Ignore::parse("# all\n*\n!src\n!Cargo.toml\nsrc/secret\n**/*.tmp\n");
    for (path, excluded) in [
        ("src", false),
        ("src/main.rs", false),
        ("Cargo.toml", false),
        ("target/debug", true),
        ("src/secret/key", true),
        ("src/a/b.tmp", true),
        ("src/a/tmp", false),
    ] {
        assert_eq!(ignore.excludes(path), excluded, "{path}");
    }
}
