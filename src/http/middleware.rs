//! What happens to every request, from the outside in: unread bodies, correlation, security headers,
//! observation.

pub mod correlation;
pub mod observation;
pub mod security_headers;
pub mod sharing;
pub mod unread_body;
