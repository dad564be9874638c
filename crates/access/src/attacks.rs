//! What somebody with valid keys and a program of their own may try to give. Each test fails when its check is taken out.

use enginus_model::{DomainId, Hash, Instant, Lane, ProjectId};

use crate::testing::{OWNER, World, folder, keypair, manager, offer, person, refusal, rng, root, world, writer};
use crate::{
    Access, Authority, Capability, DeviceCertificate, DomainScope, Genesis, InviteKey, LaneSet, MAX_CHAIN,
    MAX_SCOPE_ENTRIES, Offer, Refusal, Removal, ScopeEntry, SignedStatement, Statement, Subject, Target, Widening,
    revoke,
};

#[test]
fn nobody_grants_to_themselves() {
    let (mut world, controller, _) = world();
    let hash = world.forge(2, 2, controller, |_| {});
    assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::SelfGrant));
    // Nor by the detour of an invitation of one's own.
    let reviewer = vec![ScopeEntry::write(DomainScope::All, LaneSet::of(&[Lane::Reviews]))];
    let invitation = world.invite(2, &offer("consultant", 20, reviewer), 1);
    let hash = world.redeem(&invitation, 2, 50);
    let authority = world.authority();
    assert_eq!(refusal(&authority, &hash), Some(Refusal::Cycle));
    assert!(!authority.reach_of(&person(2), &folder(1)).lanes.contains(Lane::Reviews));
}

#[test]
fn each_widening_is_refused() {
    let mut world = World::new();
    let records = LaneSet::of(&[Lane::Records]);
    let scope = vec![ScopeEntry::manage(DomainScope::One(folder(1)), records, records)];
    let limited = Offer { not_after: Some(Instant(100)), history: false, ..offer("folder-lead", 10, scope) };
    let parent = world.grant(OWNER, 2, &limited);
    let honest = |capability: &mut Capability| {
        capability.scope = vec![ScopeEntry::write(DomainScope::One(folder(1)), records)];
        capability.not_after = Some(Instant(100));
        capability.history = false;
    };
    let good = world.forge(2, 4, parent, honest);
    assert_eq!(refusal(&world.authority(), &good), None);
    type Change = fn(&mut Capability);
    let attacks: [(Widening, Change); 9] = [
        (Widening::Rank, |c| c.rank = 10),
        (Widening::Rank, |c| c.rank = 9),
        (Widening::NotManaged, |c| c.scope[0].domain = DomainScope::One(folder(2))),
        (Widening::NotManaged, |c| c.scope[0].domain = DomainScope::All),
        (Widening::Lanes, |c| c.scope[0].lanes = LaneSet::ALL),
        (Widening::Lanes, |c| {
            c.scope[0] = ScopeEntry::manage(DomainScope::One(folder(1)), LaneSet::of(&[Lane::Records]), LaneSet::ALL);
        }),
        (Widening::Expiry, |c| c.not_after = None),
        (Widening::Expiry, |c| c.not_after = Some(Instant(101))),
        (Widening::History, |c| c.history = true),
    ];
    for (n, (widening, attack)) in (10u16..).zip(attacks) {
        let hash = world.forge(2, n, parent, |capability| {
            honest(capability);
            attack(capability);
        });
        let authority = world.authority();
        assert_eq!(refusal(&authority, &hash), Some(Refusal::Widened(widening)), "{n}");
        assert_eq!(authority.access(&person(n), &folder(1)), Access::None);
    }
}

#[test]
fn a_member_without_manage_grants_nothing() {
    let (mut world, _, contractor) = world();
    let hash = world.forge(3, 4, contractor, |c| c.scope = vec![ScopeEntry::pull(DomainScope::One(folder(1)))]);
    assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::Widened(Widening::NotManaged)));
}

#[test]
fn a_grant_by_somebody_unknown_or_by_another_than_the_holder_is_refused() {
    let (mut world, controller, _) = world();
    let unknown = world.forge(9, 4, Hash([9; 32]), |_| {});
    let not_holder = world.forge(9, 4, controller, |_| {});
    let not_owner = world.forge(2, 4, root(&world), |_| {});
    let on_refused = world.forge(9, 5, unknown, |_| {});
    let on_itself_above = world.forge(4, 5, not_holder, |c| c.rank = 60);
    let authority = world.authority();
    assert_eq!(refusal(&authority, &unknown), Some(Refusal::UnknownIssuer));
    assert_eq!(refusal(&authority, &not_holder), Some(Refusal::NotTheHolder));
    assert_eq!(refusal(&authority, &not_owner), Some(Refusal::NotTheHolder));
    assert!(refusal(&authority, &on_refused).is_some());
    assert_eq!(refusal(&authority, &on_itself_above), Some(Refusal::IssuerRefused));
    assert_eq!(authority.members().len(), 3);
}

