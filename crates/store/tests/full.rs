//! A full disk: a refusal that says so, reading that goes on, and work that goes on once there is room.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use enginus_store::simulated::Disk;
use enginus_store::{Batch, CommitError, Store};
use proptest::prelude::*;

fn large(key: &str, bytes: usize) -> Batch {
    let mut batch = Batch::new();
    batch.put_meta(key, &vec![7; bytes]);
    batch.put_meta(&format!("{key} too"), &[1]);
    batch
}

/// Both parts of a batch or neither.
fn is_there(store: &Store, key: &str) -> bool {
    let reader = store.read().unwrap();
    let (first, second) = (reader.meta(key).unwrap(), reader.meta(&format!("{key} too")).unwrap());
    assert_eq!(first.is_some(), second.is_some(), "{key} is there in part");
    first.is_some()
}

#[test]
fn a_disk_that_takes_nothing_leaves_the_store_readable() {
    let disk = Disk::new();
    let store = Store::on_disk(&disk).unwrap();
    store.commit(large("before", 100)).unwrap();
    let old = store.read().unwrap();

    disk.refuse_writes(true);
    for _ in 0..3 {
        assert!(matches!(store.commit(large("lost", 50_000)), Err(CommitError::Full)));
        assert!(is_there(&store, "before"));
    }
    drop(old);
    disk.refuse_writes(false);
    store.commit(large("after", 50_000)).unwrap();
    assert!(is_there(&store, "before") && is_there(&store, "after"));
    drop(store);
    disk.restart(|| 1);
    let store = Store::on_disk(&disk).unwrap();
    assert!(is_there(&store, "before") && is_there(&store, "after"));
}

#[test]
fn every_batch_of_a_failed_transaction_is_told() {
    let disk = Disk::new();
    let store = Store::on_disk(&disk).unwrap();
    disk.hold_syncs(true);
    let (sender, receiver) = std::sync::mpsc::channel();
    for n in 0..8 {
        let sender = sender.clone();
        store.submit(large(&n.to_string(), 10_000), move |result| sender.send((n, result)).unwrap()).unwrap();
    }
    disk.refuse_writes(true);
    disk.hold_syncs(false);
    let results: Vec<_> = receiver.iter().take(8).collect();
    disk.refuse_writes(false);
    for (n, result) in results {
        assert!(result.is_err() || is_there(&store, &n.to_string()), "{n} was acknowledged and is gone");
        assert!(matches!(result, Ok(_) | Err(CommitError::Full)), "{result:?}");
    }
    store.commit(large("after", 10)).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_write_cut_off_by_a_full_disk_loses_nothing_else(
        room in 0u64..300_000,
        sizes in proptest::collection::vec(1usize..60_000, 1..12),
        power_cut in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let disk = Disk::new();
        let mut store = Store::on_disk(&disk).unwrap();
        disk.set_room(Some(room));
        let mut saved = Vec::new();
        for (n, size) in sizes.iter().enumerate() {
            match store.commit(large(&n.to_string(), *size)) {
                Ok(_) => saved.push(n),
                Err(error) => prop_assert!(matches!(error, CommitError::Full), "{error:?}"),
            }
            for n in 0..sizes.len() {
                let found = is_there(&store, &n.to_string());
                prop_assert!(found || !saved.contains(&n));
            }
        }
        if power_cut {
            drop(store);
            let mut state = seed | 1;
            disk.restart(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state >> 33
            });
            disk.set_room(None);
            store = Store::on_disk(&disk).unwrap();
        }
        disk.set_room(None);
        store.commit(large("after", 60_000)).unwrap();
        prop_assert!(is_there(&store, "after"));
        for n in saved {
            prop_assert!(is_there(&store, &n.to_string()), "{n} was acknowledged and is gone");
        }
    }
}
