//! What somebody may try about removals: their own and others'. Each test fails when its check is taken out.

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{Hash, Instant, Lane, ProjectId};

use crate::testing::{OWNER, World, folder, keypair, manager, offer, person, refusal, root, tip, world, writer};
use crate::{
    Acting, DeviceCertificate, DomainScope, Endorsement, LaneSet, MAX_CUTOFFS, MAX_KEEPS, MAX_REASON_BYTES,
    MAX_REVOKED_GRANTS, Refusal, Revocation, ScopeEntry, Standing, Statement, Target,
};

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

fn own_device_removed(world: &mut World, n: u16, cutoffs: Vec<Tip>) -> Hash {
    let acting = Acting { project: world.project(), parent: root(world), rank: 0 };
    world.revoke_as(n, &acting, Target::Device(keypair(1000 + n).device_id()), cutoffs, vec![])
}

fn stands(world: &World, n: u16, tip: &Tip) -> Standing {
    world.authority().standing(&keypair(1000 + n).device_id(), &folder(1), Lane::Records, tip)
}

#[test]
fn a_removed_member_does_not_take_back_what_stands_of_their_work() {
    let (mut world, _, _) = world();
    world.revoke(OWNER, Target::Person(person(3)), vec![tip(1, 5, 5)], vec![]);
    let hash = own_device_removed(&mut world, 3, vec![]);
    assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::IssuerRevoked));
    assert_eq!(stands(&world, 3, &tip(1, 5, 5)), Standing::Accepted);
    // A device they removed while they were a member stays removed: the removal of the person keeps that.
    world.grant(OWNER, 4, &offer("contractor", 30, writer(1)));
    let before = own_device_removed(&mut world, 4, vec![tip(2, 3, 3)]);
    let keeps = world.authority().made_by(&person(4));
    assert_eq!(keeps, [before]);
    world.revoke(OWNER, Target::Person(person(4)), vec![tip(2, 9, 9)], keeps);
    assert_eq!(refusal(&world.authority(), &before), None);
    assert_eq!(stands(&world, 4, &tip(2, 9, 9)), Standing::BeyondCutoff);
    assert_eq!(stands(&world, 4, &tip(2, 3, 3)), Standing::Accepted);
}

#[test]
fn a_removed_member_moves_no_cutoff_by_removing_their_own_device() {
    let (mut world, _, _) = world();
    own_device_removed(&mut world, 3, vec![tip(1, 900, 9)]);
    let keeps = world.authority().made_by(&person(3));
    world.revoke(OWNER, Target::Person(person(3)), vec![tip(1, 5, 5)], keeps);
    assert_eq!(stands(&world, 3, &tip(1, 6, 6)), Standing::BeyondCutoff);
    assert_eq!(stands(&world, 3, &tip(1, 900, 9)), Standing::BeyondCutoff);
    assert_eq!(stands(&world, 3, &tip(1, 5, 5)), Standing::Accepted);
}

#[test]
fn an_old_number_signed_anew_is_beyond_the_cutoff() {
    let (mut world, _, _) = world();
    world.revoke(OWNER, Target::Person(person(3)), vec![tip(1, 5, 5)], vec![]);
    assert_eq!(stands(&world, 3, &tip(1, 5, 6)), Standing::BeyondCutoff);
    // A lower number is a matter of the chain of hashes, never of the number.
    assert_eq!(stands(&world, 3, &tip(1, 4, 6)), Standing::IfBefore(vec![tip(1, 5, 5)]));
}

#[test]
fn a_refused_removal_moves_no_cutoff() {
    let (mut world, _, _) = world();
    let lead = vec![ScopeEntry::manage(DomainScope::One(folder(2)), LaneSet::ALL, LaneSet::ALL)];
    let lead = world.grant(OWNER, 5, &offer("folder-lead", 15, lead));
    world.revoke(OWNER, Target::Person(person(3)), vec![tip(1, 5, 5)], vec![]);
    let acting = Acting { project: world.project(), parent: lead, rank: 15 };
    let hash = world.revoke_as(5, &acting, Target::Person(person(3)), vec![tip(1, 900, 9)], vec![]);
    let authority = world.authority();
    assert_eq!(refusal(&authority, &hash), Some(Refusal::NotOutranked));
    assert_eq!(authority.cutoffs(&person(3)), Some(vec![tip(1, 5, 5)]));
    assert_eq!(stands(&world, 3, &tip(1, 900, 9)), Standing::BeyondCutoff);
}

#[test]
fn a_removal_does_not_keep_what_another_one_voided() {
    let (mut world, controller, _) = world();
    world.revoke(OWNER, Target::Person(person(2)), vec![], vec![]);
    let late = world.forge(2, 4, controller, |_| {});
    // An accomplice who still manages names it among what their own removal of somebody keeps.
    world.grant(OWNER, 6, &offer("document-controller", 11, manager()));
    world.grant(OWNER, 7, &offer("contractor", 30, writer(1)));
    world.revoke(6, Target::Person(person(7)), vec![], vec![late]);
    let authority = world.authority();
    assert_eq!(refusal(&authority, &late), Some(Refusal::IssuerRevoked));
    assert_eq!(authority.rank(&person(4)), None);
}

