//! The service as messages name it, link to it and color it.

use serde::Serialize;

use crate::config::{Branding, Support};
use crate::model::color::{Color, Scheme};

/// The accent of mails without a branding, as pages have it.
const ACCENT: [(u8, u8, u8); 4] =
    [(0x2f, 0x4b, 0xc4), (0xff, 0xff, 0xff), (0xa3, 0xb1, 0xff), (0x11, 0x14, 0x2b)];

/// The service as messages name it, link to it and color it.
#[derive(Clone, Debug)]
pub struct Service {
    pub brand: Brand,
    pub support: Option<Support>,
    /// The terms of use and the privacy policy.
    pub terms: Option<String>,
    pub privacy: Option<String>,
    /// The page where a password is reset. The reset revokes all sessions.
    pub recovery_link: String,
    /// The page where people see their devices and factors.
    pub account_link: String,
    /// The host whose pages may read codes from SMS.
    pub code_host: String,
}

/// How mails look, as the layout knows it.
#[derive(Clone, Debug, Serialize)]
pub struct Brand {
    pub product: String,
    /// The address of a picture that mail programs show.
    pub logo: Option<String>,
    pub light: Colors,
    pub dark: Colors,
}

/// The button and the links in one scheme.
#[derive(Clone, Debug, Serialize)]
pub struct Colors {
    pub accent: String,
    pub on_accent: String,
}

impl Brand {
    /// How an operator wants mails to look.
    pub fn of(branding: &Branding) -> Self {
        let [light, on_light, dark, on_dark] = ACCENT.map(|(red, green, blue)| Color::new(red, green, blue));
        let colors = |accent: Color, on_accent: Color| Colors {
            accent: accent.to_string(),
            on_accent: on_accent.to_string(),
        };
        let chosen = |scheme| branding.accent.map(|accent| accent.accent(scheme));
        let or = |scheme, accent, on_accent| {
            chosen(scheme).map_or_else(|| colors(accent, on_accent), |it| colors(it.accent, it.on_accent))
        };
        Self {
            product: branding.product_name.clone(),
            logo: branding.logo.as_ref().filter(|url| !url.path().ends_with(".svg")).map(ToString::to_string),
            light: or(Scheme::Light, light, on_light),
            dark: or(Scheme::Dark, dark, on_dark),
        }
    }
}
