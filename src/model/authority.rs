//! Authorization of actions on other accounts (ASVS 5.0 §8.2, §8.3).
//!
//! Support may read, and revoke sessions of accounts with lower roles. Administrators may do everything else. No one
//! acts on an account with a higher role or changes their own rights, and one active administrator always remains.

use uuid::Uuid;

use super::account::{Role, Roles};

#[cfg(test)]
mod tests;

/// The permission that a group of operations requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// To see accounts, sessions, invitations and security events.
    Read,
    EndSessions,
    /// To change accounts and to invite.
    Manage,
}

impl Permission {
    pub const fn least_role(self) -> Role {
        match self {
            Self::Read | Self::EndSessions => Role::Support,
            Self::Manage => Role::Admin,
        }
    }

    /// Whether recent authentication is required, so that a stolen session is not enough (ASVS 5.0 §7.5.3).
    pub const fn needs_recent_authentication(self) -> bool {
        !matches!(self, Self::Read)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::EndSessions => "end_sessions",
            Self::Manage => "manage",
        }
    }

    pub fn is_granted_to(self, roles: Roles) -> bool {
        roles.highest() >= self.least_role()
    }
}

/// The present rights of the one who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// The operator at the command line, who has access to the database anyway.
    Operator,
    User(Standing),
}

/// The properties of an account that decide about its part in an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub id: Uuid,
    pub roles: Roles,
    /// Neither disabled nor about to be erased.
    pub active: bool,
    /// Whether the address is proven.
    pub proven: bool,
}

impl Standing {
    /// Whether this is an active administrator, one of whom must remain.
    pub fn is_active_admin(self) -> bool {
        self.active && self.roles.contains(Role::Admin)
    }
}

/// An action on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    EndSessions,
    UpdateProfile,
    /// The new roles.
    ChangeRoles(Roles),
    Disable,
    Enable,
    Unlock,
    RequirePasswordChange,
    /// All second factors removed.
    ResetMfa,
    ChangeEmail,
    Erase,
}

impl Deed {
    pub const fn permission(self) -> Permission {
        match self {
            Self::EndSessions => Permission::EndSessions,
            _ => Permission::Manage,
        }
    }

    /// The name in security events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndSessions => "end_sessions",
            Self::UpdateProfile => "update_profile",
            Self::ChangeRoles(_) => "change_roles",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Unlock => "unlock",
            Self::RequirePasswordChange => "require_password_change",
            Self::ResetMfa => "reset_mfa",
            Self::ChangeEmail => "change_email",
            Self::Erase => "erase",
        }
    }

    /// Whether no one may do it to their own account, because it would change the rights that they act with. Their own
    /// second factors, address and account are changed by other operations, which verify more first.
    const fn is_for_others(self) -> bool {
        matches!(
            self,
            Self::Disable | Self::ChangeRoles(_) | Self::ResetMfa | Self::ChangeEmail | Self::Erase
        )
    }

    /// Whether an administrator is no longer one afterwards.
    pub fn unmakes_admin(self) -> bool {
        match self {
            Self::Disable | Self::Erase => true,
            Self::ChangeRoles(roles) => !roles.contains(Role::Admin),
            _ => false,
        }
    }
}

/// Why an action is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    #[error("The caller's roles do not allow this.")]
    NotPermitted,
    #[error("No one may do this to an account with that role.")]
    HigherRole,
    #[error("No one may do this to their own account.")]
    Oneself,
    #[error("No one can grant a role above their own.")]
    BeyondOwnRole,
    #[error("This is the last active administrator.")]
    LastAdmin,
    #[error(
        "The address is not proven: anyone may have opened this account. Grant the role once its owner has verified the \
         address, or invite the address."
    )]
    Unproven,
}

impl Denial {
    /// Whether the action conflicts with the present state, and is not a matter of the rights of the one who acts.
    pub const fn is_conflict(self) -> bool {
        matches!(self, Self::LastAdmin | Self::Unproven)
    }
}

/// Checks whether an account may be given these roles. A role above `user` requires a proven address, because
/// otherwise a stranger who registered the address would get it.
///
/// # Errors
/// [`Denial::Unproven`].
pub fn may_hold(roles: Roles, present: Roles, proven: bool) -> Result<(), Denial> {
    let is_more = roles.highest() > present.highest().max(Role::User);
    if is_more && !proven { Err(Denial::Unproven) } else { Ok(()) }
}

/// Checks whether the action is allowed.
///
/// `is_last_admin` says whether the target is the only active administrator.
///
/// # Errors
/// [`Denial`].
pub fn judge(rights: Rights, deed: Deed, target: Standing, is_last_admin: bool) -> Result<(), Denial> {
    if let Rights::User(user) = rights {
        judge_user(user, deed, target)?;
    }
    if let Deed::ChangeRoles(roles) = deed {
        may_hold(roles, target.roles, target.proven)?;
    }
    if is_last_admin && deed.unmakes_admin() {
        return Err(Denial::LastAdmin);
    }
    Ok(())
}

fn judge_user(user: Standing, deed: Deed, target: Standing) -> Result<(), Denial> {
    may(Rights::User(user), deed.permission())?;
    if user.id == target.id && deed.is_for_others() {
        return Err(Denial::Oneself);
    }
    let (own, other) = (user.roles.highest(), target.roles.highest());
    // Support helps users, but may not act on other members of support.
    let is_above = other > own || (other == own && own != Role::Admin);
    if is_above {
        return Err(Denial::HigherRole);
    }
    match deed {
        Deed::ChangeRoles(roles) => may_grant(Rights::User(user), roles),
        _ => Ok(()),
    }
}

/// Checks whether the one who acts has the permission.
///
/// # Errors
/// [`Denial::NotPermitted`].
pub fn may(rights: Rights, permission: Permission) -> Result<(), Denial> {
    match rights {
        Rights::User(user) if !user.active || !permission.is_granted_to(user.roles) => {
            Err(Denial::NotPermitted)
        }
        Rights::Operator | Rights::User(_) => Ok(()),
    }
}

/// Checks whether the one who acts may grant these roles, to an account or by an invitation.
///
/// # Errors
/// [`Denial`].
pub fn may_grant(rights: Rights, roles: Roles) -> Result<(), Denial> {
    may(rights, Permission::Manage)?;
    match rights {
        Rights::User(user) if roles.highest() > user.roles.highest() => Err(Denial::BeyondOwnRole),
        Rights::Operator | Rights::User(_) => Ok(()),
    }
}
