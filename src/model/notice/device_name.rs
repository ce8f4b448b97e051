//! The browser and the operating system that a message mentions.

use serde::{Deserialize, Serialize};

use crate::model::device::Device;

/// A device by its browser and operating system, of which at least one is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct DeviceName {
    /// Such as `Firefox`.
    pub browser: Option<String>,
    /// Such as `Linux`.
    pub os: Option<String>,
}

impl DeviceName {
    /// `None` if neither the browser nor the operating system is known.
    pub fn of(device: &Device) -> Option<Self> {
        let Device { browser, os, .. } = device;
        (browser.is_some() || os.is_some()).then(|| Self { browser: browser.clone(), os: os.clone() })
    }

    /// The device of a request; `None` if its user agent tells nothing.
    pub fn of_user_agent(user_agent: Option<&str>) -> Option<Self> {
        Self::of(&Device::describe(None, user_agent))
    }
}

/// The forms in which a message may have been stored.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    /// The English text of earlier versions, such as `Firefox on Linux`.
    Text(String),
    Parts {
        browser: Option<String>,
        os: Option<String>,
    },
}

impl From<Stored> for DeviceName {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Text(text) => Self { browser: Some(text), os: None },
            Stored::Parts { browser, os } => Self { browser, os },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_name_is_enough() {
        let curl = DeviceName { browser: Some("curl".to_owned()), os: None };
        assert_eq!(DeviceName::of_user_agent(Some("curl/8.5.0")), Some(curl));
        assert_eq!(DeviceName::of_user_agent(None), None);
    }
}
