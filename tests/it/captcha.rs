//! CAPTCHAs, as programs and pages meet them (AU-15).

mod login;
mod page;
mod proof_of_work;
mod scene;
mod services;
