//! One file per table. Entities stay in the store; everything above sees the model.

pub mod avatar;
pub mod backup_code;
pub mod consent;
pub mod factor_attempt;
pub mod invitation;
pub mod job_run;
pub mod login_challenge;
pub mod one_time_token;
pub mod outbox;
pub mod passkey;
pub mod password_credential;
pub mod pending_registration;
pub mod quota_usage;
pub mod revocation;
pub mod root_key;
pub mod security_event;
pub mod session_family;
pub mod signing_key;
pub mod sms_authenticator;
pub mod sms_code;
pub mod sms_send;
pub mod stand_in;
pub mod totp_authenticator;
pub mod trusted_device;
pub mod user;
pub mod webauthn_ceremony;
