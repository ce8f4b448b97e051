//! The pages for people, as a browser without script meets them over HTTP.

pub mod scene;

mod confirm_email;
mod invitation;
mod languages;
mod request_link;
mod reset_password;
mod safety;
mod shell;
mod switched_off;
mod verify_email;
mod warnings;
