//! What somebody may try to read what is not for them. Each test fails when its check is taken out.

use enginus_model::Instant;

use crate::testing::{OWNER, folder, keypair, offer, person, refusal, rng, root, world, writer};
use crate::{
    Access, DeviceCertificate, DomainScope, EpochKeys, EpochOpenError, EpochRecord, EpochRecordError, InviteKey,
    LaneSet, Refusal, ScopeEntry, Statement, Subject, Target, Widening,
};

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
fn a_removed_device_opens_and_shares_no_epoch() {
    let (mut world, _, _) = world();
    let readers = world.authority().readers(&folder(1));
    let device = keypair(1003);
    let opened = EpochRecord::open_epoch(world.project(), folder(1), &[], &readers, &device, &mut rng(1));
    let shared = EpochRecord::share_epoch(world.project(), folder(1), &opened.keys, &readers, &device, &mut rng(1));
    let records = [&opened.records[0], &shared.records[0]];
    assert!(records.iter().all(|record| world.authority().accepts(record)));
    world.revoke(3, Target::Device(device.device_id()), vec![], vec![]);
    assert!(!records.iter().any(|record| world.authority().accepts(record)));
    // The same for a device that its removed person certifies afterwards.
    world.revoke(OWNER, Target::Person(person(3)), vec![], vec![]);
    let fresh = keypair(1503);
    let certificate = DeviceCertificate::new(keypair(3).public(), &fresh, "new", Instant(0));
    world.add(Statement::Device(certificate).sign(&keypair(3)).unwrap());
    let opened = EpochRecord::open_epoch(world.project(), folder(1), &[], &readers, &fresh, &mut rng(1));
    assert!(!world.authority().accepts(&opened.records[0]));
}

#[test]
fn the_epochs_of_two_members_are_not_taken_for_one_another() {
    let (world, _, _) = world();
    let readers = world.authority().readers(&folder(1));
    let before = EpochRecord::open_epoch(world.project(), folder(1), &[], &readers, &keypair(1001), &mut rng(1));
    let open = |device: u16, seed: u64| {
        let previous = std::slice::from_ref(&before.keys);
        EpochRecord::open_epoch(world.project(), folder(1), previous, &readers, &keypair(device), &mut rng(seed))
    };
    let (one, other) = (open(1002, 2), open(1003, 3));
    let (mine, theirs) = (&one.records[0], &other.records[0]);
    assert_ne!(mine.epoch, theirs.epoch);
    // The seals, the link or the name of one under the signature of the other.
    for confused in [
        EpochRecord { epoch: theirs.epoch, ..mine.clone() },
        EpochRecord { seals: theirs.seals.clone(), ..mine.clone() },
        EpochRecord { link: theirs.link.clone(), ..mine.clone() },
        EpochRecord { issuer: theirs.issuer, ..mine.clone() },
    ] {
        assert_eq!(EpochRecord::decode(&confused.encode()), Err(EpochRecordError::BadSignature));
    }
    // The keys of one do not open the past by the record of the other.
    assert_eq!(mine.open_link(&other.keys), Err(EpochOpenError::NotForThisKey));
    let swapped = EpochKeys { history: other.keys.history.clone(), ..one.keys.clone() };
    assert_eq!(mine.open_link(&swapped), Err(EpochOpenError::Damaged));
    assert_eq!(mine.open_link(&one.keys).unwrap(), [before.keys]);
}

#[test]
fn a_member_does_not_ask_for_keys_under_an_invitation_they_do_not_hold() {
    let (mut world, _, _) = world();
    // Somebody who may read one folder invites an accomplice to more: neither the key nor the bearer is a reader.
    let scope = vec![ScopeEntry::manage(DomainScope::One(folder(2)), LaneSet::ALL, LaneSet::ALL)];
    let lead = world.grant(OWNER, 5, &offer("folder-lead", 15, scope));
    let invite = keypair(700);
    let hash = world.forge(5, 0, lead, |c| {
        c.subject = Subject::Invite(InviteKey { key: invite.public(), uses: 1, redeem_before: None });
    });
    let authority = world.authority();
    assert_eq!(refusal(&authority, &hash), Some(Refusal::Widened(Widening::NotManaged)));
    for n in [1, 2] {
        assert!(authority.readers(&folder(n)).iter().all(|reader| reader.key != invite.public()));
        assert!(authority.barred(&folder(n)).contains(&invite.public().seal));
    }
}
