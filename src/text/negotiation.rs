//! Which language a reader gets.

use unic_langid::LanguageIdentifier;

use super::language::Language;

/// How many languages of a header are looked at.
const MOST: usize = 32;
/// The longest tag that is looked at, in bytes. Each of its parts costs a look, and tags of real languages are shorter
/// (RFC 5646 §4.4.1).
const LONGEST: usize = 64;

/// The tags of a header `Accept-Language`, the preferred ones first (RFC 9110 §12.5.4). What is not well-formed is left
/// out.
pub(super) fn preferences(header: &str) -> Vec<&str> {
    let mut ranges: Vec<(u16, &str)> = header.split(',').take(MOST).filter_map(range).collect();
    // Stable: of equal weights the first one counts.
    ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    ranges.into_iter().map(|(_, tag)| tag).collect()
}

/// The weight in thousandths, and the tag. Those without weight are not wanted.
fn range(text: &str) -> Option<(u16, &str)> {
    let mut parts = text.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty())?;
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let weight = weight.map_or(Some(1.0), |weight| weight.parse::<f32>().ok())?;
    let thousandths = (weight.clamp(0.0, 1.0) * 1000.0).round() as u16;
    (thousandths > 0).then_some((thousandths, tag))
}

/// The language with this tag, or with the longest beginning of it (RFC 4647 §3.4).
pub(super) fn find<'a>(languages: &'a [Language], tag: &str) -> Option<&'a Language> {
    let mut wanted = Some(tag).filter(|tag| tag.len() <= LONGEST)?;
    loop {
        let id = wanted.parse::<LanguageIdentifier>().ok();
        if let Some(found) = id.and_then(|id| languages.iter().find(|language| *language.id() == id)) {
            return Some(found);
        }
        wanted = &wanted[..wanted.rfind('-')?];
    }
}
