//! Logins with other providers, against a provider that the tests hold in their hands.

mod addresses;
mod first_credential;
mod hijacking;
mod linking;
mod login;
mod logout;
mod native;
pub mod scene;
mod states;
mod step_up;
mod targets;
