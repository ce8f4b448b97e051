//! Colors, and how well they can be told apart (WCAG 2.2).

use std::fmt;
use std::str::FromStr;

/// A color of sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    red: u8,
    green: u8,
    blue: u8,
}

/// The text is not a color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a color such as #2f4bc4")]
pub struct InvalidColor;

/// The least contrast of text (WCAG 2.2, success criterion 1.4.3).
const READABLE: f64 = 4.5;
/// The steps in which the lightness of a color is moved.
const STEPS: u32 = 400;
/// How much of the accent is in its soft form.
const SOFT: f64 = 0.09;

/// How the pages are lit, with the colors that an accent is seen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark text on a light page.
    Light,
    /// Light text on a dark page.
    Dark,
}

/// The colors that follow from an accent in one scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent {
    /// Links, the primary button, and what is chosen.
    pub accent: Color,
    /// The label of the primary button.
    pub on_accent: Color,
    /// The ground of what is chosen.
    pub soft: Color,
}

const WHITE: Color = Color::new(255, 255, 255);
const INK: Color = Color::new(15, 16, 14);

impl Color {
    /// From its parts.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// The contrast ratio of two colors, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// The accent that this color makes in a scheme. Its lightness is moved as little as possible so that it can be read
    /// on all grounds of the scheme, and its label on it.
    pub fn accent(self, scheme: Scheme) -> Accent {
        let end = match scheme {
            Scheme::Light => Self::new(0, 0, 0),
            Scheme::Dark => WHITE,
        };
        let candidates = (0..=STEPS).map(|step| self.mixed(end, f64::from(step) / f64::from(STEPS)));
        let mut accents = candidates.map(|color| Accent::of(color, scheme));
        accents.find(|accent| accent.is_readable(scheme)).unwrap_or_else(|| Accent::of(end, scheme))
    }

    /// Between this color (0) and another one (1).
    fn mixed(self, other: Self, share: f64) -> Self {
        let mix = |one: u8, other: u8| {
            (f64::from(one) * (1.0 - share) + f64::from(other) * share).round().clamp(0.0, 255.0) as u8
        };
        Self::new(mix(self.red, other.red), mix(self.green, other.green), mix(self.blue, other.blue))
    }

    /// The relative luminance.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

impl Scheme {
    /// What an accent lies on: the page, cards, and what is sunken.
    const fn grounds(self) -> [Color; 3] {
        match self {
            Self::Light => [Color::new(0xf7, 0xf7, 0xf5), WHITE, Color::new(0xef, 0xef, 0xec)],
            Self::Dark => [INK, Color::new(0x18, 0x19, 0x16), Color::new(0x13, 0x14, 0x11)],
        }
    }
}

impl Accent {
    fn of(accent: Color, scheme: Scheme) -> Self {
        let [_, surface, _] = scheme.grounds();
        let on_accent = if accent.contrast(WHITE) >= accent.contrast(INK) { WHITE } else { INK };
        let share = if scheme == Scheme::Light { SOFT } else { 2.0 * SOFT };
        Self { accent, on_accent, soft: surface.mixed(accent, share) }
    }

    fn is_readable(&self, scheme: Scheme) -> bool {
        let grounds = scheme.grounds().into_iter().chain([self.soft, self.on_accent]);
        grounds.into_iter().all(|ground| self.accent.contrast(ground) >= READABLE)
    }
}

impl FromStr for Color {
    type Err = InvalidColor;

    /// `#rgb` and `#rrggbb`.
    fn from_str(text: &str) -> Result<Self, InvalidColor> {
        let digits = text.strip_prefix('#').ok_or(InvalidColor)?;
        let digits: Option<Vec<u8>> =
            digits.chars().map(|digit| digit.to_digit(16).and_then(|digit| digit.try_into().ok())).collect();
        match *digits.ok_or(InvalidColor)?.as_slice() {
            [red, green, blue] => Ok(Self::new(red * 17, green * 17, blue * 17)),
            [a, b, c, d, e, f] => Ok(Self::new(a * 16 + b, c * 16 + d, e * 16 + f)),
            _ => Err(InvalidColor),
        }
    }
}

impl fmt::Display for Color {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(text: &str) -> Color {
        text.parse().unwrap()
    }

    #[test]
    fn colors_are_read_and_shown() {
        assert_eq!(color("#2F4bc4").to_string(), "#2f4bc4");
        assert_eq!(color("#fa3").to_string(), "#ffaa33");
        for wrong in ["", "#", "2f4bc4", "#2f4bc", "#2f4bcg", "#2f4bc4ff", "red", "#€€"] {
            assert_eq!(wrong.parse::<Color>(), Err(InvalidColor), "{wrong}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((color("#000").contrast(WHITE) - 21.0).abs() < 1e-9);
        assert!((color("#767676").contrast(WHITE) - 4.54).abs() < 0.01);
        assert!((WHITE.contrast(WHITE) - 1.0).abs() < 1e-9);
        // Each part counts by its own weight, and dark ones are linear.
        for (one, other, ratio) in [
            ("#ff0000", "#ffffff", 3.998_477),
            ("#00ff00", "#000000", 15.304),
            ("#0000ff", "#ffffff", 8.592_471),
            ("#0a0b0c", "#ffffff", 19.698_266),
            ("#123456", "#fedcba", 9.786_559),
        ] {
            assert!((color(one).contrast(color(other)) - ratio).abs() < 1e-6, "{one} {other}");
            assert!((color(other).contrast(color(one)) - ratio).abs() < 1e-6, "{other} {one}");
        }
    }

    /// Computed independently, in Python.
    #[test]
    fn accents_move_as_little_as_possible() {
        let vectors = [
            ("#ffcc00", Scheme::Light, ["#846a00", "#ffffff", "#f4f2e8"]),
            ("#ffcc00", Scheme::Dark, ["#ffcc00", "#0f100e", "#423912"]),
            ("#2f4bc4", Scheme::Light, ["#2f4bc4", "#ffffff", "#eceffa"]),
            ("#2f4bc4", Scheme::Dark, ["#8192db", "#0f100e", "#2b2f39"]),
            ("#ff0000", Scheme::Light, ["#d90000", "#ffffff", "#fce8e8"]),
            ("#00a000", Scheme::Dark, ["#1dab1d", "#0f100e", "#193317"]),
            ("#0b5fff", Scheme::Light, ["#0b5efd", "#ffffff", "#e9f1ff"]),
        ];
        for (text, scheme, expected) in vectors {
            let Accent { accent, on_accent, soft } = color(text).accent(scheme);
            let found = [accent, on_accent, soft].map(|color| color.to_string());
            assert_eq!(found, expected, "{text} {scheme:?}");
        }
    }

    #[test]
    fn every_accent_can_be_read_in_both_schemes() {
        for text in ["#ffcc00", "#00ff00", "#000", "#fff", "#808080", "#ff0000", "#0000ff", "#2f4bc4"] {
            for scheme in [Scheme::Light, Scheme::Dark] {
                let accent = color(text).accent(scheme);
                assert!(accent.is_readable(scheme), "{text} {scheme:?} {accent:?}");
            }
        }
    }

    #[test]
    fn what_can_be_read_stays() {
        assert_eq!(color("#2f4bc4").accent(Scheme::Light).accent, color("#2f4bc4"));
        assert_eq!(color("#a3b1ff").accent(Scheme::Dark).accent, color("#a3b1ff"));
        assert_ne!(color("#ffcc00").accent(Scheme::Light).accent, color("#ffcc00"));
        assert_ne!(color("#2f4bc4").accent(Scheme::Dark).accent, color("#2f4bc4"));
    }
}
