//! The one integration binary: it drives the real server as its clients and operators do.

mod support;

mod accounts;
mod admin;
mod anomalies;
mod architecture;
mod avatars;
mod bench;
mod browser;
mod captcha;
mod delivery;
mod dockerfile;
mod edge;
mod faults;
mod federation;
mod http;
mod keys;
mod login;
mod mfa;
mod operations;
mod pages;
mod passkeys;
mod privacy;
mod readme;
mod session;
mod sms;
mod storage;
mod strangers;
mod throttle;
mod tls;
