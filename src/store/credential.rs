//! Passwords, the links that replace them, and the attempts at them.

pub mod captcha;
pub mod link;
pub mod login_delay;
pub mod one_time_token;
pub mod password;
pub mod password_attempt;
pub mod reauthentication;
