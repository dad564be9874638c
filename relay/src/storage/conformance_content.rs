//! What every engine has to do with statements, acknowledgements, snapshots and objects.

use std::collections::BTreeSet;

use enginus_model::{DeviceId, Hash, Instant};
use enginus_sync::{Cursor, SnapshotOffer};

use super::fixtures::{Log, TestClock, bytes, domain, project, records};
use super::{Record, Storage};

pub(crate) async fn statements_and_acknowledgements(storage: &dyn Storage) {
    let id = project(storage).await;
    let said: Vec<Vec<u8>> = (0..4u8).map(|n| vec![9 - n; 30]).collect();
    for statement in said.iter().chain(&said) {
        storage.append(id, vec![Record::Statement(statement.clone())]).await.unwrap();
    }
    let view = storage.view(id).await.unwrap();
    let (arrivals, held): (Vec<u64>, Vec<Vec<u8>>) = view.statements(0).unwrap().into_iter().unzip();
    assert_eq!(held, said, "in order of arrival, each once");
    assert!(arrivals.is_sorted() && arrivals[3] <= view.newest(), "{arrivals:?}");
    let after: Vec<Vec<u8>> = view.statements(arrivals[0]).unwrap().into_iter().map(|(_, said)| said).collect();
    assert_eq!(after, said[1..], "without those before");
    assert!(view.statements(arrivals[3]).unwrap().is_empty() && view.statements(u64::MAX).unwrap().is_empty());
    let mut log = Log::new(id, domain(1), 1);
    let entries = log.entries(2, 1);
    let acknowledge = |device: u8, upto: usize, at: i64| Record::Acknowledged {
        device: DeviceId([device; 32]),
        tips: vec![entries[upto].domain_tip()],
        at: Instant(at),
    };
    storage.append(id, vec![acknowledge(2, 0, 5), acknowledge(1, 0, 6)]).await.unwrap();
    storage.append(id, vec![acknowledge(2, 1, 7)]).await.unwrap();
    let view = storage.view(id).await.unwrap();
    let mut held = view.acknowledged().unwrap();
    held.sort_by_key(|(device, ..)| *device);
    let tips = |upto: usize| vec![entries[upto].domain_tip()];
    assert_eq!(held, [(DeviceId([1; 32]), tips(0), Instant(6)), (DeviceId([2; 32]), tips(1), Instant(7))]);
}

pub(crate) async fn snapshots(storage: &dyn Storage) {
    let id = project(storage).await;
    let offer =
        |id: u8, label: &[u8]| SnapshotOffer { id: Hash([id; 32]), size: 9, label: label.to_vec(), covers: vec![] };
    let snapshot = |number: u8, id: u8, label: &[u8]| Record::Snapshot {
        domain: domain(number),
        offer: offer(id, label),
        at: Instant(i64::from(id)),
    };
    storage.append(id, vec![snapshot(1, 1, b"a"), snapshot(1, 2, b"b"), snapshot(2, 3, b"a")]).await.unwrap();
    storage.append(id, vec![snapshot(1, 4, b"a")]).await.unwrap();
    let view = storage.view(id).await.unwrap();
    let newest = view.newest();
    let mut offers = view.snapshots(&domain(1)).unwrap();
    offers.sort_by(|one, other| one.label.cmp(&other.label));
    assert_eq!(offers, [offer(4, b"a"), offer(2, b"b")]);
    assert_eq!(view.snapshots(&domain(2)).unwrap(), [offer(3, b"a")]);
    storage.append(id, vec![snapshot(1, 4, b"a")]).await.unwrap();
    assert_eq!(storage.view(id).await.unwrap().newest(), newest, "the same offer is not added again");
}

