//! Work that strangers make the server do: counted, shared, and ended with its client.

mod counts;
mod hashing;
mod uploads;
