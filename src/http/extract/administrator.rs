//! The policy of administrative operations: what the caller's roles must permit.
//!
//! Roles are read from the database at each request, so that a role counts no longer from the moment at which it is
//! taken away, whatever an access token still says (ASVS 5.0 §8.3.2).

use std::marker::PhantomData;

use actix_web::{FromRequest, HttpRequest};
use serde_json::json;
use uuid::Uuid;

use super::client::Client;
use super::policy::{Policy, Unlimited};
use super::step_up::Requirement;
use crate::account::Principal;
use crate::http::problem::{Code, Problem};
use crate::http::state::{AppState, app_state};
use crate::model::authority::Permission;
use crate::session::verifier::Authenticated;
use crate::store::StoreError;

/// A permission as a type.
pub trait PermissionType: 'static {
    const PERMISSION: Permission;
}

macro_rules! permission_types {
    ($($(#[$doc:meta])* $name:ident),+) => {
        $($(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl PermissionType for $name {
            const PERMISSION: Permission = Permission::$name;
        })+
    };
}

permission_types! {
    /// [`Permission::Read`]
    Read,
    /// [`Permission::EndSessions`]
    EndSessions,
    /// [`Permission::Manage`]
    Manage
}

/// An unlimited session of a user whose roles grant the permission `P`.
#[derive(Debug)]
pub struct Administrator<P>(PhantomData<P>);

/// The administrator as handlers need them.
#[derive(Debug)]
pub struct AdministratorGrant {
    pub principal: Principal,
    /// The session that calls.
    pub session_id: Uuid,
}

impl<P: PermissionType> Policy for Administrator<P> {
    type Grant = AdministratorGrant;
    const REFUSALS: &'static [Code] =
        &[Code::Forbidden, Code::StepUpRequired, Code::PasswordChangeRequired, Code::MfaEnrollmentRequired];

    async fn admit(request: &HttpRequest) -> Result<Self::Grant, Problem> {
        let session = Unlimited::admit(request).await?;
        let client = Client::extract(request).into_inner()?;
        authorize(request, P::PERMISSION, &session, client).await
    }
}

async fn authorize(
    request: &HttpRequest,
    permission: Permission,
    session: &Authenticated,
    client: Client,
) -> Result<AdministratorGrant, Problem> {
    let (state, user) = (app_state(request)?, session.user_id);
    let read = state.run(move |app| async move {
        Ok::<_, StoreError>((app.store.standing(user).await?, app.store.factors(user).await?))
    });
    let (standing, factors) = read.await?;
    // The account was deleted after the token was issued.
    let standing = standing.ok_or_else(|| Problem::new(Code::SessionRevoked))?;
    let principal = Principal { acting_session: Some(session.acting_session()), context: client.context };
    if !standing.active || !permission.is_granted_to(standing.roles) {
        record_denial(state, request, principal, permission).await?;
        return Err(Problem::new(Code::Forbidden).detail("The caller's roles do not allow this."));
    }
    // Also for someone promoted a moment ago, whose token does not say so yet.
    if state.authn.mfa.policy().binds(standing.roles) && !factors.is_enrolled() {
        return Err(Problem::new(Code::MfaEnrollmentRequired));
    }
    let requirement =
        Requirement { recent: permission.needs_recent_authentication(), two_factors: factors.is_enrolled() };
    requirement.check(state, session, factors).await?;
    Ok(AdministratorGrant { principal, session_id: session.session_id })
}

/// Records the route and its target, and nothing else of what the client sent.
async fn record_denial(
    state: &std::sync::Arc<AppState>,
    request: &HttpRequest,
    principal: Principal,
    permission: Permission,
) -> Result<(), Problem> {
    let target = request.match_info().get("id").and_then(|id| Uuid::try_parse(id).ok());
    let detail = json!({
        "method": request.method().as_str(),
        "route": request.match_pattern(),
        "permission": permission.as_str(),
        "target": target,
    });
    state.run(|app| async move { app.administration.record_denial(&principal, detail).await }).await?;
    Ok(())
}