pub(crate) async fn letting_go(storage: &dyn Storage) {
    let id = project(storage).await;
    let mut log = Log::new(id, domain(1), 1);
    let trunk = log.entries(3, 1);
    let mut branch = log.clone();
    let (left, right) = (log.entries(3, 2), branch.entries(2, 3));
    storage.append(id, records(&[trunk.clone(), left.clone(), right.clone()].concat())).await.unwrap();
    let before = storage.view(id).await.unwrap().usage().unwrap();
    storage.append(id, vec![Record::LetGo { up_to: vec![left[1].domain_tip()] }]).await.unwrap();
    let view = storage.view(id).await.unwrap();
    let usage = view.usage().unwrap();
    assert_eq!((before.envelopes, usage.envelopes), (8, 3));
    assert!(usage.journal_bytes < before.journal_bytes);
    let mut kept = vec![left[2].clone(), right[0].clone(), right[1].clone()];
    kept.sort_by_key(|entry| (entry.tip.seq, entry.tip.hash));
    assert_eq!(view.range(&domain(1), &log.id(), Cursor::START, usize::MAX).unwrap(), bytes(&kept));
    let tips: BTreeSet<_> = view.tips().unwrap().into_iter().collect();
    assert_eq!(tips, BTreeSet::from([left[2].domain_tip(), right[1].domain_tip()]));
    assert!(view.hashes_at(&log.id(), 5).unwrap().contains(&left[1].tip.hash), "what follows finds its predecessor");
    // What was let go is not taken again.
    storage.append(id, records(&trunk)).await.unwrap();
    storage.append(id, vec![Record::LetGo { up_to: vec![left[2].domain_tip(), right[1].domain_tip()] }]).await.unwrap();
    let view = storage.view(id).await.unwrap();
    assert_eq!(view.usage().unwrap().envelopes, 0);
    assert_eq!(view.tips().unwrap().len(), 2, "an empty log still has its tips");
    let next = log.next(4, 40);
    storage.append(id, vec![next.record()]).await.unwrap();
    let view = storage.view(id).await.unwrap();
    let tips: BTreeSet<_> = view.tips().unwrap().into_iter().collect();
    assert_eq!(tips, BTreeSet::from([next.domain_tip(), right[1].domain_tip()]));
    assert_eq!(view.range(&domain(1), &log.id(), Cursor::START, usize::MAX).unwrap(), [next.bytes]);
}

pub(crate) async fn objects(storage: &dyn Storage, clock: &TestClock) {
    let id = project(storage).await;
    clock.set(100 * 60_000 + 59_999);
    let object = |content: u8, size: usize| (Hash::of(&vec![content; size]), vec![content; size]);
    let (small, large) = (object(1, 10), object(2, 3 << 20));
    for (name, bytes) in [&small, &large, &small] {
        storage.put_object(id, *name, bytes.clone()).await.unwrap();
    }
    for (name, bytes) in [&small, &large] {
        assert_eq!(storage.object(id, *name).await.unwrap().as_ref(), Some(bytes));
    }
    assert_eq!(storage.object(id, Hash::of(b"never")).await.unwrap(), None);
    let usage = storage.view(id).await.unwrap().usage().unwrap();
    assert_eq!((usage.objects, usage.object_bytes), (2, 10 + (3 << 20)));
    clock.set(200 * 60_000 + 1);
    storage.object(id, small.0).await.unwrap();
    let mut listed = storage.objects(id).await.unwrap();
    listed.sort_by_key(|object| object.bytes);
    let listed: Vec<_> = listed.into_iter().map(|object| (object.name, object.bytes, object.used)).collect();
    let minute = |minute: i64| Instant(minute * 60_000);
    assert_eq!(listed, [(small.0, 10, minute(200)), (large.0, 3 << 20, minute(100))]);
    storage.remove_object(id, large.0).await.unwrap();
    storage.remove_object(id, large.0).await.unwrap();
    assert_eq!(storage.object(id, large.0).await.unwrap(), None);
    storage.put_object(id, large.0, large.1.clone()).await.unwrap();
    assert_eq!(storage.object(id, large.0).await.unwrap(), Some(large.1));
    let usage = storage.view(id).await.unwrap().usage().unwrap();
    assert_eq!((usage.objects, usage.object_bytes), (2, 10 + (3 << 20)));
}
