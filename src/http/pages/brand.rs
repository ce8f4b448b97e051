//! The stylesheet of the branding.

use crate::model::color::{Accent, Color, Scheme};

/// Sets the accent in both schemes. Without one, the accent of the styles is left as it is.
pub(super) fn stylesheet(accent: Option<Color>) -> String {
    let Some(color) = accent else { return String::new() };
    let (light, dark) = (rule(color.accent(Scheme::Light)), rule(color.accent(Scheme::Dark)));
    format!("{light}@media (prefers-color-scheme: dark) {{ {dark}}}\n")
}

fn rule(Accent { accent, on_accent, soft }: Accent) -> String {
    format!(":root {{ --accent: {accent}; --on-accent: {on_accent}; --accent-soft: {soft}; }}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_schemes_have_an_accent() {
        let css = stylesheet(Some("#2f4bc4".parse().unwrap()));
        assert!(css.starts_with(":root { --accent: #2f4bc4; --on-accent: #ffffff;"), "{css}");
        assert_eq!(css.matches("--accent:").count(), 2, "{css}");
        assert_eq!(css.matches('{').count(), css.matches('}').count());
        assert_eq!(stylesheet(None), "");
    }
}
