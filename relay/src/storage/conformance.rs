//! What every engine has to do. Each function takes an engine and projects of its own, so they share one; [`suite`] runs them all.

use std::collections::BTreeSet;
use std::sync::Arc;

use enginus_envelope::Tip;
use enginus_model::{DeviceId, Hash, Instant};
use enginus_sync::{Cursor, SnapshotOffer};

use super::fixtures::{Log, TestClock, bytes, domain, project, records, unopened};
use super::{MAX_RECORD_BYTES, ProjectView, Record, Storage, StorageError};

/// Everything that one engine has to do.
pub(crate) async fn suite(storage: Arc<dyn Storage>, clock: &TestClock) {
    let one = storage.as_ref();
    opening(one).await;
    appending(one).await;
    appending_at_once(storage.clone()).await;
    forks(one).await;
    ranges(one).await;
    arrivals(one).await;
    statements_and_acknowledgements(one).await;
    snapshots(one).await;
    letting_go(one).await;
    objects(one, clock).await;
    refusing(one).await;
    deleting(one).await;
    super::conformance_model::random_appends(one).await;
}

/// Waits until a view shows what `shown` asks for. Ends with the test's own limit, not with one of its own.
pub(crate) async fn until(view: &dyn ProjectView, shown: impl Fn(&dyn ProjectView) -> bool) {
    let mut arrivals = view.arrivals();
    while !shown(view) {
        arrivals.changed().await.unwrap();
    }
}

async fn opening(storage: &dyn Storage) {
    let (id, opened) = unopened();
    let mut log = Log::new(id, domain(1), 1);
    let early = storage.append(id, vec![log.next(1, 10).record()]).await;
    assert!(matches!(early, Err(StorageError::NoProject)), "{early:?}");
    assert!(matches!(storage.view(id).await.err(), Some(StorageError::NoProject)));
    assert!(matches!(storage.put_object(id, Hash::of(b"x"), b"x".to_vec()).await, Err(StorageError::NoProject)));
    storage.append(id, vec![opened.clone()]).await.unwrap();
    storage.append(id, vec![opened.clone()]).await.unwrap();
    let view = storage.view(id).await.unwrap();
    let Record::Opened { genesis, .. } = opened else { unreachable!() };
    assert_eq!(view.genesis().unwrap(), genesis);
    assert_eq!(view.newest(), 1, "opened once");
    assert_eq!(view.usage().unwrap().journal_bytes, genesis.len() as u64);
    let other = project(storage).await;
    let projects = storage.projects().await.unwrap();
    assert!(projects.is_sorted() && projects.contains(&id) && projects.contains(&other));
    storage.ready().await.unwrap();
}

async fn appending(storage: &dyn Storage) {
    let id = project(storage).await;
    let mut log = Log::new(id, domain(1), 1);
    let entries = log.entries(20, 1);
    storage.append(id, records(&entries[..12])).await.unwrap();
    // What is there already is no failure and not added again, alone or among others.
    storage.append(id, records(&entries[..12])).await.unwrap();
    storage.append(id, records(&entries[5..])).await.unwrap();
    storage.append(id, vec![]).await.unwrap();
    let view = storage.view(id).await.unwrap();
    assert_eq!(view.tips().unwrap(), [entries[19].domain_tip()]);
    assert_eq!(view.range(&domain(1), &log.id(), Cursor::START, usize::MAX).unwrap(), bytes(&entries));
    let usage = view.usage().unwrap();
    assert_eq!(usage.envelopes, 20);
    assert_eq!(view.newest(), 21);
    let (arrived, up_to) = view.arrived(0, 100).unwrap();
    assert_eq!(arrived, entries.iter().map(|entry| entry.tip).collect::<Vec<_>>(), "in the order handed in");
    assert_eq!(up_to, 21);
    assert_eq!(view.hashes_at(&log.id(), 7).unwrap(), [entries[6].tip.hash]);
    assert!(view.hashes_at(&log.id(), 21).unwrap().is_empty());
}

