//! Passwords, the links that replace them, and the attempts at them.

pub(crate) mod application;
pub(crate) mod captcha;
pub(crate) mod first_credential;
pub(crate) mod link;
pub(crate) mod link_action;
pub(crate) mod link_record;
pub(crate) mod login_delay;
pub(crate) mod one_time_token;
pub(crate) mod password;
pub(crate) mod password_attempt;
pub mod reauthentication;