#[test]
fn rank_zero_is_the_founders_alone() {
    let mut world = World::new();
    let parent = root(&world);
    let hash = world.forge(OWNER, 2, parent, |c| c.rank = 0);
    assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::Malformed));
}

#[test]
fn access_does_not_go_round_in_circles() {
    let (mut world, _, _) = world();
    let below = world.grant(2, 4, &offer("document-controller", 10, manager()));
    let back = world.forge(4, 2, below, |_| {});
    let to_owner = world.forge(4, OWNER, below, |_| {});
    let authority = world.authority();
    assert_eq!(refusal(&authority, &back), Some(Refusal::Cycle));
    assert_eq!(refusal(&authority, &to_owner), Some(Refusal::Cycle));
}

#[test]
fn a_chain_has_an_end() {
    let mut world = World::new();
    let mut last = Hash::ZERO;
    for n in 0..=MAX_CHAIN {
        let (by, to) = (if n == 0 { OWNER } else { 100 + u16::try_from(n).unwrap() }, 101 + u16::try_from(n).unwrap());
        let parent = if n == 0 { root(&world) } else { last };
        last = world.forge(by, to, parent, |c| {
            c.rank = n + 1;
            c.scope = manager();
        });
    }
    let authority = world.authority();
    assert_eq!(refusal(&authority, &last), Some(Refusal::TooDeep));
    assert_eq!(authority.refused().len(), 1);
}

#[test]
fn a_device_speaks_for_the_member_it_agreed_to_first() {
    let (mut world, _, _) = world();
    // The stranger is no member; the other member comes second.
    let by_stranger = DeviceCertificate::new(keypair(9).public(), &keypair(1009), "x", Instant(1));
    let by_stranger = world.add(Statement::Device(by_stranger).sign(&keypair(9)).unwrap());
    let second = DeviceCertificate::new(keypair(3).public(), &keypair(1002), "x", Instant(99));
    let second = world.add(Statement::Device(second).sign(&keypair(3)).unwrap());
    let authority = world.authority();
    assert_eq!(refusal(&authority, &by_stranger), Some(Refusal::NotAMember));
    assert_eq!(refusal(&authority, &second), Some(Refusal::DeviceTaken));
    assert_eq!(authority.person_of(&keypair(1002).device_id()), Some(person(2)));
    assert_eq!(authority.person_of(&keypair(1009).device_id()), None);
    // A certificate that names somebody else's person cannot even be signed.
    let certificate = DeviceCertificate::new(keypair(2).public(), &keypair(1009), "x", Instant(1));
    assert!(Statement::Device(certificate).sign(&keypair(9)).is_err());
}

#[test]
fn a_grant_of_another_project_counts_nowhere_else() {
    let (world, _, _) = world();
    let other = Genesis::new(keypair(OWNER).public(), Instant(1), &mut rng(99));
    let authority = Authority::evaluate(&other, &world.statements);
    assert_eq!(authority.members().len(), 1);
    let foreign = authority.refused().iter().filter(|(_, refusal)| *refusal == Refusal::AnotherProject).count();
    assert_eq!(foreign, 2);
    // Also when the foreign grant hangs on this project's root.
    let mut world = world;
    let parent = root(&world);
    let hash = world.forge(OWNER, 7, parent, |c| c.project = ProjectId([9; 32]));
    assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::AnotherProject));
}

#[test]
fn a_statement_beyond_the_limits_is_refused_by_everybody() {
    let mut world = World::new();
    let parent = root(&world);
    let oversized = world.forge(OWNER, 2, parent, |c| c.scope = writer(1).repeat(MAX_SCOPE_ENTRIES + 1));
    let empty = world.forge(OWNER, 3, parent, |c| c.scope.clear());
    let no_use = world.forge(OWNER, 4, parent, |c| {
        c.subject = Subject::Invite(InviteKey { key: keypair(4).public(), uses: 0, redeem_before: None });
    });
    let contradiction = world.forge(OWNER, 5, parent, |c| c.scope[0].access = Access::Read);
    let authority = world.authority();
    for hash in [oversized, empty, no_use, contradiction] {
        assert_eq!(refusal(&authority, &hash), Some(Refusal::Malformed));
    }
}

#[test]
fn ten_thousand_junk_statements_change_nothing_and_are_each_explained() {
    let (world, controller, _) = world();
    let honest = world.authority();
    let mut junk = World { statements: Vec::new(), ..world };
    for n in 0..10_000u32 {
        // Strangers hanging grants on a member's grant, on each other and on nothing.
        let parent = match n % 3 {
            0 => controller,
            1 => junk.statements.last().map_or(Hash::ZERO, SignedStatement::hash),
            _ => Hash::of(&n.to_le_bytes()),
        };
        junk.forge(900, 901, parent, |c| c.rank = 20 + n);
    }
    let flooded = honest.with(&junk.statements);
    assert_eq!(flooded.members(), honest.members());
    assert_eq!(flooded.invitations(), honest.invitations());
    assert_eq!(flooded.readers(&folder(1)), honest.readers(&folder(1)));
    assert_eq!(flooded.refused().len(), 10_000);
    assert_eq!(flooded.held, honest.held, "junk takes no part in the table");
}

