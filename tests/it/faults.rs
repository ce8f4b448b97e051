//! What breaks under a running server, and what must hold all the same.

mod corrupt_file;
mod corrupt_key;
pub mod corrupt_row;
mod database;
mod database_tls;
mod failover;
mod frozen;
mod full_disk;
mod hung_commits;
mod kill;
mod kill_after_end;
mod kill_changes;
pub mod ledger;
pub mod lock;
mod lock_order;
pub mod locked;
mod lost_answer;
mod lost_primary;
mod outage;
pub mod refusal;
mod refusal_codes;
mod right_but_failed;
pub mod seed;
mod shutdown;
mod silent_journal;
mod start_messages;
