//! Session families: one live token, whatever happens at the same time.

mod logout_race;
mod model_based;
mod parallel;
mod replay;
mod two_nodes;
