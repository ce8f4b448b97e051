//! Limits by network, and of the refreshes of one session.

pub mod visitor;

mod alike;
mod login;
mod parallel;
mod refresh;
mod requests;
mod school;
