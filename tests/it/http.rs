//! The HTTP contract, endpoint by endpoint; the command line and the configuration.

mod common;

mod login;
mod login_overload;
mod login_password;
mod me;
mod me_sessions;
mod register;
mod register_password;
