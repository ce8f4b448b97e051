//! Connections, migrations, time, and what every other module builds on.

pub(in crate::store) mod column;
pub mod connect;
pub(in crate::store) mod counter;
pub(in crate::store) mod doubt;
pub mod error;
mod error_code;
pub mod job_run;
pub(in crate::store) mod kept_connection;
pub mod keyset;
mod lease;
pub mod listen;
pub mod migrate;
pub(in crate::store) mod moment;
pub mod probe;
pub mod transaction;
