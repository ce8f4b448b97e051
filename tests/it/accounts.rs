//! What befalls an account from its registration on, as its owner and as strangers see it.

mod scene;

mod account_states;
mod email_change;
mod email_verification;
mod enumeration;
mod invitations;
mod link_tokens;
mod links;
mod password_change;
mod password_reset;
mod registration;
mod terms;
mod unwritable;
