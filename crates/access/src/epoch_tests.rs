//! Who gets which secrets, and what happens to records that were tampered with.

use enginus_envelope::{EpochSecret, PublicKey};
use enginus_model::{DomainId, EpochId, ProjectId};
use proptest::prelude::*;

use crate::testing::{OWNER, World, folder, keypair, manager, offer, person, rng, writer};
use crate::{
    EpochKeys, EpochOpenError, EpochRecord, EpochRecordError, FormatError, HistoryKey, Holder, MAX_SEALS, Purpose,
    Reader, Target, lacking,
};

const PROJECT: ProjectId = ProjectId([1; 32]);

fn reader(n: u16, history: bool) -> Reader {
    Reader { key: keypair(n).public(), holder: Holder::Recovery(person(n)), history }
}

fn open(domain: u8, previous: &[EpochKeys], readers: &[Reader]) -> (EpochRecord, EpochKeys) {
    let sealed =
        EpochRecord::open_epoch(PROJECT, folder(domain), previous, readers, &keypair(1001), &mut rng(domain.into()));
    assert_eq!((sealed.records.len(), sealed.skipped.len()), (1, 0));
    (sealed.records[0].clone(), sealed.keys)
}

#[test]
fn a_record_survives_its_encoding_and_opens_for_its_readers_only() {
    let (record, keys) = open(1, &[], &[reader(2, true), reader(3, false)]);
    let record = EpochRecord::decode(&record.encode()).unwrap();
    assert_eq!(record.epoch, keys.secret.id());
    assert_eq!(record.open(&keypair(2)), Ok(keys.clone()));
    assert_eq!(record.open(&keypair(3)), Ok(EpochKeys { history: None, ..keys }));
    assert_eq!(record.open(&keypair(4)), Err(EpochOpenError::NotForThisKey));
}

#[test]
fn the_past_opens_for_the_entitled_only_and_all_of_it() {
    let (first, keys1) = open(1, &[], &[reader(2, true)]);
    let sealed = EpochRecord::open_epoch(
        PROJECT,
        folder(1),
        std::slice::from_ref(&keys1),
        &[reader(2, true)],
        &keypair(1001),
        &mut rng(8),
    );
    let (second, keys2) = (sealed.records[0].clone(), sealed.keys);
    let readers = [reader(2, true), reader(3, false), reader(4, true)];
    let sealed = EpochRecord::open_epoch(
        PROJECT,
        folder(1),
        std::slice::from_ref(&keys2),
        &readers,
        &keypair(1001),
        &mut rng(9),
    );
    let (third, keys3) = (sealed.records[0].clone(), sealed.keys);
    assert_eq!(third.previous, [keys2.secret.id()]);

    let newcomer = third.open(&keypair(4)).unwrap();
    assert_eq!(newcomer, keys3);
    let back = third.open_link(&newcomer).unwrap();
    assert_eq!(back, [keys2]);
    assert_eq!(second.open_link(&back[0]).unwrap(), std::slice::from_ref(&keys1));
    assert_eq!(first.open_link(&keys1), Ok(Vec::new()));

    let from_now_on = third.open(&keypair(3)).unwrap();
    assert_eq!(from_now_on.history, None);
    assert_eq!(third.open_link(&from_now_on), Ok(Vec::new()));
    // Not even with a guessed history key, or the epoch's own secret in its place.
    let guessed = EpochKeys { history: Some(HistoryKey::from_bytes(*from_now_on.secret.to_bytes())), ..from_now_on };
    assert_eq!(third.open_link(&guessed), Err(EpochOpenError::Damaged));
    assert_eq!(second.open(&keypair(3)), Err(EpochOpenError::NotForThisKey));
}

#[test]
fn two_epochs_opened_at_once_are_followed_together() {
    let (_, one) = open(1, &[], &[]);
    let two = EpochKeys { secret: EpochSecret::from_bytes([7; 32]), history: None };
    let (record, keys) = open(2, &[one.clone(), two.clone()], &[reader(2, true)]);
    assert_eq!(record.open_link(&keys), Ok(vec![one, two]));
}

