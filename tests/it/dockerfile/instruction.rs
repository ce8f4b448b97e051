//! A Dockerfile as a list of instructions; as much of its grammar as ours uses.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// In capitals.
    pub name: String,
    /// One line, single spaces, continuations joined.
    pub arguments: String,
}

/// Comments inside a continued instruction are dropped, as Docker does.
pub fn parse(text: &str) -> Vec<Instruction> {
    let mut instructions = Vec::new();
    let mut pending = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_suffix('\\') {
            Some(part) => pending.extend([part.trim_end(), " "]),
            None => {
                pending.push_str(line);
                instructions.push(one(&pending));
                pending.clear();
            }
        }
    }
    assert!(pending.is_empty(), "the last instruction does not end");
    instructions
}

fn one(line: &str) -> Instruction {
    let (name, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    Instruction { name: name.to_uppercase(), arguments: arguments.join(" ") }
}

impl Instruction {
    /// The value of `--name=value` before the arguments proper.
    pub fn flag(&self, name: &str) -> Option<String> {
        let mut flags = self.arguments.split(' ').take_while(|word| word.starts_with("--"));
        flags
            .find_map(|flag| flag.strip_prefix("--")?.strip_prefix(name)?.strip_prefix('='))
            .map(str::to_owned)
    }

    /// Of COPY: the sources and the target.
    pub fn copy_paths(&self) -> (Vec<String>, String) {
        let words = self.arguments.split(' ').filter(|word| !word.starts_with("--"));
        let mut paths: Vec<String> = words.map(str::to_owned).collect();
        let target = paths.pop().expect("a target");
        (paths, target)
    }

    /// The words of a JSON list, after flags and, for HEALTHCHECK, the word CMD; `None` for shell form.
    pub fn exec_form(&self) -> Option<Vec<String>> {
        let words = self.arguments.split(' ').skip_while(|word| word.starts_with("--"));
        let list = words.collect::<Vec<_>>().join(" ");
        let list = if self.name == "HEALTHCHECK" { list.strip_prefix("CMD ")? } else { &list };
        serde_json::from_str(list).ok()
    }

    /// Of ENV: its pairs. Of any other: nothing.
    pub fn environment(&self) -> Vec<(String, String)> {
        let words = self.arguments.split(' ').filter(|_| self.name == "ENV");
        words
            .map(|word| word.split_once('=').expect("KEY=VALUE"))
            .map(|(k, v)| (k.into(), v.into()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_comments_dropped() {
        let parsed = parse("# syntax=x\nFROM a AS b\n\nrun one \\\n  # why\n  && two\nENV A=1 \\\n    B=2\n");
        let names: Vec<&str> = parsed.iter().map(|instruction| instruction.name.as_str()).collect();
        assert_eq!(names, ["FROM", "RUN", "ENV"]);
        assert_eq!(parsed[1].arguments, "one && two");
        assert_eq!(parsed[2].environment(), [("A".into(), "1".into()), ("B".into(), "2".into())]);
    }

    #[test]
    fn copy_is_taken_apart() {
        let copy = &parse("COPY --from=builder --chown=1:1 a b /to/")[0];
        assert_eq!(copy.flag("from").as_deref(), Some("builder"));
        assert_eq!(copy.flag("chown").as_deref(), Some("1:1"));
        assert_eq!(copy.flag("chmod"), None);
        assert_eq!(copy.copy_paths(), (vec!["a".into(), "b".into()], "/to/".into()));
    }

    #[test]
    fn only_a_list_is_exec_form() {
        assert_eq!(parse("CMD [\"serve\"]")[0].exec_form(), Some(vec!["serve".into()]));
        assert_eq!(parse("CMD serve")[0].exec_form(), None);
        let check = &parse("HEALTHCHECK --interval=1s \\\n CMD [\"/k\", \"health\"]")[0];
        assert_eq!(check.exec_form(), Some(vec!["/k".into(), "health".into()]));
        assert_eq!(parse("HEALTHCHECK CMD /k health")[0].exec_form(), None);
    }
}
