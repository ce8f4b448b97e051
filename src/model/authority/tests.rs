use proptest::prelude::*;

use super::*;

fn roles() -> impl Strategy<Value = Roles> {
    prop::collection::vec(prop::sample::select(vec![Role::User, Role::Support, Role::Admin]), 0..3)
        .prop_map(|roles| Roles::of(&roles))
}

/// Few ids, so that acting and target are often the same.
fn standing() -> impl Strategy<Value = Standing> {
    (1..4u128, roles(), any::<bool>(), any::<bool>()).prop_map(|(id, roles, active, proven)| Standing {
        id: Uuid::from_u128(id),
        roles,
        active,
        proven,
    })
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::EndSessions),
        Just(Deed::UpdateProfile),
        roles().prop_map(Deed::ChangeRoles),
        Just(Deed::Disable),
        Just(Deed::Enable),
        Just(Deed::Unlock),
        Just(Deed::RequirePasswordChange),
        Just(Deed::ResetMfa),
        Just(Deed::ChangeEmail),
        Just(Deed::Erase),
    ]
}

proptest! {
    #[test]
    fn no_one_acts_upwards(acting in standing(), deed in deed(), target in standing(), is_last in any::<bool>()) {
        if judge(Rights::User(acting), deed, target, is_last).is_ok() {
            prop_assert!(acting.active);
            prop_assert!(acting.roles.highest() >= target.roles.highest());
            prop_assert!(acting.roles.highest() >= Role::Support);
        }
    }

    #[test]
    fn support_ends_sessions_of_people_below_and_nothing_else(deed in deed(), target in standing(), is_last in any::<bool>()) {
        let support = Standing { id: Uuid::nil(), roles: Roles::of(&[Role::User, Role::Support]), active: true, proven: true };
        let allowed = judge(Rights::User(support), deed, target, is_last).is_ok();
        prop_assert_eq!(allowed, deed == Deed::EndSessions && target.roles.highest() == Role::User);
    }

    #[test]
    fn no_one_disables_promotes_or_resets_themselves(acting in standing(), roles in roles(), is_last in any::<bool>()) {
        for deed in [Deed::Disable, Deed::ChangeRoles(roles), Deed::ResetMfa, Deed::ChangeEmail, Deed::Erase] {
            prop_assert!(judge(Rights::User(acting), deed, acting, is_last).is_err());
        }
    }

    #[test]
    fn no_one_grants_more_than_they_hold(acting in standing(), roles in roles()) {
        if may_grant(Rights::User(acting), roles).is_ok() {
            prop_assert!(roles.highest() <= acting.roles.highest());
            prop_assert_eq!(acting.roles.highest(), Role::Admin);
        }
    }

    /// After any sequence of actions by anyone, an active administrator remains.
    #[test]
    fn one_administrator_remains(
        mut people in prop::collection::vec((roles(), any::<bool>()), 1..5),
        deeds in prop::collection::vec((prop::option::of(0..5usize), deed(), 0..5usize), 0..40),
    ) {
        people.push((Roles::of(&[Role::Admin]), true));
        let mut people: Vec<Standing> = people
            .into_iter()
            .zip(1..)
            .map(|((roles, active), id)| Standing { id: Uuid::from_u128(id), roles, active, proven: true })
            .collect();
        for (acting, deed, target) in deeds {
            let count = people.len();
            let target = people[target % count];
            let acting = acting.map_or(Rights::Operator, |acting| Rights::User(people[acting % count]));
            let is_other = |one: &&Standing| one.id != target.id && one.is_active_admin();
            let is_last = target.is_active_admin() && !people.iter().any(|one| is_other(&one));
            if judge(acting, deed, target, is_last).is_err() {
                continue;
            }
            for person in people.iter_mut().filter(|one| one.id == target.id) {
                match deed {
                    Deed::ChangeRoles(roles) => person.roles = roles,
                    Deed::Disable | Deed::Erase => person.active = false,
                    Deed::Enable => person.active = true,
                    _ => {}
                }
            }
            prop_assert!(people.iter().any(|one| one.is_active_admin()));
        }
    }
}

#[test]
fn an_operator_may_all_but_remove_the_last_administrator() {
    let admin = Standing { id: Uuid::nil(), roles: Roles::of(&[Role::Admin]), active: true, proven: true };
    assert_eq!(judge(Rights::Operator, Deed::Disable, admin, true), Err(Denial::LastAdmin));
    assert_eq!(judge(Rights::Operator, Deed::Disable, admin, false), Ok(()));
    let user = Roles::of(&[Role::User]);
    assert_eq!(judge(Rights::Operator, Deed::ChangeRoles(user), admin, true), Err(Denial::LastAdmin));
    assert_eq!(may_grant(Rights::Operator, Roles::of(&[Role::Admin])), Ok(()));
}

#[test]
fn what_was_lost_meanwhile_counts() {
    let gone = Standing { id: Uuid::nil(), roles: Roles::of(&[Role::Admin]), active: false, proven: true };
    let target = Standing { id: Uuid::from_u128(1), roles: Roles::default(), active: true, proven: true };
    assert_eq!(judge(Rights::User(gone), Deed::Unlock, target, false), Err(Denial::NotPermitted));
    assert_eq!(may_grant(Rights::User(gone), Roles::default()), Err(Denial::NotPermitted));
}

