//! Passkeys, with a soft authenticator that can misbehave.

mod attestation;
mod enrollment;
mod keeping;
mod login;
mod misbehaviour;
mod moments;
mod nodes;
mod origins;
pub mod scene;
mod steps;
mod verification;
