//! Which keys a writer must keep out of the epoch that is written under.

use std::collections::BTreeSet;

use enginus_envelope::{EpochSecret, Keypair};
use enginus_model::{DomainId, Hash};

use crate::testing::{OWNER, World, folder, keypair, manager, offer, person, rng, tip, writer};
use crate::{Acting, Authority, DeviceCertificate, EpochKeys, EpochRecord, Offer, Reader, Statement, Target};

fn seal(n: u16) -> [u8; 32] {
    keypair(n).public().seal
}

/// The identity and device keys of persons.
fn keys(persons: &[u16]) -> BTreeSet<[u8; 32]> {
    persons.iter().flat_map(|n| [seal(*n), seal(1000 + n)]).collect()
}

fn invite_seal(invitation: &(Keypair, crate::SignedStatement)) -> [u8; 32] {
    invitation.0.public().seal
}

/// An epoch that is sealed to exactly the readers is never barred.
fn barred(authority: &Authority, domain: &DomainId) -> BTreeSet<[u8; 32]> {
    let barred = authority.barred(domain);
    assert!(authority.readers(domain).iter().all(|reader| !barred.contains(&reader.key.seal)));
    barred
}

#[test]
fn nobody_is_barred_from_what_they_read() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    let authority = world.authority();
    assert_eq!(barred(&authority, &folder(1)), keys(&[]));
    assert_eq!(barred(&authority, &DomainId::settings(&world.project())), keys(&[]));
    assert_eq!(barred(&authority, &folder(2)), keys(&[2]), "a folder never given");
}

#[test]
fn a_removed_person_is_barred_with_every_device() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    let second = DeviceCertificate::new(keypair(2).public(), &keypair(1502), "phone", enginus_model::Instant(3));
    world.add(Statement::Device(second).sign(&keypair(2)).unwrap());
    world.revoke(OWNER, Target::Person(person(2)), vec![], vec![]);
    let mut expected = keys(&[2]);
    expected.insert(seal(1502));
    assert_eq!(barred(&world.authority(), &folder(1)), expected);
    // A device certified after the removal too.
    let third = DeviceCertificate::new(keypair(2).public(), &keypair(1602), "phone", enginus_model::Instant(0));
    world.add(Statement::Device(third).sign(&keypair(2)).unwrap());
    expected.insert(seal(1602));
    assert_eq!(barred(&world.authority(), &folder(1)), expected);
}

#[test]
fn a_removed_device_is_barred_and_its_person_is_not() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    world.revoke(2, Target::Device(keypair(1002).device_id()), vec![], vec![]);
    assert_eq!(barred(&world.authority(), &folder(1)), BTreeSet::from([seal(1002)]));
}

#[test]
fn a_narrowed_role_is_barred_where_it_reads_no_more() {
    let mut world = World::new();
    let both = [writer(1), writer(2)].concat();
    let invitation = world.invite(OWNER, &offer("contractor", 30, both), 1);
    let old = world.redeem(&invitation, 2, 40);
    world.grant(OWNER, 2, &offer("contractor", 30, writer(2)));
    world.revoke(OWNER, Target::Grants(vec![old]), vec![], vec![]);
    let authority = world.authority();
    let mut expected = keys(&[2]);
    expected.insert(invite_seal(&invitation));
    assert_eq!(barred(&authority, &folder(1)), expected, "the key they came by is known to them too");
    assert_eq!(barred(&authority, &folder(2)), keys(&[]));
    assert_eq!(barred(&authority, &DomainId::settings(&world.project())), keys(&[]));
}

#[test]
fn a_cancelled_invitation_is_barred_and_a_used_one_is_not() {
    let mut world = World::new();
    let used = world.invite(OWNER, &offer("contractor", 30, writer(1)), 1);
    world.redeem(&used, 2, 40);
    let open = world.invite(OWNER, &offer("contractor", 30, writer(1)), 2);
    world.redeem(&open, 3, 40);
    assert_eq!(barred(&world.authority(), &folder(1)), keys(&[]));
    let keeps = world.authority().redemptions(&open.1.hash());
    world.revoke(OWNER, Target::Grants(vec![open.1.hash()]), vec![], keeps);
    let authority = world.authority();
    assert!(authority.rank(&person(3)).is_some());
    assert_eq!(barred(&authority, &folder(1)), BTreeSet::from([invite_seal(&open)]));
}

