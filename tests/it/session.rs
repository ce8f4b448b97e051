//! Session families: one live token, whatever happens at the same time.

mod admission;
mod clock;
mod generations;
mod grace;
mod invalid_tokens;
mod limit;
mod login_race;
mod logout_race;
mod lost_answer;
mod model_based;
#[cfg(debug_assertions)]
mod panic;
mod parallel;
mod passivation;
mod regressed;
mod replay;
mod revocation_log;
mod revoke_all;
mod two_nodes;
