//! One file per table. Entities stay in the store; everything above sees the model.

pub mod avatar;
pub mod consent;
pub mod invitation;
pub mod job_run;
pub mod one_time_token;
pub mod outbox;
pub mod password_credential;
pub mod quota_usage;
pub mod revocation;
pub mod root_key;
pub mod security_event;
pub mod session_family;
pub mod signing_key;
pub mod stand_in;
pub mod user;
