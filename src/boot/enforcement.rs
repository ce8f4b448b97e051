//! A node whose logins do not ask for second factors says so where it cannot be overlooked.

use super::{Core, StartError, World};
use crate::config::Config;
use crate::entropy::uuid_v7;
use crate::model::factor::MfaEnforcement;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::store::Effects;

/// Sets the metric, and writes an event if `mfa.enforcement` is off. The warning is among those of the configuration.
///
/// # Errors
/// [`StartError`] if the event cannot be written: then the node does not start.
pub(super) async fn tell(config: &Config, core: &Core, world: &World) -> Result<(), StartError> {
    let is_on = config.mfa.enforcement == MfaEnforcement::On;
    core.metrics.mfa_enforced.set(i64::from(is_on));
    if !is_on {
        let now = core.store.clock().now();
        let id = uuid_v7(world.entropy.as_ref(), now);
        let event = SecurityEvent::new(id, EventKind::MfaEnforcementOff, RequestContext::default(), now);
        core.store.record(&Effects::of(event)).await?;
    }
    Ok(())
}