#[test]
fn rank_does_not_wrap_around() {
    let (mut world, controller, _) = world();
    let lowest = world.forge(2, 4, controller, |c| {
        c.rank = u32::MAX;
        c.scope = manager();
    });
    assert_eq!(refusal(&world.authority(), &lowest), None);
    for (rank, expected) in
        [(u32::MAX, Refusal::Widened(Widening::Rank)), (1, Refusal::Widened(Widening::Rank)), (0, Refusal::Malformed)]
    {
        let hash = world.forge(4, 5, lowest, |c| c.rank = rank);
        assert_eq!(refusal(&world.authority(), &hash), Some(expected), "{rank}");
    }
}

#[test]
fn a_folder_manager_does_not_reach_project_wide_domains_by_naming_them() {
    let (mut world, _, _) = world();
    let project = world.project();
    let scope = vec![ScopeEntry::manage(DomainScope::One(folder(1)), LaneSet::ALL, LaneSet::ALL)];
    let lead = world.grant(OWNER, 5, &offer("folder-lead", 15, scope));
    for domain in [DomainId::settings(&project), DomainId::authority(&project), DomainId::keys(&project)] {
        let hash = world.forge(5, 6, lead, |c| {
            c.scope = vec![ScopeEntry::write(DomainScope::One(domain), LaneSet::of(&[Lane::Records]))];
        });
        let authority = world.authority();
        assert_eq!(refusal(&authority, &hash), Some(Refusal::Widened(Widening::NotManaged)));
        assert_eq!(authority.access(&person(6), &domain), Access::None);
    }
}

#[test]
fn dates_years_off_change_nothing() {
    let (mut world, controller, _) = world();
    world.forge(2, 4, controller, |c| c.at = Instant(i64::MAX));
    world.forge(2, 5, controller, |c| c.at = Instant(i64::MIN));
    let (late, early) = (world.authority().rank(&person(4)), world.authority().rank(&person(5)));
    assert_eq!((late, early), (Some(50), Some(50)));
    // A removal dated before everything it concerns, and one dated after: both count, whenever they say they were made.
    for (n, at) in [(4, i64::MIN), (5, i64::MAX)] {
        let target = Target::Person(person(n));
        let acting = world.authority().acting_against(&person(2), &target).unwrap();
        let removal = Removal { target, cutoffs: vec![], keeps: vec![], reason: String::new(), at: Instant(at) };
        let signed = revoke(&keypair(2), &acting, removal, &mut world.rng).unwrap();
        world.add(signed);
        assert_eq!(world.authority().rank(&person(n)), None);
    }
}

#[test]
fn an_expired_member_opens_no_session_whatever_they_hold() {
    let mut world = World::new();
    let limited = Offer { not_after: Some(Instant(100)), ..offer("folder-lead", 10, manager()) };
    let lead = world.grant(OWNER, 2, &limited);
    // By a grant that outlasts their own, given by themselves to an accomplice.
    let hash = world.forge(2, 3, lead, |c| c.not_after = Some(Instant(i64::MAX)));
    let authority = world.authority();
    assert_eq!(refusal(&authority, &hash), Some(Refusal::Widened(Widening::Expiry)));
    for now in [101, i64::MAX] {
        assert_eq!(authority.access_at(&person(2), &folder(1), Instant(now)), Access::None);
        assert_eq!(authority.access_at(&person(3), &folder(1), Instant(now)), Access::None);
    }
    assert_eq!(authority.access_at(&person(2), &folder(1), Instant(i64::MIN)), Access::Manage);
}

#[test]
fn a_narrowed_manager_grants_nothing_where_they_managed_before() {
    let (mut world, controller, _) = world();
    let scope = vec![ScopeEntry::manage(DomainScope::One(folder(2)), LaneSet::ALL, LaneSet::ALL)];
    let narrow = world.grant(OWNER, 2, &offer("folder-lead", 10, scope));
    world.revoke(OWNER, Target::Grants(vec![controller]), vec![], vec![]);
    let by_old = world.forge(2, 4, controller, |_| {});
    let by_new = world.forge(2, 4, narrow, |_| {});
    let authority = world.authority();
    assert_eq!(refusal(&authority, &by_old), Some(Refusal::IssuerRevoked));
    assert_eq!(refusal(&authority, &by_new), Some(Refusal::Widened(Widening::NotManaged)));
    assert_eq!(authority.access(&person(4), &folder(1)), Access::None);
}
