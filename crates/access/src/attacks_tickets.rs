//! What somebody may try with an invitation. Each test fails when its check is taken out.

use enginus_model::Instant;

use crate::testing::{OWNER, World, folder, keypair, manager, offer, person, refusal, rng, world, writer};
use crate::{
    Access, Acting, Capability, DeviceCertificate, InviteKey, InviteSeed, Offer, Refusal, Removal, Statement,
    StatementError, Subject, Target, Ticket, TicketCheckError, TicketKey, revoke,
};

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
fn a_revoked_redemption_is_not_redeemed_once_more() {
    let mut world = World::new();
    let invitation = world.invite(OWNER, &offer("contractor", 30, writer(1)), 3);
    let first = world.redeem(&invitation, 2, 40);
    world.revoke(OWNER, Target::Grants(vec![first]), vec![], vec![]);
    assert_eq!(world.authority().rank(&person(2)), None);
    let again = world.redeem(&invitation, 2, 1);
    let authority = world.authority();
    assert_eq!((authority.rank(&person(2)), refusal(&authority, &again)), (None, None));
    assert_eq!(authority.access(&person(2), &folder(1)), Access::None);
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
    let removal = Removal {
        target: Target::Person(person(3)),
        cutoffs: vec![],
        keeps: vec![],
        reason: String::new(),
        at: Instant(1),
    };
    let hash = {
        let signed = revoke(&key, &acting, removal, &mut rng(3)).unwrap();
        world.add(signed)
    };
    assert_eq!(refusal(&world.authority(), &hash), Some(Refusal::NotTheHolder));
    assert_eq!(world.authority().rank(&person(3)), Some(30));
}

#[test]
fn an_invite_key_is_no_member_and_certifies_nothing() {
    let (mut world, _, _) = world();
    let (key, signed) = world.invite(OWNER, &offer("document-controller", 5, manager()), 1);
    let certificate = DeviceCertificate::new(key.public(), &keypair(1009), "x", Instant(1));
    let hash = world.add(Statement::Device(certificate).sign(&key).unwrap());
    // Nor does it grant anything but exactly what it holds.
    let capability = Capability {
        subject: Subject::Person(keypair(9).public()),
        issuer: key.public().sign,
        parent: signed.hash(),
        rank: 6,
        ..signed.grant().unwrap().clone()
    };
    let granted = world.add(Statement::Grant(capability).sign(&key).unwrap());
    let authority = world.authority();
    assert_eq!(refusal(&authority, &hash), Some(Refusal::NotAMember));
    assert_eq!(refusal(&authority, &granted), Some(Refusal::NotAsInvited));
    assert!(!authority.may_pull(&keypair(1009).device_id(), &folder(1)));
    assert_eq!(authority.rank(&key.public().person_id()), None);
}

#[test]
fn a_thief_who_backdates_takes_no_place_that_was_settled() {
    let mut world = World::new();
    let invitation = world.invite(OWNER, &offer("contractor", 30, writer(1)), 1);
    world.redeem(&invitation, 2, 40);
    let due = world.authority().invitations_to_close(&person(OWNER));
    assert_eq!(due, [invitation.1.hash()]);
    assert!(world.authority().invitations_to_close(&person(2)).is_empty());
    let keeps = world.authority().redemptions(&due[0]);
    world.revoke(OWNER, Target::Grants(due), vec![], keeps);
    let stolen = world.redeem(&invitation, 9, i64::MIN);
    let authority = world.authority();
    assert_eq!(refusal(&authority, &stolen), Some(Refusal::InvitationCancelled));
    assert_eq!((authority.rank(&person(2)), authority.rank(&person(9))), (Some(30), None));
    assert!(authority.invitations_to_close(&person(OWNER)).is_empty());
}

#[test]
fn a_ticket_made_for_one_person_brings_in_nobody_else() {
    let mut world = World::new();
    let hash = world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    let signed = world.authority().statement(&hash).unwrap().clone();
    let redeemed = crate::redeem(&keypair(9), &signed, &keypair(9), &keypair(1009), "x", Instant(1), &mut world.rng);
    assert_eq!(redeemed, Err(StatementError::NotTheIssuer));
    let device = keypair(1000 + OWNER).device_id();
    let ticket = Ticket {
        genesis: world.genesis.encode(),
        project_name: "A".to_owned(),
        inviter: keypair(OWNER).public(),
        device,
        addresses: vec![],
        buckets: vec![],
        relays: vec![],
        key: TicketKey::Person(keypair(2).public()),
        statements: Ticket::proof(&world.authority(), &hash, &device),
    };
    assert_eq!(ticket.check().unwrap().bearer, None);
    for key in [TicketKey::Person(keypair(9).public()), TicketKey::Bearer(InviteSeed::of(&keypair(2)))] {
        let relabelled = Ticket { key, ..ticket.clone() };
        assert_eq!(relabelled.check(), Err(TicketCheckError::NoInvitation));
    }
}
