//! Where something was done from.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::DeviceName;
use crate::model::mask;
use crate::model::security_event::RequestContext;

/// Where something was done from, as far as the user should recognize it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The browser and operating system, if known.
    pub device: Option<DeviceName>,
    /// The masked network.
    pub network: Option<String>,
    /// Such as `Berlin, DE`, where the address has a location.
    #[serde(default)]
    pub location: Option<String>,
}

impl Place {
    /// The place that a request came from.
    pub fn of(context: &RequestContext) -> Self {
        let device = DeviceName::of_user_agent(context.user_agent.as_deref());
        let address = context.address.as_deref().and_then(|address| address.parse::<IpAddr>().ok());
        Self { device, network: address.map(mask::network), location: None }
    }
}
