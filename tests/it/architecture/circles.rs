//! No two files import each other. Two files that do can only be read, tested and moved together, and are one file in two
//! places.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, assert_none, sources};

type Module = Vec<String>;

/// The ORM's own relations name both of their ends.
const RELATIONS: [&str; 2] = ["store", "entity"];

fn module(source: &Source) -> Module {
    source.module().into_iter().map(str::to_owned).collect()
}

/// Where a path leads, from the root of the crate; `None` if it leads to another crate or into the module itself.
fn target(from: &Module, segments: &[String]) -> Option<Module> {
    let above = segments.iter().take_while(|segment| *segment == "super").count();
    let start: &[String] = match segments.first()?.as_str() {
        "crate" => &[],
        "super" => from.get(..from.len().checked_sub(above)?)?,
        _ => return None,
    };
    let rest = segments.iter().skip(above.max(1));
    Some(start.iter().chain(rest).cloned().collect())
}

/// The file in which an item is: that of the longest part of its path that is a module.
fn file_of(item: &Module, modules: &BTreeSet<Module>) -> Option<Module> {
    let lengths = (1..=item.len()).rev();
    lengths.map(|length| item[..length].to_vec()).find(|module| modules.contains(module))
}

/// A module and the modules in it make one whole: it declares them, and they use what it defines.
fn are_related(one: &Module, other: &Module) -> bool {
    let are_entities =
        [one, other].into_iter().all(|module| module.starts_with(&RELATIONS.map(str::to_owned)));
    one.starts_with(other) || other.starts_with(one) || are_entities
}

/// The pairs of files that import each other, each pair once.
fn circles(sources: &[&Source]) -> Vec<String> {
    let modules: BTreeSet<Module> = sources.iter().map(|source| module(source)).collect();
    let mut imports: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for source in sources {
        let from = module(source);
        let items = source.paths.iter().filter_map(|path| target(&from, &path.segments));
        let found =
            items.filter_map(|item| file_of(&item, &modules)).filter(|to| !are_related(&from, to)).collect();
        imports.insert(from, found);
    }
    let does_import = |from: &Module, to: &Module| imports.get(from).is_some_and(|found| found.contains(to));
    let pairs = imports.iter().flat_map(|(from, found)| found.iter().map(move |to| (from, to)));
    let circles = pairs.filter(|(from, to)| from < to && does_import(to, from));
    circles.map(|(from, to)| format!("{} and {} import each other", from.join("::"), to.join("::"))).collect()
}

#[test]
fn no_two_files_import_each_other() {
    let sources = sources();
    for folder in ["src/", "migration/"] {
        let files: Vec<&Source> = sources.iter().filter(|source| source.file.starts_with(folder)).collect();
        assert_none(circles(&files));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files.iter().map(|(file, text)| Source::parse(file, text)).collect();
        circles(&sources.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        let one = ("src/http/a.rs", "use super::b::B;");
        assert_eq!(found(&[one, ("src/http/b.rs", "fn f() { crate::http::a::g() }")]).len(), 1);
        assert_eq!(found(&[one, ("src/http/b.rs", "use crate::{clock, http::a::{A, g}};")]).len(), 1);
        assert_eq!(
            found(&[("src/a.rs", "use crate::b::c::C;"), ("src/b/c.rs", "use super::super::a::A;")]).len(),
            1
        );
    }

    #[test]
    fn one_way_is_none() {
        let one = ("src/http/a.rs", "use super::b::B;");
        assert!(found(&[one, ("src/http/b.rs", "use super::c::C;"), ("src/http/c.rs", "")]).is_empty());
        assert!(
            found(&[one, ("src/http/b.rs", "#[cfg(test)] mod tests { use super::super::a::A; }")]).is_empty()
        );
    }

    #[test]
    fn a_module_and_its_parts_are_one_whole() {
        let files = [("src/http/a.rs", "use crate::http::a::b::B;"), ("src/http/a/b.rs", "use super::A;")];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn relations_of_the_orm_are_no_circle() {
        let user = ("src/store/entity/user.rs", "use super::avatar::Entity;");
        assert!(found(&[user, ("src/store/entity/avatar.rs", "use super::user::Entity;")]).is_empty());
    }
}
