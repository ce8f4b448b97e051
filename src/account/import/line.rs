//! One line of an import: what may stand in it, and what is wrong with it.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::crypto::password::foreign;
use crate::model::account::{Role, Roles, Status};
use crate::model::authority::may_hold;
use crate::model::device::plain_name;
use crate::model::email::Email;
use crate::model::locale::Locale;
use crate::secret::Secret;

/// What is wrong with a line. It never repeats the line: there may be a hash in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The member; absent where the line as a whole is wrong.
    pub field: Option<&'static str>,
    /// Stable.
    pub code: &'static str,
    /// For people.
    pub detail: String,
}

/// A fault with the number of its line, from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineError {
    pub line: u64,
    #[serde(flatten)]
    pub fault: Fault,
}

impl std::fmt::Display for LineError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "line {}: ", self.line)?;
        if let Some(field) = self.fault.field {
            write!(formatter, "{field} ")?;
        }
        formatter.write_str(&self.fault.detail)
    }
}

impl Fault {
    fn of(field: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field: Some(field), code, detail: detail.into() }
    }

    pub(super) fn too_long() -> Self {
        let detail = format!("is longer than {} bytes", super::LONGEST_LINE);
        Self { field: None, code: "line_too_long", detail }
    }

    pub(super) fn duplicate_line() -> Self {
        Self::of("email", "duplicate_line", "stands in an earlier line as well")
    }

    pub(super) fn taken() -> Self {
        Self::of("email", "email_taken", "belongs to an account that exists; it was left as it is")
    }
}

/// Characters of the parser's words that are passed on.
const LONGEST_DETAIL: usize = 200;

/// What the operator allows, and the present moment.
pub(super) struct Rules {
    pub allow_roles: bool,
    pub now: Timestamp,
}

/// A user as a line describes one.
pub(super) struct NewUser {
    pub email: Email,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
    pub roles: Roles,
    pub status: Status,
    pub email_verified: bool,
    pub password_hash: Option<Secret<String>>,
    pub created_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    email: String,
    display_name: Option<String>,
    locale: Option<String>,
    #[serde(default)]
    email_verified: bool,
    roles: Option<Vec<String>>,
    #[serde(default)]
    disabled: bool,
    password_hash: Option<String>,
    created_at: Option<String>,
}

/// Reads a line.
pub(super) fn parse(text: &[u8], rules: &Rules) -> Result<NewUser, Fault> {
    let raw: Raw = serde_json::from_slice(text).map_err(|error| no_object(&error))?;
    let email = Email::parse(&raw.email)
        .map_err(|_| Fault::of("email", "invalid_email", "is not an e-mail address"))?;
    if let Some(hash) = &raw.password_hash {
        foreign::check(hash)
            .map_err(|problem| Fault::of("password_hash", problem.code(), problem.to_string()))?;
    }
    let roles = roles(raw.roles, rules)?;
    may_hold(roles, Roles::default(), raw.email_verified).map_err(|_| role_unproven())?;
    Ok(NewUser {
        email,
        display_name: raw.display_name.as_deref().and_then(plain_name),
        locale: raw.locale.map(|tag| tag.parse()).transpose().map_err(invalid_locale)?,
        roles,
        status: if raw.disabled { Status::Disabled } else { Status::Active },
        email_verified: raw.email_verified,
        password_hash: raw.password_hash.map(Secret::new),
        created_at: raw.created_at.map(|text| created_at(&text, rules)).transpose()?,
    })
}

/// The parser's words for values would repeat them: only the names of unknown and missing members are told.
fn no_object(error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    let about_members = ["unknown field", "missing field", "duplicate field"];
    let detail = if about_members.iter().any(|start| text.starts_with(start)) {
        let words = text.split(" at line").next().unwrap_or_default();
        words.chars().take(LONGEST_DETAIL).flat_map(char::escape_debug).collect()
    } else {
        format!("is no JSON object of the known form (at column {})", error.column())
    };
    Fault { field: None, code: "invalid_line", detail }
}

fn invalid_locale(error: crate::model::locale::InvalidLocale) -> Fault {
    Fault::of("locale", "invalid_locale", error.to_string())
}

fn roles(names: Option<Vec<String>>, rules: &Rules) -> Result<Roles, Fault> {
    let ordinary = Roles::of(&[Role::User]);
    let Some(names) = names else { return Ok(ordinary) };
    let roles = Roles::from_stored(&names.join(" "));
    if roles.names().len() != names.len() || names.is_empty() {
        return Err(Fault::of("roles", "unknown_role", "must be some of user, support, admin, each once"));
    }
    if roles != ordinary && !rules.allow_roles {
        return Err(Fault::of("roles", "role_not_allowed", "needs --allow-roles"));
    }
    Ok(roles)
}

/// Anyone may have opened the account in the other system.
fn role_unproven() -> Fault {
    Fault::of("roles", "role_unproven", "above user need \"email_verified\": true")
}

fn created_at(text: &str, rules: &Rules) -> Result<Timestamp, Fault> {
    let moment = Timestamp::parse_rfc3339(text);
    let sane = |moment: &Timestamp| (Timestamp::default()..=rules.now).contains(moment);
    moment.filter(sane).ok_or_else(|| {
        Fault::of("created_at", "invalid_time", "must be a time of RFC 3339 since 1970, and not ahead of now")
    })
}

#[cfg(test)]
mod tests;
