//! What the caller's roles must allow, in the handler's type: a handler that takes a [`Permitted`] cannot
//! forget to ask.
//!
//! Roles are read from the database at each request, so that a role that was lost counts no longer, whatever
//! an access token still says (ASVS 5.0 §8.3.2).

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde_json::json;
use uuid::Uuid;

use super::caller::{Caller, Proof};
use super::client::Client;
use crate::account::Agent;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::authority::Permission;
use crate::store::StoreError;

/// A permission as a type.
pub trait Policy: 'static {
    const PERMISSION: Permission;
}

macro_rules! policies {
    ($($(#[$doc:meta])* $name:ident),+) => {
        $($(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl Policy for $name {
            const PERMISSION: Permission = Permission::$name;
        })+
    };
}

policies! {
    /// [`Permission::Read`]
    Read,
    /// [`Permission::EndSessions`]
    EndSessions,
    /// [`Permission::Manage`]
    Manage
}

/// A caller whom the policy lets through.
#[derive(Debug)]
pub struct Permitted<P> {
    pub agent: Agent,
    /// The session that calls.
    pub session_id: Uuid,
    policy: PhantomData<P>,
}

impl<P: Policy> FromRequest for Permitted<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload).into_inner();
        let client = Client::from_request(request, payload).into_inner();
        let request = request.clone();
        Box::pin(async move { permit(&request, caller?, client?).await })
    }
}

async fn permit<P: Policy>(
    request: &HttpRequest,
    caller: Caller,
    client: Client,
) -> Result<Permitted<P>, Problem> {
    let state = request.app_data::<Data<AppState>>().ok_or_else(|| Problem::new(Code::Internal))?;
    let (store, user) = (Arc::clone(&state.store), caller.0.user_id);
    let (standing, factors) = state
        .run(async move { Ok::<_, StoreError>((store.standing(user).await?, store.factors(user).await?)) })
        .await?;
    // The account was deleted after the token was issued.
    let standing = standing.ok_or_else(|| Problem::new(Code::SessionRevoked))?;
    let agent = Agent { user_id: Some(user), session_id: Some(caller.0.session_id), context: client.context };
    if !standing.active || !P::PERMISSION.is_granted_to(standing.roles) {
        record_denial(state, request, agent, P::PERMISSION).await?;
        return Err(Problem::new(Code::Forbidden).detail("The caller's roles do not allow this."));
    }
    // At once, although the token of somebody who was just promoted does not say so yet.
    if state.authn.mfa.policy().binds(standing.roles) && !factors.is_enrolled() {
        return Err(Problem::new(Code::MfaEnrollmentRequired));
    }
    let session_id = caller.0.session_id;
    let proof = Proof { recent: P::PERMISSION.needs_recent_proof(), two_factors: factors.is_enrolled() };
    proof.ask(state, &caller.0, factors)?;
    Ok(Permitted { agent, session_id, policy: PhantomData })
}

/// The route and its target; nothing else of what the client sent.
async fn record_denial(
    state: &AppState,
    request: &HttpRequest,
    agent: Agent,
    permission: Permission,
) -> Result<(), Problem> {
    let target = request.match_info().get("id").and_then(|id| Uuid::try_parse(id).ok());
    let detail = json!({
        "method": request.method().as_str(),
        "route": request.match_pattern(),
        "permission": permission.as_str(),
        "target": target,
    });
    let administration = Arc::clone(&state.administration);
    state.run(async move { administration.record_denial(&agent, detail).await }).await
}
