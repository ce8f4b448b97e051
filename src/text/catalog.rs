//! All languages.

use std::path::Path;

use unic_langid::LanguageIdentifier;

use super::embedded;
use super::error::TextError;
use super::file::File;
use super::folder;
use super::language::{Language, Layers};
use super::negotiation::{find, preferences};

/// The language whose texts are complete, and take the place of missing ones.
const COMPLETE: &str = "en";
/// How many missing texts the log names.
const NAMED: usize = 5;

/// All languages that have texts. The first one is for readers who ask for none of them.
#[derive(Debug)]
pub struct Texts {
    languages: Vec<Language>,
}

impl Texts {
    /// Reads the built-in texts, and those of a folder. The log names what is missing.
    ///
    /// # Errors
    /// [`TextError`]
    pub fn load(folder: Option<&Path>) -> Result<Self, TextError> {
        let built_in = embedded::files()?;
        let dropped_in = folder.map(folder::files).transpose()?.unwrap_or_default();
        let texts = Self::of(&built_in, &dropped_in)?;
        for language in texts.languages.iter().filter(|language| !language.missing().is_empty()) {
            let named = language.missing().iter().take(NAMED).map(String::as_str).collect::<Vec<_>>();
            tracing::warn!(
                language = language.tag(),
                missing = language.missing().len(),
                examples = named.join(", "),
                "texts are missing in a language; they are shown in English"
            );
        }
        Ok(texts)
    }

    pub(super) fn of(built_in: &[File], dropped_in: &[File]) -> Result<Self, TextError> {
        let is_english = |file: &&File| file.tag == COMPLETE;
        let english: Vec<File> = built_in.iter().filter(is_english).cloned().collect();
        let mut tags: Vec<LanguageIdentifier> = Vec::new();
        // English first, and then in the order of the files.
        for file in english.iter().chain(built_in).chain(dropped_in) {
            if !tags.contains(&file.tag) {
                tags.push(file.tag.clone());
            }
        }
        let of_tag = |files: &[File], tag: &LanguageIdentifier| -> Vec<File> {
            files.iter().filter(|file| file.tag == *tag).cloned().collect()
        };
        let mut languages = Vec::new();
        for tag in tags {
            let (built_in, dropped_in) = (of_tag(built_in, &tag), of_tag(dropped_in, &tag));
            let layers = Layers { english: &english, built_in: &built_in, dropped_in: &dropped_in };
            languages.push(Language::new(tag, &layers)?);
        }
        Ok(Self { languages })
    }

    /// With these languages only, the first of which is for readers who ask for none of them. An empty list leaves all.
    ///
    /// # Errors
    /// [`TextError::UnknownLanguage`]
    pub fn offering(mut self, tags: &[String]) -> Result<Self, TextError> {
        if tags.is_empty() {
            return Ok(self);
        }
        let known = self.languages.iter().map(Language::tag).collect::<Vec<_>>().join(", ");
        let mut offered: Vec<Language> = Vec::new();
        for tag in tags {
            let position =
                self.languages.iter().position(|language| language.tag().eq_ignore_ascii_case(tag));
            if let Some(position) = position {
                offered.push(self.languages.remove(position));
            } else if !offered.iter().any(|language| language.tag().eq_ignore_ascii_case(tag)) {
                return Err(TextError::UnknownLanguage { tag: tag.clone(), known });
            }
        }
        Ok(Self { languages: offered })
    }

    /// All languages, in the order in which they are offered.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// The language for readers of whom nothing is known. There is always one: English is built in, and no list of offered
    /// languages is empty.
    pub fn first(&self) -> &Language {
        &self.languages[0]
    }

    /// The language with this tag, or the one of which the tag names a variety: German for `de-AT`.
    pub fn language(&self, tag: &str) -> Option<&Language> {
        find(&self.languages, tag)
    }

