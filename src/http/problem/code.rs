//! The stable codes by which clients distinguish problems.

use actix_web::http::StatusCode;

/// The code of a problem. `docs/errors.md` describes each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    InvalidRequest,
    RequestTimeout,
    ValidationFailed,
    UnsupportedMediaType,
    PayloadTooLarge,
    UriTooLong,
    HeadersTooLarge,
    InvalidCredentials,
    AccountNotActive,
    EmailNotVerified,
    PasswordChangeRequired,
    MfaEnrollmentRequired,
    MfaResetPending,
    StepUpRequired,
    CaptchaRequired,
    CaptchaInvalid,
    MfaCodeInvalid,
    ChallengeInvalid,
    FederationFailed,
    FederationEmailMissing,
    AccountExists,
    ProviderUnavailable,
    TokenMissing,
    TokenInvalid,
    TokenExpired,
    SessionRevoked,
    SessionExpired,
    RefreshTokenInvalid,
    RefreshTokenReused,
    RefreshInFlight,
    Forbidden,
    CsrfFailed,
    OriginNotAllowed,
    WeakPassword,
    BreachedPassword,
    EmailTaken,
    Conflict,
    NotFound,
    MethodNotAllowed,
    RateLimited,
    Overloaded,
    Unavailable,
    KeysUnavailable,
    Internal,
}

