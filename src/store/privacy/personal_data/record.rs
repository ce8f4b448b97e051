//! Rows as the person they are about reads them.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::Roles;
use crate::model::assurance::Amr;
use crate::model::mask;
use crate::store::entity::{
    avatar, backup_code, consent, device_attempt, factor_attempt, invitation, login_challenge,
    one_time_token, outbox, passkey, password_credential, pending_registration, quota_usage, security_event,
    session_family, sms_authenticator, sms_code, sms_send, totp_authenticator, trusted_device, user,
    webauthn_ceremony,
};

fn time(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn time_if(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(time)
}

fn degrees(tenths: i16) -> f64 {
    f64::from(tenths) / 10.0
}

pub(super) fn account(row: user::Model) -> Value {
    json!({
        "id": row.id,
        "email": row.email,
        "email_verified_at": time_if(row.email_verified_at),
        "display_name": row.display_name,
        "locale": row.locale,
        "status": row.status,
        "roles": Roles::from_stored(&row.roles).names(),
        "password_must_change": row.password_must_change,
        "credential_epoch": row.credential_epoch,
        "mfa_enrolled_at": time_if(row.mfa_enrolled_at),
        "mfa_reset_until": time_if(row.mfa_reset_until),
        "created_at": time(row.created_at),
        "updated_at": time(row.updated_at),
        "erase_at": time_if(row.erase_at),
        "device_epoch": row.device_epoch,
    })
}

pub(super) fn password(row: password_credential::Model) -> Value {
    json!({
        "changed_at": time(row.changed_at),
        "failures": row.failures,
        "locked_at": time_if(row.locked_at),
        "known_failures": row.known_failures,
        "known_locked_at": time_if(row.known_locked_at),
    })
}

pub(super) fn avatar(row: avatar::Model) -> Value {
    json!({
        "content_type": row.content_type,
        "bytes": row.bytes,
        "width": row.width,
        "height": row.height,
        "sha256": hex::encode(row.digest),
        "updated_at": time(row.updated_at),
    })
}

pub(super) fn phone(row: sms_authenticator::Model) -> Value {
    json!({
        "created_at": time(row.created_at),
        "confirmed_at": time_if(row.confirmed_at),
        "last_used_at": time_if(row.last_used_at),
    })
}

pub(super) fn sms_code(row: sms_code::Model) -> Value {
    json!({
        "flow_id": row.flow_id,
        "purpose": row.purpose,
        "tries": row.tries,
        "created_at": time(row.created_at),
        "expires_at": time(row.expires_at),
        "used_at": time_if(row.used_at),
    })
}

/// To which number and from where is kept as keyed hashes only.
pub(super) fn sms_send(row: sms_send::Model) -> Value {
    json!({ "id": row.id, "created_at": time(row.created_at) })
}

pub(super) fn session(row: session_family::Model) -> Value {
    json!({
        "id": row.id,
        "created_at": time(row.created_at),
        "auth_time": time(row.auth_time),
        "last_active_at": time(row.last_seen_at),
        "rotated_at": time(row.rotated_at),
        "generation": row.generation,
        "amr": Amr::from_stored(&row.amr).names(),
        "aal": row.aal,
        "device_name": row.device_name,
        "browser": row.browser,
        "os": row.os,
        "device_type": row.device_type,
        "network": row.last_ip_cidr,
        "location": row.location,
        "country": row.country,
        "latitude": row.latitude.map(degrees),
        "longitude": row.longitude.map(degrees),
        "login_country": row.login_country,
        "idle_expires_at": time(row.idle_expires_at),
        "expires_at": time(row.expires_at),
        "ended_at": time_if(row.revoked_at),
        "end_reason": row.revoke_reason,
        "known_device_id": row.known_device_id,
    })
}

/// Where another person acted from is that person's affair, and what was done to others is theirs. Of
/// strangers, who guess at a password for example, the network is told.
pub(super) fn event(row: security_event::Model, user_id: Uuid) -> Value {
    let is_own_place = row.actor_id.is_none_or(|actor| actor == user_id);
    let address = match row.actor_id {
        Some(_) => row.address.filter(|_| is_own_place),
        None => row.address.and_then(|address| address.parse().ok()).map(mask::network),
    };
    let is_about = row.user_id == Some(user_id);
    json!({
        "id": row.id,
        "kind": row.kind,
        "at": time(row.created_at),
        "user_id": row.user_id,
        "actor_id": row.actor_id,
        "session_id": row.session_id,
        "correlation_id": row.correlation_id,
        "address": address,
        "user_agent": row.user_agent.filter(|_| is_own_place),
        "detail": is_about.then_some(row.detail),
    })
}

pub(super) fn consent(row: consent::Model) -> Value {
    json!({
        "id": row.id,
        "document": row.document,
        "version": row.version,
        "accepted_at": time(row.accepted_at),
        "network": row.network,
    })
}

pub(super) fn one_time_token(row: one_time_token::Model) -> Value {
    json!({
        "id": row.id,
        "purpose": row.purpose,
        "email": row.email,
        "created_at": time(row.created_at),
        "expires_at": time(row.expires_at),
        "used_at": time_if(row.used_at),
        "voided_at": time_if(row.voided_at),
    })
}

pub(super) fn totp(row: totp_authenticator::Model) -> Value {
    json!({
        "created_at": time(row.created_at),
        "confirmed_at": time_if(row.confirmed_at),
        "last_used_at": time_if(row.last_used_at),
    })
}

pub(super) fn backup_code(row: backup_code::Model) -> Value {
    json!({ "id": row.id, "created_at": time(row.created_at), "used_at": time_if(row.used_at) })
}

pub(super) fn trusted_device(row: trusted_device::Model) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "browser": row.browser,
        "os": row.os,
        "device_type": row.device_type,
        "network": row.last_ip_cidr,
        "failures": row.failures,
        "created_at": time(row.created_at),
        "last_used_at": time(row.last_used_at),
        "expires_at": time(row.expires_at),
    })
}

