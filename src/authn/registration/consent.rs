//! The consent to the terms that a registration gives.

use crate::authn::environment::FlowEnvironment;
use crate::store::account::registration::NewConsent;

/// The document that a registration can accept.
pub(in crate::authn) const TERMS: &str = "terms";

/// The consent to a version of the terms, if one was accepted.
pub(in crate::authn) fn terms_consent(
    env: &FlowEnvironment,
    version: Option<String>,
    network: Option<String>,
) -> Option<NewConsent> {
    let id = env.new_id();
    version.map(|version| NewConsent { id, document: TERMS, version, network })
}
