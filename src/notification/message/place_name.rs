//! Where something happened, in the words of the reader.

use super::person::defused;
use crate::text::Language;

/// `Berlin, Germany` for `Berlin, DE`. A location that does not end with the code of a country stays as it is.
pub(super) fn place_name(location: &str, language: &Language) -> String {
    let (city, code) = match location.rsplit_once(", ") {
        Some((city, code)) => (Some(city), code),
        None => (None, location),
    };
    match (country(code, language), city) {
        (Some(country), Some(city)) => {
            language.text("mail-place", &[("city", defused(city).into()), ("country", country.into())])
        }
        (Some(country), None) => country,
        (None, _) => defused(location),
    }
}

fn country(code: &str, language: &Language) -> Option<String> {
    let is_code = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let id = format!("country-{}", code.to_ascii_lowercase());
    (is_code && language.has(&id)).then(|| language.text(&id, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Texts;

    #[test]
    fn countries_have_the_names_that_readers_know() {
        let texts = Texts::load(None).unwrap();
        let named = |location, tag| place_name(location, texts.language(tag).unwrap());
        assert_eq!(named("Berlin, DE", "en"), "Berlin, Germany");
        assert_eq!(named("Berlin, DE", "de"), "Berlin, Deutschland");
        assert_eq!(named("Frankfurt, Hesse, DE", "en"), "Frankfurt, Hesse, Germany");
        assert_eq!(named("NO", "de"), "Norwegen");
        for unknown in ["ZZ", "Nowhere, ZZ", "Paris", "Paris, fr", ""] {
            assert_eq!(named(unknown, "en"), defused(unknown));
        }
    }
}
