//! What somebody with valid keys and a program of their own may try. Each test fails when its check is taken out.

use enginus_envelope::DomainTip;
use enginus_model::{Hash, Instant, Lane, ProjectId};

use crate::testing::{OWNER, World, folder, keypair, manager, offer, person, rng, tip, writer};
use crate::{
    Access, Acting, Authority, Capability, DeviceCertificate, DomainScope, Endorsement, Genesis, InviteKey, LaneSet,
    MAX_CHAIN, MAX_SCOPE_ENTRIES, Offer, Refusal, ScopeEntry, SignedStatement, Standing, Statement, Subject, Target,
    Widening,
};

fn refusal(authority: &Authority, hash: &Hash) -> Option<Refusal> {
    authority.refused().iter().find(|(refused, _)| refused == hash).map(|(_, refusal)| *refusal)
}

fn root(world: &World) -> Hash {
    Hash(world.project().0)
}

/// A world with a document controller (2) and a contractor (3), and their grants.
fn world() -> (World, Hash, Hash) {
    let mut world = World::new();
    let controller = world.grant(OWNER, 2, &offer("document-controller", 10, manager()));
    let contractor = world.grant(OWNER, 3, &offer("contractor", 30, writer(1)));
    (world, controller, contractor)
}

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
fn equals_and_lower_ranks_cannot_remove_one_another() {
    let (mut world, controller, contractor) = world();
    let equal = world.grant(OWNER, 4, &offer("document-controller", 10, manager()));
    let as_grant = |parent, rank| Acting { project: ProjectId([0; 32]), parent, rank };
    for (by, acting, target) in [
        (4, equal, Target::Person(person(2))),
        (2, controller, Target::Person(person(4))),
        (3, contractor, Target::Person(person(2))),
        (2, controller, Target::Grants(vec![equal])),
        (2, controller, Target::Person(person(OWNER))),
        (2, controller, Target::Device(keypair(1004).device_id())),
        (2, controller, Target::Device(keypair(1000 + OWNER).device_id())),
    ] {
        let acting = Acting { project: world.project(), ..as_grant(acting, 0) };
        let before = world.authority();
        let hash = world.revoke_as(by, &acting, target.clone(), vec![], vec![]);
        let after = world.authority();
        assert_eq!(after.members(), before.members(), "{target:?}");
        assert_eq!(refusal(&after, &hash), Some(Refusal::NotOutranked), "{target:?}");
    }
    // Nor by claiming to act under somebody else's grant.
    let acting = Acting { project: world.project(), parent: root(&world), rank: 0 };
    let hash = world.revoke_as(2, &acting, Target::Person(person(4)), vec![], vec![]);
    assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::NotTheHolder));
}

#[test]
fn a_folder_manager_removes_nobody_from_the_rest_of_the_project() {
    let (mut world, _, _) = world();
    let scope = vec![ScopeEntry::manage(DomainScope::One(folder(1)), LaneSet::ALL, LaneSet::ALL)];
    let lead = world.grant(OWNER, 5, &offer("folder-lead", 15, scope));
    let wide = [writer(1), writer(2)].concat();
    world.grant(OWNER, 6, &offer("contractor", 30, wide));
    let acting = Acting { project: world.project(), parent: lead, rank: 15 };
    let hash = world.revoke_as(5, &acting, Target::Person(person(6)), vec![], vec![]);
    assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::NotOutranked));
    assert_eq!(world.authority().rank(&person(6)), Some(30));
}

#[test]
fn what_a_removed_manager_says_later_is_void_however_it_is_dated() {
    let (mut world, controller, _) = world();
    let honest = world.grant(2, 4, &offer("contractor", 30, writer(1)));
    let target = Target::Person(person(2));
    let keeps = world.authority().made_by(&person(2));
    assert_eq!(keeps, [honest]);
    world.revoke(OWNER, target, vec![], keeps);
    let late = world.forge(2, 5, controller, |c| c.at = Instant(0));
    let acting = Acting { project: world.project(), parent: controller, rank: 10 };
    let revenge = world.revoke_as(2, &acting, Target::Person(person(3)), vec![], vec![]);
    let authority = world.authority();
    assert_eq!(refusal(&authority, &late), Some(Refusal::IssuerRevoked));
    assert_eq!(refusal(&authority, &revenge), Some(Refusal::IssuerRevoked));
    assert_eq!(authority.rank(&person(4)), Some(30), "who came before the removal stays");
    assert_eq!(authority.rank(&person(3)), Some(30));
}

