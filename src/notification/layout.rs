//! The forms of a mail: templates of the text and the HTML, built in or from a folder of the operator.
//!
//! A template is written by us or by the operator. What people write reaches it as values, which are escaped in HTML and
//! never read as a template.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter};

use super::message::Message;
use crate::text::Mistake;

const HTML: (&str, &str) = ("layout.html", include_str!("../../templates/mail/layout.html"));
const TEXT: (&str, &str) = ("layout.txt", include_str!("../../templates/mail/layout.txt"));

/// The templates. Those for mails of one kind go before those for all.
#[derive(Debug)]
pub struct Layouts {
    environment: Environment<'static>,
    /// The paths of the operator's files, by the names of their templates.
    files: BTreeMap<String, String>,
}

/// Why the templates of the operator cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// All mistakes that were found.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Mistakes(Vec<Mistake>),
    /// The folder or a file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The folder or the file.
        path: String,
        /// The error of the system.
        source: std::io::Error,
    },
}

impl Layouts {
    /// The templates that are built in, and those of a folder. `kinds` are the names that mails have.
    ///
    /// # Errors
    /// [`LayoutError`] with all files that are no templates, or are not for mails.
    pub fn load(folder: Option<&Path>, kinds: &[&str]) -> Result<Self, LayoutError> {
        let mut layouts = Self { environment: environment(), files: BTreeMap::new() };
        let mut mistakes = Vec::new();
        for (name, source) in [HTML, TEXT] {
            if let Err(error) = layouts.environment.add_template(name, source) {
                mistakes.push(mistake(&format!("templates/mail/{name}"), &error));
            }
        }
        for (name, path, source) in folder.map(files).transpose()?.unwrap_or_default() {
            if !is_for_mails(&name, kinds) {
                let reason =
                    "no mail has this name; names are layout.html, layout.txt, KIND.html and KIND.txt";
                mistakes.push(Mistake { file: path, line: 1, reason: reason.to_owned() });
            } else if let Err(error) = layouts.environment.add_template_owned(name.clone(), source) {
                mistakes.push(mistake(&path, &error));
            } else {
                layouts.files.insert(name, path);
            }
        }
        if mistakes.is_empty() { Ok(layouts) } else { Err(LayoutError::Mistakes(mistakes)) }
    }

    /// Whether an operator has templates.
    pub fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// The HTML of a mail of this kind.
    ///
    /// # Errors
    /// A template that mentions what no mail has.
    pub fn html(&self, kind: &str, message: &Message) -> Result<String, Mistake> {
        self.fill(kind, HTML.0, message)
    }

    /// The text of a mail of this kind.
    ///
    /// # Errors
    /// A template that mentions what no mail has.
    pub fn text(&self, kind: &str, message: &Message) -> Result<String, Mistake> {
        let text = self.fill(kind, TEXT.0, message)?;
        Ok(format!("{}\n", text.trim()))
    }

    fn fill(&self, kind: &str, layout: &str, message: &Message) -> Result<String, Mistake> {
        let own = layout.replace("layout", kind);
        let name = if self.files.contains_key(&own) { &own } else { layout };
        let file = self.files.get(name).map_or(name, String::as_str);
        let template = self.environment.get_template(name).map_err(|error| mistake(file, &error))?;
        template.render(Value::from(Serde(message))).map_err(|error| mistake(file, &error))
    }

    /// The placeholders of the operator's templates that no mail has, given all fields that mails have
    /// (`brand.light.accent`).
    pub fn unknown_placeholders(&self, known: &[String]) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (name, path) in &self.files {
            let Ok(template) = self.environment.get_template(name) else { continue };
            let mut unknown: Vec<_> = template.undeclared_variables(true).into_iter().collect();
            unknown.retain(|field| !is_known(field, known) && field != "range");
            unknown.sort_unstable();
            mistakes.extend(unknown.into_iter().map(|field| Mistake {
                file: path.clone(),
                line: line_of(template.source(), &field),
                reason: format!("no mail has `{field}`"),
            }));
        }
        mistakes
    }
}

/// A field, or what contains or describes one: `facts`, and its `length`.
fn is_known(field: &str, known: &[String]) -> bool {
    known.iter().any(|known| known == field || known.starts_with(&format!("{field}.")))
}

/// The line that mentions a field first, counted from 1.
fn line_of(source: &str, field: &str) -> usize {
    source.lines().position(|line| line.contains(field)).map_or(1, |position| position + 1)
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // The lines of blocks leave no lines behind. The default syntax cannot be refused.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_auto_escape_callback(|name| {
        let is_html = Path::new(name).extension().is_some_and(|extension| extension == "html");
        if is_html { AutoEscape::Html } else { AutoEscape::None }
    });
    environment.set_formatter(escaped);
    environment
}

/// Slashes stay as they are, so that a link is in one piece in the source of the mail.
fn escaped(output: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match (state.auto_escape(), value.as_str()) {
        (AutoEscape::Html, Some(text)) if !value.is_safe() => {
            for sign in text.chars() {
                match sign {
                    '&' => output.write_str("&amp;")?,
                    '<' => output.write_str("&lt;")?,
                    '>' => output.write_str("&gt;")?,
                    '"' => output.write_str("&quot;")?,
                    '\'' => output.write_str("&#39;")?,
                    sign => output.write_str(sign.encode_utf8(&mut [0; 4]))?,
                }
            }
            Ok(())
        }
        _ => escape_formatter(output, state, value),
    }
}

fn is_for_mails(name: &str, kinds: &[&str]) -> bool {
    let stem = name.strip_suffix(".html").or_else(|| name.strip_suffix(".txt"));
    stem.is_some_and(|stem| stem == "layout" || kinds.contains(&stem))
}

/// The names, paths and contents of the files. Hidden ones are left alone.
fn files(folder: &Path) -> Result<Vec<(String, String, String)>, LayoutError> {
    let unreadable =
        |path: &Path, source| LayoutError::Unreadable { path: path.display().to_string(), source };
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let source = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        files.push((name, path.display().to_string(), source));
    }
    files.sort_unstable();
    Ok(files)
}

fn mistake(file: &str, error: &Error) -> Mistake {
    let reason = error
        .detail()
        .map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    Mistake { file: file.to_owned(), line: error.line().unwrap_or(1), reason }
}
