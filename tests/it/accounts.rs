//! What befalls an account from its registration on, as its owner and as strangers see it.

mod scene;

mod account_states;
mod email_change;
mod email_verification;
mod ended_session;
mod enumeration;
mod invitations;
mod link_tokens;
mod links;
mod password_change;
mod password_reset;
mod registration;
mod requested_links;
mod terms;
mod unproven;
mod unwritable;
