//! What an honest project looks like.

use enginus_model::{DomainId, Instant, Lane};

use crate::testing::{OWNER, World, folder, keypair, manager, offer, person, tip, writer};
use crate::{Access, DomainScope, Endorsement, Holder, Offer, ScopeEntry, Standing, Statement, Target};

fn device(n: u16) -> enginus_model::DeviceId {
    keypair(1000 + n).device_id()
}

#[test]
fn the_owner_has_everything_from_the_genesis_on() {
    let world = World::new();
    let authority = world.authority();
    assert_eq!(authority.rank(&person(OWNER)), Some(0));
    for domain in [folder(1), DomainId::authority(&world.project()), DomainId::settings(&world.project())] {
        assert!(authority.may_manage(&device(OWNER), &domain));
        assert!(authority.may_write(&device(OWNER), &domain, Lane::Records));
    }
    assert!(authority.may_write(&device(OWNER), &folder(1), Lane::Reviews));
    assert_eq!(authority.members().len(), 1);
    assert_eq!(authority.members()[0].invited_by, None);
    assert!(authority.refused().is_empty());
}

#[test]
fn a_member_has_what_was_granted_and_no_more() {
    let mut world = World::new();
    let hash = world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    let authority = world.authority();
    assert_eq!(authority.access(&person(2), &folder(1)), Access::Write);
    assert_eq!(authority.access(&person(2), &folder(2)), Access::None);
    assert!(authority.may_write(&device(2), &folder(1), Lane::Records));
    assert!(!authority.may_write(&device(2), &folder(1), Lane::Reviews));
    assert!(!authority.may_pull(&device(2), &folder(2)));
    let project = world.project();
    assert!(authority.may_write(&device(2), &DomainId::authority(&project), Lane::Records));
    assert!(authority.may_read(&device(2), &DomainId::settings(&project)));
    assert!(!authority.may_write(&device(2), &DomainId::settings(&project), Lane::Records));
    let member = &authority.members()[1];
    assert_eq!((member.roles.as_slice(), member.rank), (["contractor".to_owned()].as_slice(), 30));
    assert_eq!((member.invited_by, member.grants.as_slice()), (Some(person(OWNER)), [hash].as_slice()));
    assert_eq!(member.devices.len(), 1);
    assert_eq!(authority.access(&person(9), &folder(1)), Access::None);
    assert_eq!(authority.person_of(&device(9)), None);
}

#[test]
fn several_grants_add_up() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    world.grant(OWNER, 2, &offer("consultant", 20, writer(2)));
    let authority = world.authority();
    assert!(authority.may_write(&device(2), &folder(1), Lane::Records));
    assert!(authority.may_write(&device(2), &folder(2), Lane::Records));
    assert_eq!(authority.rank(&person(2)), Some(20));
    assert_eq!(authority.members()[1].roles, ["consultant", "contractor"]);
}

#[test]
fn a_manager_invites_below_itself_and_its_rank_follows() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("document-controller", 10, manager()));
    // A role of rank 10 given by somebody of rank 10 ends up one below.
    let invitation = world.invite(2, &offer("document-controller", 10, manager()), 1);
    assert_eq!(world.authority().invitations().len(), 1);
    assert_eq!(world.authority().invitations()[0].invited_by, Some(person(2)));
    world.redeem(&invitation, 3, 40);
    let authority = world.authority();
    assert_eq!(authority.rank(&person(3)), Some(11));
    assert_eq!(authority.members()[2].invited_by, Some(person(2)));
    assert!(authority.invitations().is_empty());
    assert!(authority.refused().is_empty());
    assert_eq!(authority.chain(&authority.members()[2].grants[0]).len(), 3);
}

