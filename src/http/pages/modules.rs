//! The modules that a page needs at once. The page names all of them, so that a browser fetches them together, and not one
//! level of imports after another.

/// The paths of these modules and of all that they import, each once. `source` reads a module by its path.
pub(super) fn needed(entries: &[&str], source: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open: Vec<String> = entries.iter().rev().map(|entry| (*entry).to_owned()).collect();
    while let Some(path) = open.pop() {
        if found.contains(&path) {
            continue;
        }
        let Some(content) = source(&path) else { continue };
        open.extend(imports(&content).map(|import| resolved(&path, import)));
        found.push(path);
    }
    found
}

/// What a module imports in any case; `import(…)` is for later.
fn imports(source: &str) -> impl Iterator<Item = &str> {
    let import = |line: &'_ str| -> Option<usize> {
        let is_import = ["import ", "export ", "} from "].iter().any(|start| line.starts_with(start));
        let marks = ["import \"", " from \""];
        let end = marks.iter().find_map(|mark| line.find(mark).map(|at| at + mark.len()))?;
        (is_import && line.ends_with("\";")).then_some(end)
    };
    source.lines().filter_map(move |line| import(line).map(|start| &line[start..line.len() - 2]))
}

/// The path of what a module imports by a relative address.
fn resolved(from: &str, import: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str) -> Option<String> {
        let text = match path {
            "app/main.js" => {
                "import { a } from \"./a.js\";\nimport {\n  b,\n} from \"../vendor/b/b.js\";\nimport(\"./later.js\");\n"
            }
            "app/a.js" => "export { c } from \"./ui/c.js\";\nconst from = \" from \\\"./no.js\\\";\";\n",
            "app/ui/c.js" => "import \"../a.js\";\nimport { a } from \"../a.js\";\n",
            "vendor/b/b.js" => "/* b */\n",
            _ => return None,
        };
        Some(text.to_owned())
    }

    #[test]
    fn all_imports_are_found_once() {
        let mut found = needed(&["app/main.js", "app/none.js"], source);
        assert_eq!(found[0], "app/main.js");
        found.sort_unstable();
        assert_eq!(found, ["app/a.js", "app/main.js", "app/ui/c.js", "vendor/b/b.js"]);
    }
}