async fn appending_at_once(storage: Arc<dyn Storage>) {
    let (tasks, each) = (24u8, 10);
    let id = project(storage.as_ref()).await;
    let view = storage.view(id).await.unwrap();
    let writers = (0..tasks).map(|device| {
        let storage = storage.clone();
        tokio::spawn(async move {
            let mut log = Log::new(id, domain(device % 3), device);
            for _ in 0..each {
                let entry = log.next(device, 100);
                // Twice, from two tasks: one of them counts.
                let (a, b) =
                    tokio::join!(storage.append(id, vec![entry.record()]), storage.append(id, vec![entry.record()]));
                a.and(b).unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    until(view.as_ref(), |view| view.newest() > u64::from(tasks) * each).await;
    assert_eq!(view.usage().unwrap().envelopes, u64::from(tasks) * each);
    assert_eq!(view.tips().unwrap().len(), usize::from(tasks));
    for device in 0..tasks {
        let log = Log::new(id, domain(device % 3), device);
        let range = view.range(&domain(device % 3), &log.id(), Cursor::START, usize::MAX).unwrap();
        assert_eq!(range.len() as u64, each);
    }
}

async fn forks(storage: &dyn Storage) {
    let id = project(storage).await;
    let mut log = Log::new(id, domain(1), 1);
    let trunk = log.entries(2, 1);
    let mut other = log.clone();
    let (left, right) = (log.entries(3, 2), other.entries(2, 3));
    storage.append(id, records(&trunk)).await.unwrap();
    storage.append(id, records(&left)).await.unwrap();
    storage.append(id, records(&right)).await.unwrap();
    let view = storage.view(id).await.unwrap();
    let tips: BTreeSet<_> = view.tips().unwrap().into_iter().collect();
    assert_eq!(tips, BTreeSet::from([left[2].domain_tip(), right[1].domain_tip()]));
    let mut beside = vec![left[0].tip.hash, right[0].tip.hash];
    beside.sort();
    assert_eq!(view.hashes_at(&log.id(), 3).unwrap(), beside);
    // Everything once, ordered by (seq, hash), however the cursor cuts.
    let mut all = [trunk, left, right].concat();
    all.sort_by_key(|entry| (entry.tip.seq, entry.tip.hash));
    for (at, entry) in all.iter().enumerate() {
        let after = Cursor { seq: entry.tip.seq, hash: entry.tip.hash };
        let range = view.range(&domain(1), &log.id(), after, usize::MAX).unwrap();
        assert_eq!(range, bytes(&all[at + 1..]));
    }
    assert_eq!(view.range(&domain(1), &log.id(), Cursor::after_seq(3), usize::MAX).unwrap().len(), 3);
}

async fn ranges(storage: &dyn Storage) {
    let id = project(storage).await;
    let mut log = Log::new(id, domain(1), 1);
    let entries: Vec<_> = (0..10).map(|content| log.next(content, 1000)).collect();
    let mut elsewhere = Log::new(id, domain(2), 1);
    let stranger = elsewhere.next(1, 10);
    storage.append(id, records(&entries)).await.unwrap();
    storage.append(id, vec![stranger.record()]).await.unwrap();
    let view = storage.view(id).await.unwrap();
    let range = |after, max| view.range(&domain(1), &log.id(), after, max).unwrap();
    assert_eq!(range(Cursor::START, 0), bytes(&entries[..1]), "at least one where there is one");
    let two = entries[0].bytes.len() + entries[1].bytes.len();
    assert_eq!(range(Cursor::START, two), bytes(&entries[..2]));
    assert_eq!(range(Cursor::START, two - 1), bytes(&entries[..1]));
    assert_eq!(range(Cursor::after_seq(7), usize::MAX), bytes(&entries[7..]));
    assert!(range(Cursor::after_seq(10), usize::MAX).is_empty());
    assert!(range(Cursor::after_seq(u64::MAX), usize::MAX).is_empty());
    assert!(
        view.range(&domain(2), &log.id(), Cursor::START, usize::MAX).unwrap().is_empty(),
        "of the domain asked for"
    );
    assert_eq!(view.range(&domain(2), &elsewhere.id(), Cursor::START, 0).unwrap(), [stranger.bytes]);
    // The largest envelope there may be, larger than what a queue takes in one message.
    let large = log.next(5, enginus_envelope::MAX_BODY_BYTES);
    storage.append(id, vec![large.record()]).await.unwrap();
    let view = storage.view(id).await.unwrap();
    assert_eq!(view.range(&domain(1), &log.id(), Cursor::after_seq(10), 0).unwrap(), [large.bytes]);
}

async fn arrivals(storage: &dyn Storage) {
    let id = project(storage).await;
    let view = storage.view(id).await.unwrap();
    let shared = storage.view(id).await.unwrap();
    let mut ear = view.arrivals();
    let before = *ear.borrow_and_update();
    assert_eq!(before, view.newest());
    let mut log = Log::new(id, domain(1), 1);
    let entries = log.entries(5, 1);
    storage.append(id, records(&entries[..2])).await.unwrap();
    ear.changed().await.unwrap();
    until(shared.as_ref(), |view| view.newest() == before + 2).await;
    storage.append(id, vec![Record::Statement(b"said".to_vec())]).await.unwrap();
    storage.append(id, records(&entries[2..])).await.unwrap();
    until(view.as_ref(), |view| view.newest() == before + 6).await;
    let (mut after, mut seen) = (before, Vec::<Tip>::new());
    while after < view.newest() {
        let (tips, up_to) = view.arrived(after, 2).unwrap();
        assert!(up_to > after && tips.len() <= 2);
        seen.extend(tips);
        after = up_to;
    }
    assert_eq!(seen, entries.iter().map(|entry| entry.tip).collect::<Vec<_>>());
    assert_eq!(view.arrived(after, 10).unwrap(), (vec![], after));
}

async fn statements_and_acknowledgements(storage: &dyn Storage) {
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

async fn snapshots(storage: &dyn Storage) {
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

async fn letting_go(storage: &dyn Storage) {
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

async fn objects(storage: &dyn Storage, clock: &TestClock) {
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

async fn refusing(storage: &dyn Storage) {
    let id = project(storage).await;
    let mut log = Log::new(id, domain(1), 1);
    let good = log.next(1, 10);
    let mut newer = log.next(1, 10).bytes;
    newer[0] = 2;
    let answer = storage.append(id, vec![good.record(), Record::Envelope(newer)]).await;
    assert!(matches!(answer, Err(StorageError::NewerVersion { found: 2 })), "{answer:?}");
    let answer = storage.append(id, vec![good.record(), Record::Envelope(vec![])]).await;
    assert!(matches!(answer, Err(StorageError::Damaged(_))), "{answer:?}");
    let answer = storage.append(id, vec![good.record(), Record::Envelope(vec![1; MAX_RECORD_BYTES])]).await;
    assert!(matches!(answer, Err(StorageError::Failed(_))), "{answer:?}");
    assert_eq!(storage.view(id).await.unwrap().usage().unwrap().envelopes, 0, "all or none");
}

async fn deleting(storage: &dyn Storage) {
    let (id, opened) = unopened();
    storage.append(id, vec![opened.clone()]).await.unwrap();
    let mut log = Log::new(id, domain(1), 1);
    let entries = log.entries(30, 1);
    storage.append(id, records(&entries)).await.unwrap();
    storage.put_object(id, Hash::of(b"x"), b"x".to_vec()).await.unwrap();
    let view = storage.view(id).await.unwrap();
    let mut ear = view.arrivals();
    ear.mark_unchanged();
    storage.delete(id).await.unwrap();
    while ear.changed().await.is_ok() {}
    assert!(matches!(view.tips(), Err(StorageError::NoProject)));
    assert!(!storage.projects().await.unwrap().contains(&id));
    assert!(matches!(storage.view(id).await.err(), Some(StorageError::NoProject)));
    storage.delete(id).await.unwrap();
    // The same project again, as if it had never been.
    storage.append(id, vec![opened]).await.unwrap();
    let view = storage.view(id).await.unwrap();
    assert!(view.tips().unwrap().is_empty() && storage.objects(id).await.unwrap().is_empty());
    assert_eq!(storage.object(id, Hash::of(b"x")).await.unwrap(), None);
    storage.append(id, records(&entries[..1])).await.unwrap();
    assert_eq!(storage.view(id).await.unwrap().usage().unwrap().envelopes, 1);
}
