//! The one integration binary: it drives the real server as its clients and operators do.

mod support;

mod accounts;
mod admin;
mod architecture;
mod delivery;
mod dockerfile;
mod fault;
mod http;
mod login;
mod readme;
mod session;
mod storage;