#[test]
fn a_removed_member_does_not_come_back_by_the_same_ticket() {
    let mut world = World::new();
    let invitation = world.invite(OWNER, &offer("contractor", 30, writer(1)), 3);
    world.redeem(&invitation, 2, 40);
    let removal = world.revoke(OWNER, Target::Person(person(2)), vec![], vec![]);
    world.redeem(&invitation, 2, 1);
    assert_eq!(world.authority().rank(&person(2)), None);
    // Nor by setting the removal aside on their own, with the invite key they know.
    let (key, signed) = &invitation;
    let capability = Capability {
        subject: Subject::Person(keypair(2).public()),
        issuer: key.public().sign,
        parent: signed.hash(),
        despite: vec![removal],
        ..signed.grant().unwrap().clone()
    };
    let hash = world.add(Statement::Grant(capability).sign(key).unwrap());
    assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::NotAsInvited));
}

#[test]
fn an_old_role_is_not_redeemed_again_after_a_role_change() {
    let mut world = World::new();
    let invitation = world.invite(OWNER, &offer("contractor", 30, writer(1)), 3);
    let old = world.redeem(&invitation, 2, 40);
    world.revoke(OWNER, Target::Grants(vec![old]), vec![], vec![]);
    world.grant(OWNER, 2, &offer("investor", 40, writer(2)));
    world.redeem(&invitation, 2, 1);
    let authority = world.authority();
    assert_eq!(authority.access(&person(2), &folder(1)), Access::None);
    assert_eq!(authority.access(&person(2), &folder(2)), Access::Write);
}

#[test]
fn an_invitation_brings_in_no_more_persons_than_it_has_uses() {
    let mut world = World::new();
    let invitation = world.invite(OWNER, &offer("contractor", 30, writer(1)), 2);
    let late = world.redeem(&invitation, 4, 60);
    world.redeem(&invitation, 2, 40);
    world.redeem(&invitation, 3, 50);
    world.redeem(&invitation, 2, 70); // the same person again costs no use
    let authority = world.authority();
    assert_eq!(authority.rank(&person(2)), Some(30));
    assert_eq!(authority.rank(&person(3)), Some(30));
    assert_eq!(authority.rank(&person(4)), None);
    assert_eq!(refusal(&authority, &late), Some(Refusal::UsedUp));
    assert_eq!(authority.refused().iter().filter(|(_, refusal)| *refusal == Refusal::UsedUp).count(), 1);
}

#[test]
fn a_redemption_is_exactly_what_the_invitation_holds() {
    let mut world = World::new();
    let limited = Offer { not_after: Some(Instant(90)), history: false, ..offer("contractor", 30, writer(1)) };
    let (key, signed) = world.invite(OWNER, &limited, 9);
    type Change = fn(&mut Capability);
    let attacks: [Change; 7] = [
        |c| c.scope = manager(),
        |c| c.rank = 1,
        |c| c.rank = 31,
        |c| c.role = "owner".to_owned(),
        |c| c.not_after = None,
        |c| c.history = true,
        |c| c.subject = Subject::Invite(InviteKey { key: keypair(77).public(), uses: 9, redeem_before: None }),
    ];
    for attack in attacks {
        let mut capability = Capability {
            subject: Subject::Person(keypair(2).public()),
            issuer: key.public().sign,
            parent: signed.hash(),
            ..signed.grant().unwrap().clone()
        };
        attack(&mut capability);
        let hash = world.add(Statement::Grant(capability).sign(&key).unwrap());
        assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::NotAsInvited));
    }
    assert_eq!(world.authority().rank(&person(2)), None);
    let by_another = world.forge(9, 2, signed.hash(), |c| c.scope = writer(1));
    assert_eq!(refusal(&world.authority(), &by_another), Some(Refusal::NotTheHolder));
}

