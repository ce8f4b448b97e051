//! Codes by SMS: the number they go to, what they prove, and how many leave.

pub mod scene;

mod flows;

mod binding;
mod code;
mod enrollment;
mod limits;
mod limits_parallel;
mod privacy;
pub mod refused;
mod relay;
mod steps;