#[test]
fn roles_above_user_need_a_proven_address() {
    let (user, support, admin) = (Role::User, Role::Support, Role::Admin);
    let of = |role| Roles::of(&[user, role]);
    for acting in [
        Rights::Operator,
        Rights::User(Standing { id: Uuid::nil(), roles: of(admin), active: true, proven: true }),
    ] {
        for role in [support, admin] {
            let target = |proven| Standing { id: Uuid::from_u128(1), roles: of(user), active: true, proven };
            let deed = Deed::ChangeRoles(of(role));
            assert_eq!(judge(acting, deed, target(false), false), Err(Denial::Unproven));
            assert_eq!(judge(acting, deed, target(true), false), Ok(()));
        }
    }
    // What is held from earlier versions can be taken away.
    assert_eq!(may_hold(of(support), of(admin), false), Ok(()));
    assert_eq!(may_hold(of(admin), of(support), false), Err(Denial::Unproven));
    assert_eq!(may_hold(of(user), Roles::default(), false), Ok(()));
}

#[test]
fn permissions_have_names_and_ask_for_recent_authentication_where_something_changes() {
    for (permission, name, is_recent, least) in [
        (Permission::Read, "read", false, Role::Support),
        (Permission::EndSessions, "end_sessions", true, Role::Support),
        (Permission::Manage, "manage", true, Role::Admin),
    ] {
        assert_eq!(permission.as_str(), name);
        assert_eq!((name, permission.needs_recent_authentication()), (name, is_recent));
        assert_eq!((name, permission.least_role()), (name, least));
    }
}

#[test]
fn deeds_have_the_names_that_events_carry() {
    let names = [
        (Deed::EndSessions, "end_sessions"),
        (Deed::UpdateProfile, "update_profile"),
        (Deed::ChangeRoles(Roles::default()), "change_roles"),
        (Deed::Disable, "disable"),
        (Deed::Enable, "enable"),
        (Deed::Unlock, "unlock"),
        (Deed::RequirePasswordChange, "require_password_change"),
        (Deed::ResetMfa, "reset_mfa"),
        (Deed::ChangeEmail, "change_email"),
        (Deed::Erase, "erase"),
    ];
    for (deed, name) in names {
        assert_eq!(deed.as_str(), name);
    }
}

#[test]
fn an_administrator_who_is_disabled_is_none_that_remains() {
    let admin = Standing { id: Uuid::nil(), roles: Roles::of(&[Role::Admin]), active: true, proven: true };
    assert!(admin.is_active_admin());
    assert!(!Standing { active: false, ..admin }.is_active_admin());
    assert!(!Standing { roles: Roles::of(&[Role::Support]), ..admin }.is_active_admin());
}

/// What the last administrator may not do, and what does not take that role away.
#[test]
fn the_last_administrator_keeps_the_role_and_may_do_anything_else() {
    let admin = Standing { id: Uuid::nil(), roles: Roles::of(&[Role::Admin]), active: true, proven: true };
    let user = Roles::of(&[Role::User]);
    for deed in [Deed::Disable, Deed::Erase, Deed::ChangeRoles(user)] {
        assert_eq!(judge(Rights::Operator, deed, admin, true), Err(Denial::LastAdmin), "{deed:?}");
    }
    let further = Deed::ChangeRoles(Roles::of(&[Role::User, Role::Admin]));
    for deed in [Deed::Enable, Deed::Unlock, Deed::ResetMfa, Deed::ChangeEmail, further] {
        assert_eq!(judge(Rights::Operator, deed, admin, true), Ok(()), "{deed:?}");
    }
}

#[test]
fn a_denial_is_a_conflict_where_the_state_could_change() {
    for denial in [Denial::LastAdmin, Denial::Unproven] {
        assert!(denial.is_conflict(), "{denial:?}");
    }
    for denial in [Denial::NotPermitted, Denial::HigherRole, Denial::Oneself, Denial::BeyondOwnRole] {
        assert!(!denial.is_conflict(), "{denial:?}");
    }
}

#[test]
fn administrators_act_on_each_other_and_support_on_no_support() {
    let of = |id, role| Standing {
        id: Uuid::from_u128(id),
        roles: Roles::of(&[Role::User, role]),
        active: true,
        proven: true,
    };
    let (admin, support) = (of(1, Role::Admin), of(2, Role::Support));
    assert_eq!(judge(Rights::User(admin), Deed::Disable, of(3, Role::Admin), false), Ok(()));
    let denied = judge(Rights::User(support), Deed::EndSessions, of(4, Role::Support), false);
    assert_eq!(denied, Err(Denial::HigherRole));
    let denied = judge(Rights::User(support), Deed::EndSessions, admin, false);
    assert_eq!(denied, Err(Denial::HigherRole));
    assert_eq!(judge(Rights::User(support), Deed::EndSessions, of(5, Role::User), false), Ok(()));
    // What concerns their own account alone is allowed to administrators there too.
    assert_eq!(judge(Rights::User(admin), Deed::UpdateProfile, admin, true), Ok(()));
    assert_eq!(judge(Rights::User(admin), Deed::Disable, admin, false), Err(Denial::Oneself));
}

#[test]
fn no_role_above_one_s_own_is_granted() {
    let admin = Standing { id: Uuid::nil(), roles: Roles::of(&[Role::Admin]), active: true, proven: true };
    assert_eq!(may_grant(Rights::User(admin), Roles::of(&[Role::Admin])), Ok(()));
    let support = Standing { roles: Roles::of(&[Role::Support]), ..admin };
    assert_eq!(may_grant(Rights::User(support), Roles::default()), Err(Denial::NotPermitted));
}
