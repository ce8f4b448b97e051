//! As much of Markdown as our documents use.

use std::fs;

use crate::support::repository;

/// A document of the repository.
///
/// # Panics
/// When it is not there.
pub fn read(file: &str) -> String {
    fs::read_to_string(repository().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    pub language: String,
    pub text: String,
}

/// The fenced blocks under a heading, until the next heading of its level or above.
///
/// # Panics
/// When there is no such heading.
pub fn blocks(document: &str, heading: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for line in section(document, heading).lines() {
        match (open.take(), line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Block { language: language.to_owned(), text: String::new() });
            }
            (Some(block), Some(_)) => found.push(block),
            (Some(mut block), None) => {
                block.text.extend([line, "\n"]);
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    found
}

/// The cells of the first table under a heading, without its head.
///
/// # Panics
/// When there is no such heading or no table.
pub fn table(document: &str, heading: &str) -> Vec<Vec<String>> {
    let section = section(document, heading);
    let lines = section.lines().skip_while(|line| !line.starts_with('|'));
    let rows: Vec<Vec<String>> = lines.take_while(|line| line.starts_with('|')).skip(2).map(cells).collect();
    assert!(!rows.is_empty(), "no table under {heading}");
    rows
}

/// The cells of every table of a document, without the heads.
pub fn rows(document: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = document.lines().collect();
    let is_row = |line: &str| line.starts_with('|');
    let is_rule = |line: &str| is_row(line) && line.chars().all(|sign| "|-: ".contains(sign));
    let is_head = |place: usize| lines.get(place + 1).is_some_and(|next| is_rule(next));
    let places = 0..lines.len();
    places
        .filter(|place| is_row(lines[*place]) && !is_rule(lines[*place]) && !is_head(*place))
        .map(|place| cells(lines[place]))
        .collect()
}

fn cells(row: &str) -> Vec<String> {
    let inside = row.trim().trim_start_matches('|').trim_end_matches('|');
    inside.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// The texts in backticks, without those of fenced blocks.
pub fn code_spans(document: &str) -> Vec<&str> {
    let prose = document.split("```").step_by(2);
    prose.flat_map(|text| text.split('`').skip(1).step_by(2)).collect()
}

/// The targets of links.
pub fn links(document: &str) -> Vec<&str> {
    let after = document.split("](").skip(1);
    after.filter_map(|rest| rest.split(')').next()).collect()
}

fn section(document: &str, heading: &str) -> String {
    let level = heading.chars().take_while(|sign| *sign == '#').count();
    let (_, rest) =
        document.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no heading {heading:?}"));
    let mut fenced = false;
    let ends = |line: &&str| {
        fenced ^= line.starts_with("```");
        let signs = line.chars().take_while(|sign| *sign == '#').count();
        fenced || signs == 0 || signs > level
    };
    rest.lines().take_while(ends).collect::<Vec<_>>().join("\n")
}

#[test]
fn sections_end_at_the_next_heading_and_not_at_a_comment() {
    let document = "# a\n## b\n```sh\n# c\nd\n```\n### e\n```text\nf\n```\n## g\n```sh\nh\n```\n";
    let block = |language: &str, text: &str| Block { language: language.to_owned(), text: text.to_owned() };
    assert_eq!(blocks(document, "## b"), [block("sh", "# c\nd\n"), block("text", "f\n")]);
}

#[test]
fn tables_code_and_links_are_read() {
    let document = "\n# a\n\n| x | y |\n|---|---|\n| `1` | 2 |\n\n[b](c.md) ```\n`no`\n``` `d`\n";
    assert_eq!(table(document, "# a"), [["`1`", "2"]]);
    assert_eq!(rows(document), [["`1`", "2"]]);
    assert_eq!(links(document), ["c.md"]);
    assert_eq!(code_spans(document), ["1", "d"]);
}