#[test]
fn an_epoch_is_shared_with_those_who_come_later() {
    let (_, first) = open(1, &[], &[]);
    let (record, keys) = open(2, &[first], &[reader(2, true)]);
    let readers = [reader(2, true), reader(5, true)];
    let missing = lacking(&readers, [&record]);
    assert_eq!(missing, [reader(5, true)]);
    let held = record.open(&keypair(2)).unwrap();
    let shared = EpochRecord::share_epoch(PROJECT, folder(2), &held, &missing, &keypair(1002), &mut rng(4));
    let shared = EpochRecord::decode(&shared.records[0].encode()).unwrap();
    assert_eq!((shared.purpose, shared.epoch), (Purpose::Shares, record.epoch));
    let got = shared.open(&keypair(5)).unwrap();
    assert_eq!(got, keys);
    assert_eq!(record.open_link(&got).unwrap().len(), 1);
    assert!(lacking(&readers, [&record, &shared]).is_empty());
    // Somebody without the past cannot give it.
    let partial = EpochKeys { history: None, ..held };
    let shared = EpochRecord::share_epoch(PROJECT, folder(2), &partial, &missing, &keypair(1002), &mut rng(4));
    assert_eq!(shared.records[0].open(&keypair(5)).unwrap().history, None);
}

#[test]
fn a_seal_is_bound_to_project_domain_and_epoch() {
    let (record, _) = open(1, &[], &[reader(2, true)]);
    let (other, _) = open(3, &[], &[reader(2, true)]);
    for moved in [
        EpochRecord { project: ProjectId([2; 32]), ..record.clone() },
        EpochRecord { domain: folder(2), ..record.clone() },
        EpochRecord { epoch: EpochId([5; 32]), ..record.clone() },
        EpochRecord { seals: other.seals, ..record.clone() },
    ] {
        assert_eq!(moved.open(&keypair(2)), Err(EpochOpenError::Damaged));
        assert_eq!(moved.verify(), Err(EpochRecordError::BadSignature));
    }
    // A seal relabelled for another reader gives that reader nothing.
    let mut relabelled = record;
    relabelled.seals[0].key = keypair(3).public().seal;
    assert_eq!(relabelled.open(&keypair(3)), Err(EpochOpenError::Damaged));
}

#[test]
fn a_secret_that_is_not_the_epochs_is_noticed() {
    // An insider seals another secret under this epoch's name, properly bound and signed.
    let (record, _) = open(1, &[], &[]);
    let info = [b"enginus 1 epoch seal".as_slice(), &PROJECT.0, folder(1).as_bytes(), &record.epoch.0].concat();
    let sealed = enginus_envelope::seal_to(&keypair(2).public().seal, &info, &[9; 32], &mut rng(1)).unwrap();
    let seal = crate::Seal { key: keypair(2).public().seal, sealed };
    let swapped = EpochRecord { seals: vec![seal], ..record };
    assert_eq!(swapped.open(&keypair(2)), Err(EpochOpenError::Damaged));
}

#[test]
fn every_altered_byte_and_every_cut_is_refused() {
    let (_, first) = open(1, &[], &[]);
    let (record, _) = open(2, &[first], &[reader(2, true)]);
    let bytes = record.encode();
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 0x10;
        assert!(EpochRecord::decode(&altered).is_err(), "byte {at}");
        assert!(EpochRecord::decode(&bytes[..at]).is_err(), "cut at {at}");
    }
    let mut newer = bytes;
    newer[0] = 2;
    assert_eq!(
        EpochRecord::decode(&newer),
        Err(EpochRecordError::Format(FormatError::NewerVersion { found: 2, known: 1 }))
    );
}

