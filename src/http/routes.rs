//! The table of all routes.

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{admin, auth, avatars, health, jwks, me, well_known};

/// All routes that the OpenAPI document describes. This is a macro because it serves two configurations without a common
/// trait: one collects the document, which takes megabytes of memory, and the workers use the plain one.
macro_rules! documented {
    ($config:expr) => {
        $config
            // The busiest first, because the framework compares a path with one route after another.
            .service(auth::refresh::refresh)
            .service(auth::verify_token::verify_token)
            // /api/v1/auth
            .service(auth::register::register)
            .service(auth::login::login)
            .service(auth::factor_challenge::challenge)
            .service(auth::passkey::options)
            .service(auth::passkey::verify)
            .service(auth::mfa::verify)
            .service(auth::email_verification::verify)
            .service(auth::email_verification::decline)
            .service(auth::email_verification::verify_with_new_password)
            .service(auth::email_verification::resend)
            .service(auth::email_change::request)
            .service(auth::email_change::confirm)
            .service(auth::link_action::act)
            .service(auth::password_reset::forgot)
            .service(auth::password_reset::reset)
            .service(auth::password_change::change)
            .service(auth::csrf::csrf)
            .service(auth::federation_completion::complete)
            .service(auth::federation::start)
            .service(auth::federation_callback::callback)
            .service(auth::federation_callback::callback_by_form)
            .service(auth::federation_token::nonce)
            .service(auth::federation_token::log_in)
            .service(auth::federation_logout::log_out)
            .service(auth::captcha::captcha)
            .service(auth::step_up::step_up)
            .service(auth::factor_challenge::challenge_step_up)
            .service(auth::logout::logout)
            .service(auth::logout_all::logout_all)
            // /api/v1/me
            .service(me::profile::profile)
            .service(me::profile::change_profile)
            .service(me::security_events::security_events)
            .service(me::avatar::change)
            .service(me::avatar::remove)
            .service(me::erasure::erase)
            .service(me::export::export)
            .service(me::passkeys::options)
            .service(me::passkeys::add)
            .service(me::passkeys::list)
            .service(me::passkeys::rename)
            .service(me::passkeys::remove)
            .service(me::first_credential::ask)
            .service(me::first_credential::set_password_by_link)
            .service(me::first_credential::passkey_options)
            .service(me::first_credential::add_passkey)
            .service(me::first_credential::set_password)
            .service(me::identities::list)
            .service(me::identities::begin_link)
            .service(me::identities::link)
            .service(me::identities::remove)
            .service(me::mfa::second_factors)
            .service(me::mfa::begin_totp)
            .service(me::mfa::confirm_totp)
            .service(me::mfa::remove_totp)
            .service(me::mfa::renew_backup_codes)
            .service(me::devices::list)
            .service(me::devices::remove)
            .service(me::sessions::list)
            .service(me::sessions::list_ended)
            .service(me::sessions::end_others)
            .service(me::sessions::end_one)
            .service(me::sms::enroll)
            .service(me::sms::confirm)
            .service(me::sms::remove)
            // /api/v1/avatars
            .service(avatars::picture)
            // /api/v1/admin
            .service(admin::users::list)
            .service(admin::users::create)
            .service(admin::users::show)
            .service(admin::users::change)
            .service(admin::users::erase)
            .service(admin::account_states::disable)
            .service(admin::account_states::enable)
            .service(admin::account_states::unlock)
            .service(admin::account_states::require_password_change)
            .service(admin::factor_reset::reset_mfa)
            .service(admin::sessions::list)
            .service(admin::sessions::end_all)
            .service(admin::sessions::end_one)
            .service(admin::sessions::revoke_all)
            .service(admin::invitations::list)
            .service(admin::invitations::invite)
            .service(admin::invitations::revoke)
            .service(admin::applications::list)
            .service(admin::applications::create)
            .service(admin::applications::remove)
            .service(admin::signing_keys::list)
            .service(admin::signing_keys::rotate)
            .service(admin::signing_keys::retire)
            .service(admin::root_keys::list)
            .service(admin::root_keys::rotate)
            .service(admin::root_keys::retire)
            .service(admin::stranger_counts::list)
            .service(admin::events::list)
            .service(admin::compliance::compliance)
            .service(admin::quotas::quotas)
            // /.well-known
            .service(jwks::jwks)
            .service(well_known::related_origins)
            .service(well_known::passkey_endpoints)
            .service(well_known::change_password)
            .service(well_known::asset_links)
            .service(well_known::apple_app_site_association)
            // /health
            .service(health::live)
            .service(health::ready)
            .service(health::health)
    };
}

/// The routes with their descriptions, for the document.
pub fn described(config: &mut ServiceConfig<'_>) {
    documented!(config);
}

/// The routes as they are served.
pub fn public(config: &mut web::ServiceConfig) {
    documented!(config);
}