#[test]
fn a_removal_that_names_more_than_it_may_is_refused() {
    let (mut world, controller, contractor) = world();
    let acting = Acting { project: world.project(), parent: controller, rank: 10 };
    let honest = |world: &mut World| {
        world.revoke_as(2, &acting, Target::Person(person(3)), vec![], vec![]);
        let Statement::Revoke(revocation) = world.statements.pop().unwrap().statement().clone() else { unreachable!() };
        revocation
    };
    type Change = fn(&mut Revocation, Hash);
    let attacks: [Change; 5] = [
        |r, _| r.cutoffs = vec![tip(1, 1, 1); MAX_CUTOFFS + 1],
        |r, kept| r.keeps = vec![kept; MAX_KEEPS + 1],
        |r, _| r.reason = "x".repeat(MAX_REASON_BYTES + 1),
        |r, _| r.target = Target::Grants(vec![]),
        |r, grant| r.target = Target::Grants(vec![grant; MAX_REVOKED_GRANTS + 1]),
    ];
    for attack in attacks {
        let mut revocation = honest(&mut world);
        attack(&mut revocation, contractor);
        let hash = world.add(Statement::Revoke(revocation).sign_unchecked(&keypair(2)));
        assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::Malformed));
    }
    assert_eq!(world.authority().rank(&person(3)), Some(30));
}

/// Somebody else certifies a device too, with its consent and an early date.
fn taken_over(world: &mut World, by: u16, device: u16) -> Hash {
    let certificate = DeviceCertificate::new(keypair(by).public(), &keypair(1000 + device), "mine", Instant(0));
    world.add(Statement::Device(certificate).sign(&keypair(by)).unwrap())
}

#[test]
fn an_accomplice_does_not_take_over_a_removed_members_device() {
    let (mut world, _, _) = world();
    world.revoke(OWNER, Target::Person(person(3)), vec![tip(1, 5, 5)], vec![]);
    world.grant(OWNER, 4, &offer("contractor", 30, writer(1)));
    let hash = taken_over(&mut world, 4, 3);
    let authority = world.authority();
    assert_eq!(refusal(&authority, &hash), Some(Refusal::DeviceTaken));
    assert_eq!(authority.author_of(&keypair(1003).device_id()), Some(person(3)));
    assert_eq!(stands(&world, 3, &tip(1, 6, 6)), Standing::BeyondCutoff);
    assert!(!authority.may_read(&keypair(1003).device_id(), &folder(1)));
    assert!(authority.barred(&folder(1)).contains(&keypair(1003).public().seal));
}

#[test]
fn an_accomplice_does_not_undo_the_removal_of_a_device() {
    let (mut world, _, _) = world();
    world.grant(OWNER, 4, &offer("contractor", 30, writer(1)));
    let removal = own_device_removed(&mut world, 3, vec![tip(1, 5, 5)]);
    taken_over(&mut world, 4, 3);
    let authority = world.authority();
    assert_eq!(refusal(&authority, &removal), None);
    assert_eq!(authority.person_of(&keypair(1003).device_id()), None);
    assert_eq!(stands(&world, 3, &tip(1, 6, 6)), Standing::BeyondCutoff);
    // Who never certified a device removes it only from above.
    let acting = Acting { project: world.project(), parent: root(&world), rank: 0 };
    let target = Target::Device(keypair(1002).device_id());
    let hash = world.revoke_as(4, &acting, target, vec![], vec![]);
    assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::NotTheHolder));
}

#[test]
fn a_removed_member_gains_nothing_by_a_fresh_device() {
    let (mut world, _, _) = world();
    world.revoke(OWNER, Target::Person(person(3)), vec![tip(1, 5, 5)], vec![]);
    let fresh = DeviceCertificate::new(keypair(3).public(), &keypair(1503), "new", Instant(0));
    world.add(Statement::Device(fresh).sign(&keypair(3)).unwrap());
    let (authority, device) = (world.authority(), keypair(1503).device_id());
    assert!(!authority.may_pull(&device, &folder(1)));
    assert!(!Lane::ALL.iter().any(|lane| authority.may_write(&device, &folder(1), *lane)));
    let first = authority.standing(&device, &folder(1), Lane::Records, &tip(9, 1, 1));
    assert_eq!(first, Standing::BeyondCutoff);
}

#[test]
fn a_removed_manager_endorses_nothing_and_an_endorsement_speaks_of_one_domain() {
    let (mut world, controller, _) = world();
    world.revoke(OWNER, Target::Person(person(3)), vec![], vec![]);
    let endorse = |world: &mut World, by: u16, acting: Hash, domain: u8| {
        let endorsement = Endorsement {
            project: world.project(),
            envelopes: vec![DomainTip { domain: folder(domain), tip: tip(1, 1, 1) }],
            reason: String::new(),
            issuer: keypair(by).public().sign,
            acting,
            at: Instant(0),
        };
        world.add(Statement::Endorse(endorsement).sign(&keypair(by)).unwrap())
    };
    endorse(&mut world, 2, controller, 2);
    assert_eq!(stands(&world, 3, &tip(1, 1, 1)), Standing::BeyondCutoff, "endorsed in another domain");
    world.revoke(OWNER, Target::Person(person(2)), vec![], vec![]);
    let late = endorse(&mut world, 2, controller, 1);
    assert_eq!(refusal(&world.authority(), &late), Some(Refusal::IssuerRevoked));
    assert_eq!(stands(&world, 3, &tip(1, 1, 1)), Standing::BeyondCutoff);
}