#[test]
fn expiry_gates_sessions_and_rewrites_nothing() {
    let mut world = World::new();
    world.grant(OWNER, 2, &Offer { not_after: Some(Instant(100)), ..offer("contractor", 30, writer(1)) });
    let authority = world.authority();
    assert_eq!(authority.access_at(&person(2), &folder(1), Instant(100)), Access::Write);
    assert_eq!(authority.access_at(&person(2), &folder(1), Instant(101)), Access::None);
    assert!(authority.may_write(&device(2), &folder(1), Lane::Records));
    assert_eq!(authority.members()[1].not_after, Some(Instant(100)));
    let terms = crate::Terms { uses: 1, redeem_before: Some(Instant(50)) };
    let offer = offer("contractor", 30, writer(1));
    let acting = authority.acting_for(&person(OWNER), &offer).unwrap();
    let (key, signed) = crate::invite(&keypair(OWNER), &acting, &offer, terms, &mut world.rng).unwrap();
    world.add(signed.clone());
    assert!(!world.authority().invitations()[0].expired(Instant(50)));
    assert!(world.authority().invitations()[0].expired(Instant(51)));
    // A joiner whose clock is years ahead is not shut out by a date.
    world.redeem(&(key, signed), 3, 1_000_000_000_000);
    assert_eq!(world.authority().access(&person(3), &folder(1)), Access::Write);
}

#[test]
fn readers_are_devices_recovery_keys_and_open_invitations() {
    let mut world = World::new();
    world.grant(OWNER, 2, &Offer { history: false, ..offer("contractor", 30, writer(1)) });
    world.grant(OWNER, 3, &offer("investor", 40, writer(2)));
    let invitation = world.invite(OWNER, &offer("contractor", 30, writer(1)), 1);
    let readers = world.authority().readers(&folder(1));
    let holders: Vec<Holder> = readers.iter().map(|reader| reader.holder).collect();
    assert_eq!(readers.len(), 5, "{holders:?}");
    for expected in [
        Holder::Device(person(OWNER), device(OWNER)),
        Holder::Recovery(person(OWNER)),
        Holder::Device(person(2), device(2)),
        Holder::Recovery(person(2)),
        Holder::Invitation(invitation.1.hash()),
    ] {
        assert!(holders.contains(&expected), "{expected:?}");
    }
    assert!(readers.iter().all(|reader| reader.history
        != (reader.holder == Holder::Recovery(person(2)) || reader.holder == Holder::Device(person(2), device(2)))));
    world.redeem(&invitation, 4, 40);
    let holders: Vec<Holder> = world.authority().readers(&folder(1)).iter().map(|reader| reader.holder).collect();
    assert!(holders.contains(&Holder::Device(person(4), device(4))));
    assert!(!holders.contains(&Holder::Invitation(invitation.1.hash())));
}

#[test]
fn pulling_is_not_reading() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("archive", 60, vec![ScopeEntry::pull(DomainScope::All)]));
    let authority = world.authority();
    for domain in [folder(1), DomainId::authority(&world.project()), DomainId::directory(&world.project())] {
        assert!(authority.may_pull(&device(2), &domain));
        assert!(!authority.may_read(&device(2), &domain));
        assert!(!Lane::ALL.iter().any(|lane| authority.may_write(&device(2), &domain, *lane)));
        let archive = [keypair(2).public().seal, keypair(1002).public().seal];
        assert!(authority.readers(&domain).iter().all(|reader| !archive.contains(&reader.key.seal)));
    }
}

#[test]
fn a_removed_member_keeps_what_lies_before_the_cutoffs() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    let before = world.authority();
    assert_eq!(before.standing(&device(2), &folder(1), Lane::Records, &tip(1, 9, 9)), Standing::Accepted);
    assert_eq!(before.standing(&device(2), &folder(2), Lane::Records, &tip(1, 9, 9)), Standing::NotAllowed);
    assert_eq!(before.standing(&device(8), &folder(1), Lane::Records, &tip(1, 9, 9)), Standing::Unknown);
    assert_eq!(before.cutoffs(&person(2)), None);

    let first = world.revoke(OWNER, Target::Person(person(2)), vec![tip(1, 5, 5)], vec![]);
    let after = world.authority();
    assert!(!after.may_write(&device(2), &folder(1), Lane::Records));
    assert!(!after.may_pull(&device(2), &folder(1)));
    assert_eq!(after.rank(&person(2)), None);
    assert_eq!(after.members().len(), 1);
    assert_eq!(after.former_members().len(), 1);
    assert_eq!(after.author_of(&device(2)), Some(person(2)));
    let standing = |seq, hash| after.standing(&device(2), &folder(1), Lane::Records, &tip(1, seq, hash));
    assert_eq!(standing(5, 5), Standing::Accepted);
    assert_eq!(standing(5, 6), Standing::BeyondCutoff, "the same number signed anew");
    assert_eq!(standing(3, 3), Standing::IfBefore(vec![tip(1, 5, 5)]));
    assert_eq!(standing(6, 6), Standing::BeyondCutoff);
    assert_eq!(after.standing(&device(2), &folder(1), Lane::Records, &tip(2, 1, 1)), Standing::BeyondCutoff);
    assert_eq!(after.standing(&device(2), &folder(2), Lane::Records, &tip(1, 1, 1)), Standing::NotAllowed);

    // A second revocation merges by union.
    let acting = crate::Acting { project: world.project(), parent: enginus_model::Hash(world.project().0), rank: 0 };
    world.revoke_as(OWNER, &acting, Target::Person(person(2)), vec![tip(1, 7, 7), tip(2, 1, 1)], vec![]);
    let both = world.authority();
    assert_eq!(both.cutoffs(&person(2)), Some(vec![tip(1, 5, 5), tip(1, 7, 7), tip(2, 1, 1)]));
    assert_eq!(
        both.standing(&device(2), &folder(1), Lane::Records, &tip(1, 6, 6)),
        Standing::IfBefore(vec![tip(1, 7, 7)])
    );
    assert_eq!(both.standing(&device(2), &folder(1), Lane::Records, &tip(1, 5, 5)), Standing::Accepted);
    assert!(both.statement(&first).is_some() && both.refused().is_empty());
}

