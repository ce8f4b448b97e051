//! The stylesheets that browsers get. Each is put together from the files of `web/styles/`, so that a page asks for one or
//! two of them.

use super::brand;
use super::comments::without_comments;
use crate::model::color::Color;

/// The sheet of every page.
pub(super) const PAGE: &str = "page";

/// The sheets, each with the files that it is made of, in their order.
const SHEETS: [(&str, &[&str]); 3] = [
    (PAGE, &["tokens", "base", "controls", "surfaces", "messages", "motion"]),
    ("account", &["account", "lists", "wizard"]),
    ("administration", &["administration"]),
];

/// Each sheet with its path below the folder of the assets. The branding ends that of every page. `file` reads a file of
/// `web/styles/` by its name.
pub(super) fn sheets(accent: Option<Color>, file: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let whole = |(name, parts): (&str, &[&str])| {
        let mut content: String =
            parts.iter().filter_map(|part| file(part)).map(|css| without_comments(&css)).collect();
        if name == PAGE {
            content.push_str(&brand::stylesheet(accent));
        }
        (path(name), content)
    };
    SHEETS.into_iter().map(whole).collect()
}

/// The path of a sheet.
pub(super) fn path(name: &str) -> String {
    format!("styles/{name}.css")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_in_one_sheet() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web/styles");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let files: BTreeSet<String> =
            names.filter_map(|name| name.to_str()?.strip_suffix(".css").map(str::to_owned)).collect();
        let parts: Vec<&str> = SHEETS.iter().flat_map(|(_, parts)| parts.iter().copied()).collect();
        let distinct: BTreeSet<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        assert_eq!(distinct.len(), parts.len());
        assert_eq!(distinct, files);
    }

    #[test]
    fn the_branding_comes_last() {
        let made = sheets("#2f4bc4".parse().ok(), |name| Some(format!("/* {name} */\n.{name} {{}}\n")));
        let (path, page) = &made[0];
        assert_eq!(path, "styles/page.css");
        assert!(page.starts_with("\n.tokens {}\n\n.base {}\n"), "{page}");
        assert!(page.find(".motion {}") < page.find("--accent: #2f4bc4"), "{page}");
        assert_eq!(made[1].1, "\n.account {}\n\n.lists {}\n\n.wizard {}\n");
    }
}
