//! Connections, migrations, time, and what every other module builds on.

pub(in crate::store) mod column;
pub(crate) mod connect;
pub(in crate::store) mod counter;
pub(in crate::store) mod doubt;
pub(crate) mod error;
mod error_code;
pub(crate) mod job_run;
pub(in crate::store) mod kept_connection;
pub(crate) mod keyset;
mod large_index;
mod lease;
pub(crate) mod listen;
pub(crate) mod migrate;
pub(in crate::store) mod moment;
pub(crate) mod probe;
pub(in crate::store) mod traced;
pub(crate) mod transaction;
pub(crate) mod word;
