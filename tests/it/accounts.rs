//! What befalls an account from its registration on, as its owner and as strangers see it.

pub mod scene;

mod account_states;
mod breached;
mod common_passwords;
mod email_change;
mod email_verification;
mod ended_session;
mod enumeration;
mod first_proof;
mod followed_twice;
mod invitations;
mod link_tokens;
mod links;
mod password_change;
mod password_reset;
mod pending;
mod registration;
mod registration_work;
mod requested_links;
mod secured;
mod terms;
mod unwritable;