pub(super) fn challenge(row: login_challenge::Model) -> Value {
    json!({
        "id": row.id,
        "amr": Amr::from_stored(&row.amr).names(),
        "device_name": row.device_name,
        "tries": row.tries,
        "created_at": time(row.created_at),
        "expires_at": time(row.expires_at),
        "used_at": time_if(row.used_at),
        "voided_at": time_if(row.voided_at),
    })
}

pub(super) fn factor_attempt(row: factor_attempt::Model) -> Value {
    json!({
        "factor": row.factor,
        "consecutive": row.consecutive,
        "recent": row.recent,
        "locks": row.locks,
        "locked_until": time_if(row.locked_until),
        "last_tried_at": time(row.last_tried_at),
    })
}

pub(super) fn device_attempt(row: device_attempt::Model) -> Value {
    json!({
        "device_id": row.device_id,
        "failures": row.failures,
        "last_tried_at": time(row.last_tried_at),
    })
}

pub(super) fn message(row: outbox::Model) -> Value {
    json!({
        "id": row.id,
        "channel": row.channel,
        "template": row.template,
        "state": row.state,
        "attempts": row.attempts,
        "created_at": time(row.created_at),
        "next_attempt_at": time(row.next_attempt_at),
        "expires_at": time_if(row.expires_at),
        "finished_at": time_if(row.finished_at),
    })
}

pub(super) fn invitation(row: invitation::Model) -> Value {
    json!({
        "id": row.id,
        "email": row.email,
        "roles": Roles::from_stored(&row.roles).names(),
        "invited_by": row.invited_by,
        "created_at": time(row.created_at),
        "expires_at": time(row.expires_at),
        "accepted_at": time_if(row.accepted_at),
        "revoked_at": time_if(row.revoked_at),
    })
}

pub(super) fn quota(row: quota_usage::Model) -> Value {
    json!({ "scope": row.scope, "day": row.day, "used": row.used })
}

/// Of the credential, its id: what identifies the person to us is theirs to know, its key is of no use to them.
pub(super) fn passkey(row: passkey::Model) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "credential_id": hex::encode(row.credential_id),
        "aaguid": row.aaguid,
        "synced": row.backup_eligible,
        "backed_up": row.backed_up,
        "created_at": time(row.created_at),
        "last_used_at": time_if(row.last_used_at),
    })
}

pub(super) fn ceremony(row: webauthn_ceremony::Model) -> Value {
    json!({
        "id": row.id,
        "kind": row.kind,
        "flow_id": row.flow_id,
        "created_at": time(row.created_at),
        "expires_at": time(row.expires_at),
        "used_at": time_if(row.used_at),
    })
}

/// Someone has registered the person's address: that may have been someone else, whose name and network are not the
/// person's to read.
pub(super) fn pending_registration(row: pending_registration::Model) -> Value {
    json!({
        "id": row.id,
        "email": row.email,
        "created_at": time(row.created_at),
        "expires_at": time(row.expires_at),
    })
}
