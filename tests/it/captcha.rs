//! CAPTCHAs, as programs and pages meet them (AU-15).

mod links;
mod login;
mod page;
mod proof_of_work;
pub mod scene;
mod services;