#[test]
fn a_used_invitation_is_barred_once_it_was_closed() {
    let mut world = World::new();
    let used = world.invite(OWNER, &offer("contractor", 30, writer(1)), 1);
    world.redeem(&used, 2, 40);
    let keeps = world.authority().redemptions(&used.1.hash());
    world.revoke(OWNER, Target::Grants(vec![used.1.hash()]), vec![], keeps);
    let authority = world.authority();
    assert!(authority.rank(&person(2)).is_some(), "who came by it stays");
    assert_eq!(barred(&authority, &folder(1)), BTreeSet::from([invite_seal(&used)]), "whoever else has the ticket");
}

#[test]
fn nobody_says_for_others_that_somebody_has_a_secret() {
    let mut world = World::new();
    for (n, scope) in [(2, writer(1)), (3, writer(1)), (4, manager())] {
        world.grant(OWNER, n, &offer("somebody", 30, scope));
    }
    let authority = world.authority();
    let readers: Vec<Reader> =
        authority.readers(&folder(1)).into_iter().filter(|reader| reader.key == keypair(2).public()).collect();
    assert_eq!(readers.len(), 1);
    let keys = EpochKeys { secret: EpochSecret::from_bytes([1; 32]), history: None };
    let sealed_by = |n: u16| {
        let by = keypair(1000 + n);
        EpochRecord::share_epoch(world.project(), folder(1), &keys, &readers, &by, &mut rng(4)).records.remove(0)
    };
    let lacks = |record: &EpochRecord| {
        !authority.lacking(&keypair(1005).device_id(), &folder(1), &readers, [record]).is_empty()
    };
    assert!(lacks(&sealed_by(3)), "a member like any other");
    assert!(lacks(&sealed_by(9)), "nobody");
    assert!(!lacks(&sealed_by(4)), "who manages the folder");
    assert!(!lacks(&sealed_by(2)), "their own other device");
    assert!(!lacks(&sealed_by(5)), "this device itself");
}

#[test]
fn a_used_invitation_is_barred_once_its_bearer_is_removed() {
    let mut world = World::new();
    let used = world.invite(OWNER, &offer("contractor", 30, writer(1)), 1);
    world.redeem(&used, 2, 40);
    world.revoke(OWNER, Target::Person(person(2)), vec![], vec![]);
    let mut expected = keys(&[2]);
    expected.insert(invite_seal(&used));
    assert_eq!(barred(&world.authority(), &folder(1)), expected);
}

#[test]
fn a_bearer_who_came_too_late_and_still_has_the_key_is_barred() {
    let mut world = World::new();
    let used = world.invite(OWNER, &offer("contractor", 30, writer(1)), 1);
    world.redeem(&used, 2, 40);
    world.redeem(&used, 3, 50);
    let mut expected = keys(&[3]);
    expected.insert(invite_seal(&used));
    assert_eq!(barred(&world.authority(), &folder(1)), expected);
}

#[test]
fn an_open_ticket_that_a_removed_member_has_reads_nothing_new() {
    let mut world = World::new();
    let open = world.invite(OWNER, &offer("contractor", 30, writer(1)), 3);
    world.redeem(&open, 2, 40);
    world.redeem(&open, 3, 41);
    let reads = |world: &World| {
        let readers = world.authority().readers(&folder(1));
        readers.iter().any(|reader| reader.key == open.0.public())
    };
    assert!(reads(&world));
    assert_eq!(world.authority().open_invitations_of(&person(2)), [open.1.hash()]);
    world.revoke(OWNER, Target::Person(person(2)), vec![], vec![]);
    assert!(!reads(&world));
    assert!(barred(&world.authority(), &folder(1)).contains(&invite_seal(&open)));
}

