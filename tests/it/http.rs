//! The HTTP contract, endpoint by endpoint; the command line and the configuration.

pub mod common;
mod jws;

mod access_token;
mod access_token_expired;
mod access_token_invalid;
mod bad_input;
mod bad_input_envelope;
pub mod cli;
mod cli_about;
mod cli_config;
mod cli_migrate;
mod cli_production;
mod continuation;
mod headers;
mod health;
mod hostile_text;
mod idle_connections;
mod jwks;
mod login;
mod login_overload;
mod login_password;
mod logout;
mod logs;
mod me;
mod me_change;
mod me_security_events;
mod me_sessions;
mod methods;
mod metrics;
mod openapi;
mod problems;
mod raw_socket;
mod register;
mod register_password;
mod well_known;
