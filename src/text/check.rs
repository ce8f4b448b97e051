//! Placeholders for which a text gets no value.

use std::path::Path;

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Message, Pattern, PatternElement,
};

use super::embedded;
use super::error::{Mistake, TextError};
use super::file::File;
use super::folder;

/// The placeholders in the texts of a folder for which there is no value. `known` names those of a message. Other messages
/// may mention what the built-in ones mention.
///
/// # Errors
/// [`TextError`] for files that cannot be read, or are no texts.
pub fn unknown_variables<'a>(
    folder: &Path,
    known: impl Fn(&str) -> Option<Vec<&'a str>>,
) -> Result<Vec<Mistake>, TextError> {
    let built_in = embedded::files()?;
    let mut mistakes = Vec::new();
    for file in folder::files(folder)? {
        for message in messages(&file) {
            let id = message.id.name;
            let names = known(id).unwrap_or_else(|| built_in_variables(&built_in, id));
            for variable in variables(message).into_iter().filter(|name| !names.contains(name)) {
                let reason = format!("{id} has no value for ${variable}");
                mistakes.push(Mistake { file: file.path.clone(), line: file.line_of(variable), reason });
            }
        }
    }
    Ok(mistakes)
}

fn messages(file: &File) -> impl Iterator<Item = &Message<&str>> {
    file.resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message),
        _ => None,
    })
}

fn built_in_variables<'a>(files: &'a [File], id: &str) -> Vec<&'a str> {
    let same = files.iter().flat_map(messages).filter(|message| message.id.name == id);
    same.flat_map(variables).collect()
}

/// The names of the variables of a message and its attributes, as parts of the file.
fn variables<'a>(message: &Message<&'a str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    let attributes = message.attributes.iter().map(|attribute| &attribute.value);
    for pattern in message.value.iter().chain(attributes) {
        in_pattern(pattern, &mut found);
    }
    found
}

fn in_pattern<'a>(pattern: &Pattern<&'a str>, found: &mut Vec<&'a str>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            in_expression(expression, found);
        }
    }
}

fn in_expression<'a>(expression: &Expression<&'a str>, found: &mut Vec<&'a str>) {
    match expression {
        Expression::Inline(inline) => in_inline(inline, found),
        Expression::Select { selector, variants } => {
            in_inline(selector, found);
            for variant in variants {
                in_pattern(&variant.value, found);
            }
        }
    }
}

fn in_inline<'a>(inline: &InlineExpression<&'a str>, found: &mut Vec<&'a str>) {
    match inline {
        InlineExpression::VariableReference { id } => found.push(id.name),
        InlineExpression::FunctionReference { arguments, .. } => in_arguments(arguments, found),
        InlineExpression::Placeable { expression } => in_expression(expression, found),
        // The variables of a term are those of its own call.
        _ => {}
    }
}

fn in_arguments<'a>(arguments: &CallArguments<&'a str>, found: &mut Vec<&'a str>) {
    for argument in &arguments.positional {
        in_inline(argument, found);
    }
    for argument in &arguments.named {
        in_inline(&argument.value, found);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("de.ftl"), text).unwrap();
        let known = |id: &str| (id == "mail-of-a-kind").then(|| vec!["product", "left"]);
        let found = unknown_variables(folder.path(), known).unwrap();
        found.into_iter().map(|mistake| format!("{}: {}", mistake.line, mistake.reason)).collect()
    }

    #[test]
    fn what_a_message_knows_may_be_mentioned() {
        assert_eq!(
            mistakes("mail-of-a-kind = { $product } { $left ->\n    [one] { $left }\n   *[other] x\n }\n"),
            [""; 0]
        );
        assert_eq!(mistakes("mail-greeting = Moin { $name }\n"), [""; 0]);
    }

    #[test]
    fn other_placeholders_are_told_with_their_line() {
        let text = "mail-of-a-kind =\n    { $product }\n    { $prodcut }\n    .more = { NUMBER($lift) }\n";
        let told =
            ["3: mail-of-a-kind has no value for $prodcut", "4: mail-of-a-kind has no value for $lift"];
        assert_eq!(mistakes(text), told);
        assert_eq!(
            mistakes("\nmail-greeting = { $it ->\n   *[other] x\n }\n"),
            ["2: mail-greeting has no value for $it"]
        );
    }
}
