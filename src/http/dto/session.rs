//! Sessions in lists, and how many were revoked.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::session::ended::EndedSession;
use crate::store::session::family::SessionOverview;

/// A live session.
#[derive(Serialize, ToSchema)]
pub struct SessionItem {
    pub id: Uuid,
    /// Whether this session sent the request.
    pub current: bool,
    #[schema(example = "Ada's laptop")]
    pub device_name: Option<String>,
    #[schema(example = "Firefox 133")]
    pub browser: Option<String>,
    #[schema(example = "Linux")]
    pub os: Option<String>,
    /// `desktop`, `mobile` or `unknown`.
    #[schema(example = "desktop")]
    pub device_type: &'static str,
    /// The last address, masked to /24 (IPv4) or /48 (IPv6).
    #[schema(example = "192.0.2.0/24")]
    pub ip: Option<String>,
    /// Where that address is, if known, for example `Berlin, DE`.
    #[schema(example = "Berlin, DE")]
    pub location: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub last_active_at: String,
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// Authenticator assurance level (NIST SP 800-63B).
    #[schema(example = 1)]
    pub aal: u8,
    /// Authentication methods (RFC 8176).
    #[schema(example = json!(["pwd", "otp"]))]
    pub amr: Vec<&'static str>,
}

impl SessionItem {
    /// A session as it is shown to the session `current`.
    pub fn of(session: SessionOverview, current: Uuid) -> Self {
        Self {
            id: session.id,
            current: session.id == current,
            device_name: session.device_name,
            browser: session.browser,
            os: session.os,
            device_type: session.device_type.as_str(),
            ip: session.network,
            location: session.location,
            created_at: session.created_at.rfc3339(),
            last_active_at: session.last_active_at.rfc3339(),
            expires_at: session.expires_at.rfc3339(),
            aal: session.aal.number(),
            amr: session.amr.names(),
        }
    }
}

/// A session that has ended.
#[derive(Serialize, ToSchema)]
pub struct EndedSessionItem {
    pub id: Uuid,
    #[schema(example = "Ada's laptop")]
    pub device_name: Option<String>,
    #[schema(example = "Firefox 133")]
    pub browser: Option<String>,
    #[schema(example = "Linux")]
    pub os: Option<String>,
    /// `desktop`, `mobile` or `unknown`.
    #[schema(example = "desktop")]
    pub device_type: &'static str,
    /// The last address, masked to /24 (IPv4) or /48 (IPv6).
    #[schema(example = "192.0.2.0/24")]
    pub ip: Option<String>,
    /// Where that address is, if known, for example `Berlin, DE`.
    #[schema(example = "Berlin, DE")]
    pub location: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub last_active_at: String,
    /// When it was revoked or expired.
    #[schema(format = DateTime)]
    pub ended_at: String,
    /// Why it ended, for example `logout`, `ended_by_user` or `expired`.
    #[schema(example = "logout")]
    pub reason: &'static str,
    /// Authentication methods (RFC 8176).
    #[schema(example = json!(["pwd", "otp"]))]
    pub amr: Vec<&'static str>,
}

impl From<EndedSession> for EndedSessionItem {
    fn from(session: EndedSession) -> Self {
        Self {
            id: session.id,
            device_type: session.device_type.as_str(),
            created_at: session.created_at.rfc3339(),
            last_active_at: session.last_active_at.rfc3339(),
            ended_at: session.ended_at().rfc3339(),
            reason: session.reason().as_str(),
            amr: session.amr.names(),
            device_name: session.device_name,
            browser: session.browser,
            os: session.os,
            ip: session.network,
            location: session.location,
        }
    }
}

/// How many sessions were revoked.
#[derive(Serialize, ToSchema)]
pub struct RevokedCount {
    pub revoked: usize,
}