#[test]
fn the_tickets_of_a_removed_manager_close_and_who_came_by_them_stays() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("document-controller", 10, manager()));
    let open = world.invite(2, &offer("contractor", 30, writer(1)), 3);
    let came = world.redeem(&open, 3, 40);
    let keeps = world.authority().made_by(&person(2));
    assert_eq!(keeps.iter().collect::<BTreeSet<_>>(), BTreeSet::from([&open.1.hash(), &came]));
    world.revoke(OWNER, Target::Person(person(2)), vec![], keeps);
    // The removed manager has the key of their own invitation, and comes back by it under another name.
    let late = world.redeem(&open, 4, 1);
    let authority = world.authority();
    assert_eq!(authority.rank(&person(3)), Some(30));
    assert_eq!(authority.rank(&person(4)), None);
    assert!(authority.refused().contains(&(late, crate::Refusal::InvitationCancelled)));
    assert!(authority.invitations().is_empty());
    let mut expected = keys(&[2, 4]);
    expected.insert(invite_seal(&open));
    assert_eq!(barred(&authority, &folder(1)), expected);
}

#[test]
fn somebody_brought_in_by_a_removed_manager_and_not_kept_is_barred() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("document-controller", 10, manager()));
    let invitation = world.invite(2, &offer("contractor", 30, writer(1)), 1);
    world.grant(2, 3, &offer("contractor", 30, writer(1)));
    world.revoke(OWNER, Target::Person(person(2)), vec![], vec![]);
    let mut expected = keys(&[2, 3]);
    expected.insert(invite_seal(&invitation));
    assert_eq!(barred(&world.authority(), &folder(1)), expected);
}

#[test]
fn removals_at_the_same_time_bar_both_and_in_any_order() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("document-controller", 10, manager()));
    world.grant(OWNER, 3, &offer("contractor", 30, writer(1)));
    world.grant(OWNER, 4, &offer("contractor", 30, writer(1)));
    let root = Acting { project: world.project(), parent: Hash(world.project().0), rank: 0 };
    let controller = world.authority().acting_against(&person(2), &Target::Person(person(4))).unwrap();
    world.revoke_as(OWNER, &root, Target::Person(person(3)), vec![tip(1, 1, 1)], vec![]);
    world.revoke_as(2, &controller, Target::Person(person(4)), vec![], vec![]);
    let authority = world.authority();
    assert_eq!(barred(&authority, &folder(1)), keys(&[3, 4]));
    let reversed = Authority::evaluate(&world.genesis, world.statements.iter().rev());
    assert_eq!(barred(&reversed, &folder(1)), keys(&[3, 4]));
    // Removed by two managers at once, and one of them removed by the other meanwhile.
    let keeps = world.authority().made_by(&person(2));
    world.revoke_as(OWNER, &root, Target::Person(person(2)), vec![], keeps);
    assert_eq!(barred(&world.authority(), &folder(1)), keys(&[2, 3, 4]));
}

#[test]
fn who_comes_back_is_barred_no_more() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    let removal = world.revoke(OWNER, Target::Person(person(2)), vec![], vec![]);
    world.grant(OWNER, 2, &Offer { despite: vec![removal], ..offer("contractor", 30, writer(1)) });
    assert_eq!(barred(&world.authority(), &folder(1)), keys(&[]));
}

#[test]
fn a_used_invitation_is_barred_once_who_made_it_is_removed() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("document-controller", 10, manager()));
    let used = world.invite(2, &offer("contractor", 30, writer(1)), 1);
    world.redeem(&used, 3, 40);
    assert_eq!(barred(&world.authority(), &folder(1)), keys(&[]));
    let keeps = world.authority().made_by(&person(2));
    world.revoke(OWNER, Target::Person(person(2)), vec![], keeps);
    assert_eq!(world.authority().rank(&person(3)), Some(30));
    let mut expected = keys(&[2]);
    expected.insert(invite_seal(&used));
    assert_eq!(barred(&world.authority(), &folder(1)), expected, "its maker has its key");
}
