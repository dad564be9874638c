//! What every engine has to do. Each function takes an engine and projects of its own, so they share one; [`suite`] runs them all.

use std::collections::BTreeSet;
use std::sync::Arc;

use enginus_envelope::Tip;
use enginus_model::Hash;
use enginus_sync::Cursor;

use super::conformance_content as content;
use super::conformance_model::random_appends;
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
    content::statements_and_acknowledgements(one).await;
    content::snapshots(one).await;
    content::letting_go(one).await;
    content::objects(one, clock).await;
    refusing(one).await;
    deleting(one).await;
    random_appends(one).await;
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
    assert!(matches!(storage.append(id, vec![]).await, Err(StorageError::NoProject)));
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
