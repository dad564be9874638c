//! What people are told about decisions.

use enginus_model::Instant;

use crate::testing::{OWNER, World, keypair, manager, offer, person, writer};
use crate::{Authority, DecisionKind, DecisionSubject, Refusal, Removal, Target, revoke};

fn remove(world: &mut World, by: u16, target: Target, reason: &str, at: i64) -> enginus_model::Hash {
    let acting = world.authority().acting_against(&person(by), &target).unwrap();
    let keeps = match &target {
        Target::Grants(grants) => grants.iter().flat_map(|grant| world.authority().redemptions(grant)).collect(),
        Target::Person(_) | Target::Device(_) => Vec::new(),
    };
    let removal = Removal { target, cutoffs: Vec::new(), keeps, reason: reason.to_owned(), at: Instant(at) };
    let signed = revoke(&keypair(by), &acting, removal, &mut world.rng).unwrap();
    world.add(signed)
}

#[test]
fn a_removed_member_is_told_who_when_and_why() {
    let mut world = World::new();
    world.grant(OWNER, 3, &offer("document-controller", 10, manager()));
    let old = world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    assert_eq!(world.authority().removal_of(&person(2)), None);
    world.grant(OWNER, 2, &offer("consultant", 20, writer(2)));
    remove(&mut world, OWNER, Target::Grants(vec![old]), "another role", 60);
    assert_eq!(world.authority().removal_of(&person(2)), None, "still a member");
    let hash = remove(&mut world, 3, Target::Person(person(2)), "contract ended", 50);
    let removed = world.authority().removal_of(&person(2)).unwrap();
    assert_eq!((removed.statement, removed.issuer, removed.at), (hash, person(3), Instant(50)));
    assert_eq!(removed.reason, "contract ended");
    assert_eq!(world.authority().removal_of(&person(9)), None);
    assert_eq!(world.authority().removal_of_device(&keypair(1002).device_id()), None);
}

#[test]
fn a_removed_device_is_told_apart_from_its_person() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    let device = keypair(1002).device_id();
    let hash = remove(&mut world, 2, Target::Device(device), "left in a taxi", 50);
    let authority = world.authority();
    let removed = authority.removal_of_device(&device).unwrap();
    assert_eq!((removed.statement, removed.issuer, removed.reason.as_str()), (hash, person(2), "left in a taxi"));
    assert_eq!(authority.removal_of(&person(2)), None);
}

#[test]
fn the_history_lists_every_decision_the_refused_ones_too() {
    let mut world = World::new();
    let invitation = world.invite(OWNER, &offer("contractor", 30, writer(1)), 2);
    let came = world.redeem(&invitation, 2, 40);
    world.grant(OWNER, 3, &offer("document-controller", 10, manager()));
    remove(&mut world, 3, Target::Device(keypair(1002).device_id()), "lost", 41);
    remove(&mut world, OWNER, Target::Grants(vec![invitation.1.hash()]), "sent to the wrong person", 42);
    remove(&mut world, OWNER, Target::Person(person(2)), "left", 43);
    remove(&mut world, OWNER, Target::Grants(vec![came]), "another role", 44);
    let late = world.redeem(&invitation, 5, 45);
    let authority = world.authority();
    let history = authority.history();
    assert_eq!(history.len(), world.statements.len());
    assert!(history.is_sorted_by_key(|decision| (decision.at, decision.statement)));
    assert_eq!(history, Authority::evaluate(&world.genesis, world.statements.iter().rev()).history());
    let told: Vec<(DecisionKind, i64, bool)> = history
        .iter()
        .filter(|decision| decision.kind != DecisionKind::Device)
        .map(|decision| (decision.kind, decision.at.0, decision.refusal.is_none()))
        .collect();
    assert!(told.contains(&(DecisionKind::Invitation, 10, true)), "{told:?}");
    assert!(told.contains(&(DecisionKind::Grant, 10, true)), "{told:?}");
    assert_eq!(
        told[2..],
        [
            (DecisionKind::Joined, 40, true),
            (DecisionKind::DeviceRemoval, 41, true),
            (DecisionKind::Cancellation, 42, true),
            (DecisionKind::Removal, 43, true),
            (DecisionKind::GrantsRevoked, 44, true),
            (DecisionKind::Joined, 45, false),
        ]
    );
    let last = history.iter().find(|decision| decision.statement == late).unwrap();
    assert_eq!(last.refusal, Some(Refusal::InvitationCancelled));
    assert_eq!((last.issuer, &last.subject), (person(OWNER), &DecisionSubject::Person(person(5))));
    assert_eq!(last.role, "contractor");
}
