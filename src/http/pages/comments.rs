//! Modules and styles without their comments, which are a sixth of what a browser would fetch.

/// The source with empty lines in the place of those that hold nothing but a comment, so that the lines keep their numbers.
/// Comments beside code stay.
pub(super) fn without_comments(source: &str) -> String {
    let mut rest = String::with_capacity(source.len());
    let mut is_inside = false;
    for line in source.lines() {
        let text = line.trim();
        let begins = !is_inside && text.starts_with("/*");
        let end = text.find("*/");
        let is_comment = match end {
            // Code behind the end of a comment is kept, with the comment if it began in the same line.
            Some(end) => (begins || is_inside) && end + 2 == text.len(),
            None => begins || is_inside || text.starts_with("//"),
        };
        if is_inside && end.is_some() && !is_comment {
            rest.push_str(text.split_once("*/").map_or("", |(_, code)| code));
        } else if !is_comment {
            rest.push_str(line);
        }
        is_inside = (begins || is_inside) && end.is_none();
        rest.push('\n');
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_comments_become_empty() {
        let source = "/** One. */\nconst a = 1; // beside\n  /*\n   * Two.\n   */\n// three\nconst b = 2;\n";
        assert_eq!(without_comments(source), "\nconst a = 1; // beside\n\n\n\n\nconst b = 2;\n");
    }

    #[test]
    fn code_beside_a_comment_stays() {
        for code in [
            "/** @type {A} */ (a).run();\n",
            "const a = /** @type {A} */ (b);\n",
            "const a = \"/* no */\";\n",
        ] {
            assert_eq!(without_comments(code), code);
        }
        assert_eq!(without_comments("/*\n one */ run();\n"), "\n run();\n");
    }

    /// A line of a text that spans several lines would be taken for a comment.
    #[test]
    fn no_module_has_a_text_of_several_lines() {
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web/app")];
        let mut modules = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                    continue;
                }
                modules += 1;
                let rest = without_comments(&std::fs::read_to_string(entry.path()).unwrap());
                let open = rest.lines().find(|line| line.matches('`').count() % 2 == 1);
                assert_eq!(open, None, "{:?}", entry.path());
            }
        }
        assert!(modules > 40, "{modules}");
    }
}