/// Code, status, title, default detail.
type Row = (&'static str, u16, &'static str, &'static str);

impl Code {
    pub const ALL: [Self; 44] = [
        Self::InvalidRequest,
        Self::RequestTimeout,
        Self::ValidationFailed,
        Self::UnsupportedMediaType,
        Self::PayloadTooLarge,
        Self::UriTooLong,
        Self::HeadersTooLarge,
        Self::InvalidCredentials,
        Self::AccountNotActive,
        Self::EmailNotVerified,
        Self::PasswordChangeRequired,
        Self::MfaEnrollmentRequired,
        Self::MfaResetPending,
        Self::StepUpRequired,
        Self::CaptchaRequired,
        Self::CaptchaInvalid,
        Self::MfaCodeInvalid,
        Self::ChallengeInvalid,
        Self::FederationFailed,
        Self::FederationEmailMissing,
        Self::AccountExists,
        Self::ProviderUnavailable,
        Self::TokenMissing,
        Self::TokenInvalid,
        Self::TokenExpired,
        Self::SessionRevoked,
        Self::SessionExpired,
        Self::RefreshTokenInvalid,
        Self::RefreshTokenReused,
        Self::RefreshInFlight,
        Self::Forbidden,
        Self::CsrfFailed,
        Self::OriginNotAllowed,
        Self::WeakPassword,
        Self::BreachedPassword,
        Self::EmailTaken,
        Self::Conflict,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RateLimited,
        Self::Overloaded,
        Self::Unavailable,
        Self::KeysUnavailable,
        Self::Internal,
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }

    const fn row(self) -> Row {
        match self {
            Self::InvalidRequest => {
                ("invalid_request", 400, "Invalid request", "The request cannot be understood.")
            }
            Self::RequestTimeout => {
                ("request_timeout", 408, "Request timeout", "The request took too long to arrive.")
            }
            Self::ValidationFailed => {
                ("validation_failed", 422, "Validation failed", "The request has invalid members.")
            }
            Self::UnsupportedMediaType => (
                "unsupported_media_type",
                415,
                "Unsupported media type",
                "The body must be application/json.",
            ),
            Self::PayloadTooLarge => {
                ("payload_too_large", 413, "Payload too large", "The body is larger than 64 KiB.")
            }
            Self::UriTooLong => {
                ("uri_too_long", 414, "URI too long", "The request target is longer than 8 KiB.")
            }
            Self::HeadersTooLarge => {
                ("headers_too_large", 431, "Headers too large", "The header fields are larger than 32 KiB.")
            }
            Self::InvalidCredentials => (
                "invalid_credentials",
                401,
                "Invalid credentials",
                "The e-mail address or the password is wrong.",
            ),
            Self::AccountNotActive => {
                ("account_not_active", 403, "Account not active", "This account may not log in.")
            }
            Self::EmailNotVerified => (
                "email_not_verified",
                403,
                "E-mail not verified",
                "The account's e-mail address is not verified yet; use the link in the mail.",
            ),
            Self::PasswordChangeRequired => (
                "password_change_required",
                403,
                "Password change required",
                "The password must be changed before anything else.",
            ),
            Self::MfaEnrollmentRequired => (
                "mfa_enrollment_required",
                403,
                "Second factor required",
                "A second factor must be enrolled before anything else.",
            ),
            Self::MfaResetPending => (
                "mfa_reset_pending",
                403,
                "Second factors were reset",
                "An administrator has reset the second factors; logins are refused for some time.",
            ),
            Self::MfaCodeInvalid => {
                ("mfa_code_invalid", 401, "Second factor invalid", "The second factor is not valid.")
            }
            Self::ChallengeInvalid => (
                "challenge_invalid",
                401,
                "Challenge invalid",
                "This challenge is wrong, has expired, or was used before; begin again.",
            ),
            Self::FederationFailed => (
                "federation_failed",
                401,
                "Login with the provider failed",
                "The login with the provider does not count, or no longer; begin again.",
            ),
            Self::FederationEmailMissing => (
                "federation_email_missing",
                409,
                "E-mail address required",
                "The provider has told no address that counts as proven; name one, and send the code again.",
            ),
            Self::AccountExists => (
                "account_exists",
                409,
                "Account exists",
                "Log in to the account of this address in another way first, and link the identity there.",
            ),
            Self::ProviderUnavailable => (
                "provider_unavailable",
                503,
                "Provider unavailable",
                "The identity provider cannot be reached at the moment; try again.",
            ),
            Self::StepUpRequired => {
                ("step_up_required", 403, "Step-up required", "This requires a recent authentication.")
            }
            Self::CaptchaRequired => (
                "captcha_required",
                403,
                "CAPTCHA required",
                "The request needs the answer to a CAPTCHA in captcha_token (GET /api/v1/auth/captcha).",
            ),
            Self::CaptchaInvalid => (
                "captcha_invalid",
                403,
                "CAPTCHA invalid",
                "The answer in captcha_token is wrong, has expired, or was used before.",
            ),
            Self::TokenMissing => ("token_missing", 401, "Token missing", "An access token is required."),
            Self::TokenInvalid => ("token_invalid", 401, "Token invalid", "The access token is not valid."),
            Self::TokenExpired => ("token_expired", 401, "Token expired", "The access token has expired."),
            Self::SessionRevoked => {
                ("session_revoked", 401, "Session revoked", "This session was revoked; log in again.")
            }
            Self::SessionExpired => {
                ("session_expired", 401, "Session expired", "This session has expired; log in again.")
            }
            Self::RefreshTokenInvalid => {
                ("refresh_token_invalid", 401, "Refresh token invalid", "The refresh token is not valid.")
            }
            Self::RefreshTokenReused => (
                "refresh_token_reused",
                401,
                "Refresh token reused",
                "This refresh token was used before, so its session was revoked; log in again.",
            ),
            Self::RefreshInFlight => (
                "refresh_in_flight",
                409,
                "Refresh in flight",
                "This token was spent a moment ago; use the tokens that the other request returns.",
            ),
            Self::Forbidden => ("forbidden", 403, "Forbidden", "This is not allowed."),
            Self::CsrfFailed => (
                "csrf_failed",
                403,
                "CSRF token missing or wrong",
                "A request with cookies needs the token of GET /api/v1/auth/csrf in X-CSRF-Token.",
            ),
            Self::OriginNotAllowed => (
                "origin_not_allowed",
                403,
                "Origin not allowed",
                "Pages of this origin may not use cookies of this server (cors.allowed_origins).",
            ),
            Self::WeakPassword => ("weak_password", 422, "Weak password", "This password is not acceptable."),
            Self::BreachedPassword => (
                "breached_password",
                422,
                "Breached password",
                "This password became public in a breach of another service.",
            ),
            Self::EmailTaken => ("email_taken", 409, "E-mail taken", "An account with this address exists."),
            Self::Conflict => ("conflict", 409, "Conflict", "This is not possible in the current state."),
            Self::NotFound => ("not_found", 404, "Not found", "There is nothing at this address."),
            Self::MethodNotAllowed => {
                ("method_not_allowed", 405, "Method not allowed", "The resource does not have this method.")
            }
            Self::RateLimited => {
                ("rate_limited", 429, "Too many requests", "Too many requests; try again later.")
            }
            Self::Overloaded => {
                ("overloaded", 503, "Overloaded", "The service is overloaded; try again later.")
            }
            Self::Unavailable => (
                "unavailable",
                503,
                "Unavailable",
                "The service cannot handle the request at the moment; try again.",
            ),
            Self::KeysUnavailable => (
                "keys_unavailable",
                503,
                "Keys unavailable",
                "The service is starting and waits for the service that holds its keys; try again.",
            ),
            Self::Internal => {
                ("internal", 500, "Internal error", "The server has failed to handle the request.")
            }
        }
    }

    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub const fn title(self) -> &'static str {
        self.row().2
    }

    pub const fn detail(self) -> &'static str {
        self.row().3
    }

    /// Seconds after which the client should try again.
    pub const fn retry_after(self) -> Option<u32> {
        match self {
            Self::RefreshInFlight
            | Self::RateLimited
            | Self::Overloaded
            | Self::Unavailable
            | Self::KeysUnavailable => Some(1),
            // As long as a provider that has failed is left alone.
            Self::ProviderUnavailable => Some(5),
            _ => None,
        }
    }

    /// The `error` of `WWW-Authenticate`: the code of RFC 6750 §3.1 if one applies, otherwise this code.
    pub const fn bearer_error(self) -> &'static str {
        match self {
            Self::TokenMissing => "invalid_request",
            Self::TokenInvalid | Self::TokenExpired | Self::SessionRevoked | Self::SessionExpired => {
                "invalid_token"
            }
            _ => self.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_found_by_its_name() {
        assert_eq!(Code::Internal as usize + 1, Code::ALL.len(), "the last code is the last of all");
        for (place, code) in Code::ALL.into_iter().enumerate() {
            assert_eq!((code as usize, Code::named(code.as_str())), (place, Some(code)));
        }
    }
}
