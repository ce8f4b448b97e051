//! The integration tests: they drive the real server from outside, on SQLite and on PostgreSQL.

mod architecture;
mod dockerfile;
mod support;