    /// The language that fits a header `Accept-Language` best (RFC 4647 §3.4).
    pub fn negotiate(&self, accept_language: &str) -> &Language {
        let preferred = preferences(accept_language).into_iter().find_map(|tag| self.language(tag));
        preferred.unwrap_or_else(|| self.first())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Direction;
    use super::*;

    fn file(path: &str, tag: &str, text: &str) -> File {
        File::parse(path, tag, text.as_bytes()).unwrap()
    }

    fn texts(dropped_in: &[File]) -> Texts {
        let english = "hello = Hello { $name }\n    .title = Greeting\nonly = Only here\ncount = { $n ->\n    [one] one\n   *[other] { $n } many\n }\n";
        let built_in = [
            file("locales/de/pages.ftl", "de", "hello = Hallo { $name }\n"),
            file("locales/en/app.ftl", "en", "-brand = Kindred\nopen = Open { -brand }\nclose = Close\n"),
            file("locales/en/pages.ftl", "en", english),
        ];
        Texts::of(&built_in, dropped_in).unwrap()
    }

    #[test]
    fn what_a_language_lacks_is_english() {
        let texts = texts(&[]);
        let german = texts.language("de").unwrap();
        assert_eq!(german.text("hello", &[("name", "Ada".into())]), "Hallo Ada");
        assert_eq!(german.text("hello.title", &[]), "Greeting");
        assert_eq!(german.text("only", &[]), "Only here");
        assert_eq!(german.text("unknown", &[]), "unknown");
        assert_eq!(german.missing(), ["open", "close", "only", "count"]);
        assert_eq!(texts.first().tag(), "en");
        assert!(texts.first().missing().is_empty());
    }

    #[test]
    fn numbers_select_the_plural() {
        let count = |n: i64| texts(&[]).first().text("count", &[("n", n.into())]);
        assert_eq!((count(1).as_str(), count(2).as_str()), ("one", "2 many"));
    }

    #[test]
    fn a_file_replaces_messages_and_adds_languages() {
        let more = [
            file("/etc/de.ftl", "de", "hello = Moin { $name }\nclose = Zu\n"),
            file("/etc/ar.ftl", "ar", "hello = مرحبا { $name }\n"),
        ];
        let texts = texts(&more);
        let german = texts.language("de-AT").unwrap();
        assert_eq!(german.text("hello", &[("name", "Ada".into())]), "Moin Ada");
        let arabic = texts.language("AR").unwrap();
        assert_eq!(arabic.direction(), Direction::RightToLeft);
        assert_eq!(arabic.text("hello", &[("name", "Ada".into())]), "مرحبا \u{2068}Ada\u{2069}");
        assert_eq!(german.application(), "-brand = Kindred\nopen = Open { -brand }\nclose = Zu\n");
    }

    #[test]
    fn languages_are_negotiated() {
        let texts = texts(&[file("/etc/pt-BR.ftl", "pt-BR", "hello = Olá { $name }\n")]);
        for (header, expected) in [
            ("", "en"),
            ("de", "de"),
            ("fr, de-CH;q=0.5, en;q=0.4", "de"),
            ("en;q=0.3, de;q=0.8", "de"),
            ("de;q=0, *", "en"),
            ("pt-br", "pt-BR"),
            ("pt", "en"),
            ("\u{0};;;,,, ,q=1", "en"),
        ] {
            assert_eq!(texts.negotiate(header).tag(), expected, "{header:?}");
        }
        let varieties = |count| format!("de{}", "-variety".repeat(count));
        assert_eq!(texts.negotiate(&varieties(7)).tag(), "de");
        assert_eq!(texts.negotiate(&varieties(1_000)).tag(), "en", "longer than any tag");
    }

    #[test]
    fn languages_can_be_chosen() {
        let offered = |tags: &[&str]| {
            texts(&[]).offering(&tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
        };
        let german = offered(&["de"]).unwrap();
        assert_eq!((german.first().tag(), german.languages().len()), ("de", 1));
        assert_eq!(german.negotiate("en").tag(), "de");
        assert_eq!(offered(&[]).unwrap().languages().len(), 2);
        let error = offered(&["de", "fr"]).unwrap_err().to_string();
        assert!(error.contains("fr") && error.contains("en, de"), "{error}");
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let error = File::parse("fr.ftl", "fr", b"a = b\n\nc d\n").unwrap_err().to_string();
        assert!(error.starts_with("fr.ftl:3: "), "{error}");
        let error = File::parse("fr.ftl", "fr", b"a = b\nc = d\na = e\n").unwrap_err().to_string();
        assert_eq!(error, "fr.ftl:3: a is already there in line 1");
        let error = File::parse("fr.ftl", "fr", b"a = b\nc = \xff\n").unwrap_err().to_string();
        assert_eq!(error, "fr.ftl:2: this is not UTF-8");
        let error = File::parse("x/notes.ftl", "not a tag", b"").unwrap_err().to_string();
        assert!(error.starts_with("x/notes.ftl: "), "{error}");
        let twice = [file("locales/en/a.ftl", "en", "a = b\n"), file("locales/en/b.ftl", "en", "\na = c\n")];
        let error = Texts::of(&twice, &[]).unwrap_err().to_string();
        assert_eq!(error, "locales/en/b.ftl:2: a is already there in locales/en/a.ftl:1");
    }

    #[test]
    fn what_is_built_in_is_without_a_mistake() {
        let texts = Texts::load(None).unwrap();
        for language in texts.languages() {
            assert_eq!(language.missing(), [] as [&str; 0], "{}", language.tag());
        }
        assert_eq!(texts.languages().iter().map(Language::tag).collect::<Vec<_>>(), ["en", "de"]);
    }
}
