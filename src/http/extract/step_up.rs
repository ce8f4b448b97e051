//! How recently, and with how many factors, a session must have authenticated (RFC 9470).

use actix_web::web::Data;
use uuid::Uuid;

use crate::http::problem::Problem;
use crate::http::state::AppState;
use crate::model::assurance::Aal;
use crate::model::factor::Factors;
use crate::session::verifier::Authenticated;

/// What is required of a session's last authentication.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// Within `sessions.step_up_max_age`.
    pub recent: bool,
    pub two_factors: bool,
}

impl Requirement {
    /// # Errors
    /// 403 `step_up_required`, with the methods by which this account can authenticate again.
    pub async fn check(
        self,
        state: &Data<AppState>,
        session: &Authenticated,
        factors: Factors,
    ) -> Result<(), Problem> {
        let max_age = i64::try_from(state.step_up_max_age.as_secs()).unwrap_or(i64::MAX);
        let age = state.clock.now().unix_seconds().saturating_sub(session.claims.auth_time);
        let is_weak = self.two_factors && Aal::from_acr(&session.claims.acr) < Aal::Two;
        if is_weak || (self.recent && age > max_age) {
            let required = if self.two_factors { Aal::Two } else { Aal::One };
            let methods = if self.two_factors {
                factors.methods()
            } else {
                first_factors(state, session.user_id).await?
            };
            return Err(Problem::step_up_required(required.acr(), max_age, &methods));
        }
        Ok(())
    }
}

async fn first_factors(state: &Data<AppState>, user: Uuid) -> Result<Vec<&'static str>, Problem> {
    Ok(state.run(move |app| async move { app.authn.identities.reauthentication_methods(user).await }).await?)
}
