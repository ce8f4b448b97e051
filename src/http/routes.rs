//! The whole route table.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{auth, avatars, health, jwks, me};

/// Everything that the OpenAPI document describes.
pub fn public(config: &mut ServiceConfig<'_>) {
    config
        // /api/v1/auth
        .service(auth::register::register)
        .service(auth::login::login)
        .service(auth::refresh::refresh)
        .service(auth::verify_token::verify_token)
        .service(auth::logout::logout)
        .service(auth::logout_all::logout_all)
        // /api/v1/me
        .service(me::profile::profile)
        .service(me::avatar::change)
        .service(me::avatar::remove)
        .service(me::sessions::list)
        .service(me::sessions::end_others)
        .service(me::sessions::end_one)
        // /api/v1/avatars
        .service(avatars::picture)
        // /.well-known
        .service(jwks::jwks)
        // /health
        .service(health::live)
        .service(health::ready)
        .service(health::report);
}