#[test]
fn a_removed_device_is_cut_and_its_person_stays() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    world.revoke(2, Target::Device(device(2)), vec![tip(1, 4, 4)], vec![]);
    let authority = world.authority();
    assert_eq!(authority.person_of(&device(2)), None);
    assert_eq!(authority.device_cutoffs(&device(2)), Some(vec![tip(1, 4, 4)]));
    assert_eq!(authority.access(&person(2), &folder(1)), Access::Write);
    assert!(!authority.may_read(&device(2), &folder(1)));
    assert!(authority.readers(&folder(1)).iter().all(|reader| reader.key != keypair(1002).public()));
    let standing = |seq, hash| authority.standing(&device(2), &folder(1), Lane::Records, &tip(1, seq, hash));
    assert_eq!(standing(4, 4), Standing::Accepted);
    assert_eq!(standing(5, 5), Standing::BeyondCutoff);
    assert!(authority.members()[1].devices[0].removed);
}

#[test]
fn where_person_and_device_are_cut_the_earlier_cut_holds() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    world.revoke(OWNER, Target::Device(device(2)), vec![tip(1, 4, 4)], vec![]);
    world.revoke(OWNER, Target::Person(person(2)), vec![tip(1, 8, 8)], vec![]);
    let authority = world.authority();
    let standing = |seq, hash| authority.standing(&device(2), &folder(1), Lane::Records, &tip(1, seq, hash));
    assert_eq!(standing(8, 8), Standing::BeyondCutoff);
    assert_eq!(standing(4, 4), Standing::Accepted);
}

#[test]
fn a_held_envelope_can_be_endorsed() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    world.grant(OWNER, 3, &offer("document-controller", 10, manager()));
    world.revoke(OWNER, Target::Person(person(2)), vec![], vec![]);
    let held = enginus_envelope::DomainTip { domain: folder(1), tip: tip(1, 1, 1) };
    let endorse = |by: u16, acting| {
        let endorsement = Endorsement {
            project: world.genesis.project_id(),
            envelopes: vec![held],
            reason: "needed".to_owned(),
            issuer: keypair(by).public().sign,
            acting,
            at: Instant(30),
        };
        Statement::Endorse(endorsement).sign(&keypair(by)).unwrap()
    };
    let authority = world.authority();
    let by_manager = endorse(3, authority.members()[1].grants[0]);
    let by_removed = endorse(2, authority.former_members()[0].grants[0]);
    let standing = |authority: &crate::Authority| authority.standing(&device(2), &folder(1), Lane::Records, &held.tip);
    assert_eq!(standing(&authority), Standing::BeyondCutoff);
    assert_eq!(standing(&authority.with([&by_removed])), Standing::BeyondCutoff);
    let endorsed = authority.with([&by_manager]);
    assert_eq!(standing(&endorsed), Standing::Accepted);
    assert_eq!(endorsed.standing(&device(2), &folder(2), Lane::Records, &held.tip), Standing::NotAllowed);
}

