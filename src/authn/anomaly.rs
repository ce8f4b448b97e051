//! Logins that are out of the ordinary: who is told, and what depends on it.

use super::{Authn, addressee};
use crate::model::anomaly::Anomaly;
use crate::model::device::Device;
use crate::model::notice::{DeviceName, Notice, Place};
use crate::model::security_event::RequestContext;
use crate::notification::Unsealable;
use crate::store::account::Account;
use crate::store::{AnomalyCheck, LoginPlace, StoreError};

impl Authn {
    /// What is odd about the place that a login of this account comes from, before it gets its session: a
    /// country that is new, or one that nobody reaches so fast. Devices are not looked at.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn anomaly(
        &self,
        account: &Account,
        context: &RequestContext,
    ) -> Result<Option<Anomaly>, StoreError> {
        self.store.odd_place(account.user.id, &self.arrival(context), self.clock.now()).await
    }

    /// What the transaction looks at that opens a session, with the mails that it may have to write.
    ///
    /// # Errors
    /// [`Unsealable`].
    pub(super) fn lookout(
        &self,
        account: &Account,
        device: &Device,
        network: Option<String>,
        context: &RequestContext,
    ) -> Result<AnomalyCheck, Unsealable> {
        let (at, to) = (self.clock.now(), addressee(account));
        let place = Place { device: DeviceName::of(device), network };
        let arrival = self.arrival(context);
        let unusual = arrival.location.as_ref().map(|location| {
            let location = location.to_string();
            self.composer.mail(&to, Notice::UnusualLogin { location, at, place: place.clone() })
        });
        Ok(AnomalyCheck {
            if_odd_place: unusual.transpose()?,
            if_new_device: Some(self.composer.mail(&to, Notice::NewDevice { at, place })?),
            arrival,
        })
    }

    fn arrival(&self, context: &RequestContext) -> LoginPlace {
        let impossible_speed = self.anomalies.impossible_speed;
        LoginPlace { location: self.geoip.locate(context), impossible_speed }
    }
}