#[test]
fn a_record_that_contradicts_itself_is_refused() {
    let (record, _) = open(1, &[], &[reader(2, true)]);
    let seal = record.seals[0].clone();
    for bad in [
        EpochRecord { epoch: EpochId::NONE, ..record.clone() },
        EpochRecord { seals: vec![seal.clone(); MAX_SEALS + 1], ..record.clone() },
        EpochRecord { previous: vec![EpochId([1; 32])], ..record.clone() },
        EpochRecord { link: vec![1], ..record.clone() },
        EpochRecord { purpose: Purpose::Shares, previous: vec![EpochId([1; 32])], link: vec![1], ..record.clone() },
        EpochRecord { seals: vec![crate::Seal { sealed: vec![0; 500], ..seal }], ..record },
    ] {
        assert_eq!(EpochRecord::decode_stored(&bad.encode()), Err(EpochRecordError::Malformed));
    }
}

#[test]
fn many_readers_and_broken_keys_leave_nobody_else_out() {
    let broken =
        Reader { key: PublicKey { sign: [3; 32], seal: [0; 32] }, holder: Holder::Recovery(person(3)), history: true };
    let mut readers: Vec<Reader> = vec![reader(2, true); MAX_SEALS];
    readers.push(broken);
    readers.push(reader(3, true));
    let sealed = EpochRecord::open_epoch(PROJECT, folder(1), &[], &readers, &keypair(1001), &mut rng(1));
    assert_eq!(sealed.skipped, [[0; 32]]);
    assert_eq!(sealed.records.len(), 2);
    assert_eq!((sealed.records[0].purpose, sealed.records[1].purpose), (Purpose::Opens, Purpose::Shares));
    for record in &sealed.records {
        assert_eq!(EpochRecord::decode(&record.encode()).as_ref(), Ok(record));
    }
    assert_eq!(sealed.records[1].open(&keypair(3)), Ok(sealed.keys));
}

#[test]
fn only_a_writers_epoch_and_a_readers_sharing_are_used() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    world.grant(OWNER, 3, &offer("observer", 40, vec![crate::ScopeEntry::read(crate::DomainScope::All)]));
    world.grant(OWNER, 4, &offer("document-controller", 10, manager()));
    let authority = world.authority();
    let by = |device: u16, domain: DomainId, project: ProjectId| {
        let device = keypair(1000 + device);
        let opened = EpochRecord::open_epoch(project, domain, &[], &[], &device, &mut rng(1));
        let shared = EpochRecord::share_epoch(project, domain, &opened.keys, &[], &device, &mut rng(1));
        (authority.accepts(&opened.records[0]), authority.accepts(&shared.records[0]))
    };
    let project = world.project();
    assert_eq!(by(2, folder(1), project), (true, true));
    assert_eq!(by(2, folder(2), project), (false, false));
    assert_eq!(by(3, folder(1), project), (false, true));
    assert_eq!(by(4, folder(1), project), (true, true));
    assert_eq!(by(9, folder(1), project), (false, false));
    assert_eq!(by(2, folder(1), PROJECT), (false, false));
    assert_eq!(by(3, DomainId::authority(&project), project), (true, true));
}

#[test]
fn a_removed_device_gets_no_later_secret() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("contractor", 30, writer(1)));
    world.revoke(OWNER, Target::Person(person(2)), vec![], vec![]);
    let readers = world.authority().readers(&folder(1));
    let sealed = EpochRecord::open_epoch(world.project(), folder(1), &[], &readers, &keypair(1001), &mut rng(1));
    for key in [keypair(2), keypair(1002)] {
        assert_eq!(sealed.records[0].open(&key), Err(EpochOpenError::NotForThisKey));
    }
    assert!(sealed.records[0].open(&keypair(1001)).is_ok());
}

proptest! {
    #[test]
    fn junk_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut versioned = bytes.clone();
        versioned.insert(0, 1);
        prop_assert!(EpochRecord::decode(&bytes).is_err());
        prop_assert!(EpochRecord::decode(&versioned).is_err());
    }
}
