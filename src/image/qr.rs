//! QR codes.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// The smallest side in pixels; the vector graphic can be enlarged without loss.
const SIDE: u32 = 240;

/// The text as a QR code in SVG. `None` if the text is too long.
pub fn svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(SIDE, SIDE).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_picture() {
        let picture = svg("otpauth://totp/Kindred:ada?secret=GEZDGNBV").unwrap();
        assert!(picture.contains("<svg ") && picture.ends_with("</svg>"));
        assert!(!picture.contains("GEZDGNBV"));
        assert_ne!(picture, svg("otpauth://totp/Kindred:ada?secret=GEZDGNBW").unwrap());
        assert_eq!(svg(&"x".repeat(5_000)), None);
    }
}
