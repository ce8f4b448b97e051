//! `/api/v1/auth`: registration, login, tokens and credentials.

pub mod captcha;
pub mod csrf;
pub mod email_change;
pub mod email_verification;
pub mod factor_challenge;
pub mod federation;
mod federation_body;
pub mod federation_callback;
pub mod federation_completion;
pub mod federation_logout;
pub mod federation_target;
pub mod federation_token;
pub mod known_device;
pub mod link_action;
pub mod login;
pub mod logout;
pub mod logout_all;
pub mod mfa;
pub mod passkey;
pub mod password_change;
pub mod password_reset;
pub mod refresh;
pub mod register;
pub mod step_up;
pub mod verify_token;