#[test]
fn an_invite_key_takes_nothing_back() {
    let (mut world, _, _) = world();
    let (key, signed) = world.invite(OWNER, &offer("document-controller", 5, manager()), 1);
    let acting = Acting { project: world.project(), parent: signed.hash(), rank: 5 };
    let removal = crate::Removal {
        target: Target::Person(person(3)),
        cutoffs: vec![],
        keeps: vec![],
        reason: String::new(),
        at: Instant(1),
    };
    let hash = {
        let signed = crate::revoke(&key, &acting, removal, &mut rng(3)).unwrap();
        world.add(signed)
    };
    assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::NotTheHolder));
    assert_eq!(world.authority().rank(&person(3)), Some(30));
}

#[test]
fn a_grantor_cannot_slip_a_seal_key_of_their_own_into_other_domains() {
    let (mut world, _, _) = world();
    let scope = vec![ScopeEntry::manage(DomainScope::One(folder(2)), LaneSet::ALL, LaneSet::ALL)];
    let lead = world.grant(OWNER, 5, &offer("folder-lead", 15, scope));
    let planted = keypair(666).public().seal;
    // Person 3 confirmed their key by a certificate: the planted one is used nowhere.
    world.forge(5, 3, lead, |c| {
        c.subject = Subject::Person(enginus_envelope::PublicKey { seal: planted, ..keypair(3).public() });
        c.scope = writer(2);
    });
    let authority = world.authority();
    assert_eq!(authority.access(&person(3), &folder(2)), Access::Write);
    for n in [1, 2] {
        assert!(authority.readers(&folder(n)).iter().all(|reader| reader.key.seal != planted));
    }
    // Person 8 has confirmed nothing yet: the planted key is believed only where its planter reads anyway.
    let parent = root(&world);
    world.forge(OWNER, 8, parent, |_| {});
    world.forge(5, 8, lead, |c| {
        c.subject = Subject::Person(enginus_envelope::PublicKey { seal: planted, ..keypair(8).public() });
        c.scope = writer(2);
    });
    let authority = world.authority();
    assert!(authority.readers(&folder(1)).iter().all(|reader| reader.key.seal != planted));
    assert!(authority.readers(&folder(1)).iter().any(|reader| reader.key == keypair(8).public()));
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
fn a_cutoff_is_not_passed_by_naming_another_log() {
    let (mut world, _, _) = world();
    world.revoke(OWNER, Target::Person(person(3)), vec![tip(1, 5, 5)], vec![]);
    let authority = world.authority();
    let device = keypair(1003).device_id();
    for fresh in [tip(9, 1, 1), tip(1, 6, 1), tip(1, 5, 4)] {
        assert_eq!(authority.standing(&device, &folder(1), Lane::Records, &fresh), Standing::BeyondCutoff);
    }
}

#[test]
fn only_a_manager_of_the_domain_endorses() {
    let (mut world, controller, contractor) = world();
    world.grant(OWNER, 6, &offer("contractor", 30, writer(1)));
    world.revoke(OWNER, Target::Person(person(6)), vec![], vec![]);
    let scope = vec![ScopeEntry::manage(DomainScope::One(folder(2)), LaneSet::ALL, LaneSet::ALL)];
    let elsewhere = world.grant(OWNER, 5, &offer("folder-lead", 15, scope));
    let held = DomainTip { domain: folder(1), tip: tip(1, 1, 1) };
    for (by, acting, expected) in [
        (3, contractor, Some(Refusal::NotAManager)),
        (5, elsewhere, Some(Refusal::NotAManager)),
        (3, controller, Some(Refusal::NotTheHolder)),
        (9, Hash([9; 32]), Some(Refusal::UnknownIssuer)),
        (2, controller, None),
    ] {
        let endorsement = Endorsement {
            project: world.project(),
            envelopes: vec![held],
            reason: String::new(),
            issuer: keypair(by).public().sign,
            acting,
            at: Instant(30),
        };
        let hash = world.add(Statement::Endorse(endorsement).sign(&keypair(by)).unwrap());
        let authority = world.authority();
        assert_eq!(refusal(&authority, &hash), expected, "{by}");
        let standing = authority.standing(&keypair(1006).device_id(), &folder(1), Lane::Records, &held.tip);
        let counts = if expected.is_none() { Standing::Accepted } else { Standing::BeyondCutoff };
        assert_eq!(standing, counts, "{by}");
    }
}
