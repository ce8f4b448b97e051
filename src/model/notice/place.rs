//! Where something was done from.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{DeviceName, Notice};
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
    /// The whole address, until the notice is [`located`](Notice::located). It is not stored.
    #[serde(skip)]
    pub address: Option<IpAddr>,
}

impl Place {
    /// The place that a request came from.
    pub fn of(context: &RequestContext) -> Self {
        let device = DeviceName::of_user_agent(context.user_agent.as_deref());
        let address = context.address.as_deref().and_then(|address| address.parse::<IpAddr>().ok());
        Self { device, network: address.map(mask::network), location: None, address }
    }
}

impl Notice {
    /// The notice with the location of its address in place of the address, unless it names a location already.
    #[must_use]
    pub fn located(mut self, locate: impl FnOnce(IpAddr) -> Option<String>) -> Self {
        if let Some(place) = self.place_mut() {
            let address = place.address.take();
            if place.location.is_none() {
                place.location = address.and_then(locate);
            }
        }
        self
    }

    const fn place_mut(&mut self) -> Option<&mut Place> {
        match self {
            Self::PasswordSet { place, .. }
            | Self::PasswordChanged { place, .. }
            | Self::AccountReclaimed { place, .. }
            | Self::EmailChangeRequested { place, .. }
            | Self::NewDevice { place, .. }
            | Self::ReplayDetected { place, .. }
            | Self::RefreshUnconfirmed { place, .. }
            | Self::FactorAdded { place, .. }
            | Self::FactorRemoved { place, .. }
            | Self::IdentityLinked { place, .. }
            | Self::IdentityRemoved { place, .. }
            | Self::BackupCodeUsed { place, .. }
            | Self::BackupCodesRenewed { place, .. }
            | Self::FactorLocked { place, .. }
            | Self::UnusualLogin { place, .. }
            | Self::ErasureRequested { place, .. }
            | Self::ErasureCancelled { place, .. } => Some(place),
            Self::VerifyEmail { .. }
            | Self::AddressTaken { .. }
            | Self::ResetPassword { .. }
            | Self::AccountSecured { .. }
            | Self::FirstCredential { .. }
            | Self::ConfirmEmailChange { .. }
            | Self::EmailChanged { .. }
            | Self::EmailAssigned { .. }
            | Self::Invitation { .. }
            | Self::BackupCodesLow { .. }
            | Self::AccountLocked { .. }
            | Self::FactorsReset { .. }
            | Self::AccountErased { .. }
            | Self::FederationCode { .. }
            | Self::SmsCode { .. } => None,
        }
    }
}
