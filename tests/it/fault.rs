//! What breaks under a running server, and what must hold all the same.

mod database;
mod kill;
mod kill_after_end;
pub mod ledger;
mod outage;
pub mod refusal;
pub mod seed;