#[test]
fn a_role_change_is_a_revocation_beside_a_new_grant() {
    let mut world = World::new();
    let old = world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    world.revoke(OWNER, Target::Grants(vec![old]), vec![tip(1, 5, 5)], vec![]);
    world.grant(OWNER, 2, &offer("consultant", 20, writer(2)));
    let authority = world.authority();
    assert!(!authority.may_write(&device(2), &folder(1), Lane::Records));
    assert!(authority.may_write(&device(2), &folder(2), Lane::Records));
    assert_eq!(authority.standing(&device(2), &folder(1), Lane::Records, &tip(1, 6, 6)), Standing::BeyondCutoff);
    assert_eq!(authority.standing(&device(2), &folder(2), Lane::Records, &tip(3, 6, 6)), Standing::Accepted);
    assert_eq!(authority.members()[1].roles, ["consultant"]);
}

#[test]
fn a_removed_member_can_be_taken_back_by_who_removed_them() {
    let mut world = World::new();
    world.grant(OWNER, 3, &offer("document-controller", 10, manager()));
    world.grant(3, 2, &offer("contractor", 30, writer(1)));
    let removal = world.revoke(OWNER, Target::Person(person(2)), vec![], vec![]);
    // A grant that does not name the removal, made by somebody who did not know of it, does not bring them back.
    world.grant(3, 2, &offer("contractor", 30, writer(1)));
    assert_eq!(world.authority().rank(&person(2)), None);
    // A lower manager cannot set an owner's removal aside; the owner can.
    world.grant(3, 2, &Offer { despite: vec![removal], ..offer("contractor", 30, writer(1)) });
    assert_eq!(world.authority().rank(&person(2)), None);
    world.grant(OWNER, 2, &Offer { despite: vec![removal], ..offer("contractor", 30, writer(1)) });
    assert_eq!(world.authority().rank(&person(2)), Some(30));
}

#[test]
fn a_removal_is_set_aside_from_above_and_not_by_an_equal() {
    let mut world = World::new();
    for manager_of_all in [3, 4] {
        world.grant(OWNER, manager_of_all, &offer("document-controller", 10, manager()));
    }
    world.grant(3, 2, &offer("contractor", 30, writer(1)));
    let removal = world.revoke(3, Target::Person(person(2)), vec![], vec![]);
    let again = Offer { despite: vec![removal], ..offer("contractor", 30, writer(1)) };
    world.grant(4, 2, &again);
    assert_eq!(world.authority().rank(&person(2)), None);
    world.grant(OWNER, 2, &again);
    assert_eq!(world.authority().rank(&person(2)), Some(30));
}

#[test]
fn a_cancelled_invitation_keeps_who_came_with_it() {
    let mut world = World::new();
    let invitation = world.invite(OWNER, &offer("contractor", 30, writer(1)), 5);
    world.redeem(&invitation, 2, 40);
    let keeps = world.authority().redemptions(&invitation.1.hash());
    assert_eq!(keeps.len(), 1);
    world.revoke(OWNER, Target::Grants(vec![invitation.1.hash()]), vec![], keeps);
    world.redeem(&invitation, 3, 5);
    let authority = world.authority();
    assert_eq!(authority.rank(&person(2)), Some(30));
    assert_eq!(authority.rank(&person(3)), None);
    assert!(authority.invitations().is_empty());
    let invite_reads = |reader: &crate::Reader| reader.key == invitation.0.public();
    assert!(!authority.readers(&folder(1)).iter().any(invite_reads));
}

#[test]
fn one_may_act_only_where_one_stands_above() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("document-controller", 10, manager()));
    world.grant(OWNER, 3, &offer("contractor", 30, writer(1)));
    let authority = world.authority();
    assert!(authority.acting_against(&person(2), &Target::Person(person(3))).is_some());
    assert!(authority.acting_against(&person(3), &Target::Person(person(2))).is_none());
    assert!(authority.acting_against(&person(2), &Target::Person(person(OWNER))).is_none());
    assert!(authority.acting_against(&person(2), &Target::Person(person(2))).is_none());
    assert!(authority.acting_against(&person(3), &Target::Device(device(3))).is_some());
    assert!(authority.acting_against(&person(3), &Target::Device(device(2))).is_none());
    let too_much = offer("contractor", 30, writer(1));
    assert_eq!(authority.acting_for(&person(3), &too_much), Err(crate::Widening::NotManaged));
    assert_eq!(authority.acting_for(&person(9), &too_much), Err(crate::Widening::NotManaged));
}
