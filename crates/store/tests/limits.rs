//! Queues, sizes and callbacks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::mpsc;

use enginus_model::{DomainId, Hash, Instant, LogId};
use enginus_store::simulated::Disk;
use enginus_store::{
    Batch, CommitError, ENVELOPE_BYTES_MAX, EnvelopeKey, KEY_BYTES_MAX, QUEUE_BATCHES_MAX, Store, VALUE_BYTES_MAX,
};

fn meta(key: &str) -> Batch {
    let mut batch = Batch::new();
    batch.put_meta(key, b"x");
    batch
}

#[test]
fn what_is_too_large_is_refused_by_name() {
    let store = Store::in_memory().unwrap();
    let key = EnvelopeKey { domain: DomainId::from_bytes([1; 16]), log: LogId([1; 16]), seq: 1, hash: Hash::ZERO };
    let refused = |batch: Batch, named: &str| match store.commit(batch) {
        Err(CommitError::TooLarge { what, bytes, limit }) => {
            assert_eq!(what, named);
            assert_eq!(bytes, limit + 1);
        }
        other => panic!("{other:?}"),
    };
    let mut batch = meta("a neighbour in the same batch");
    batch.put_envelope(key, Hash::ZERO, Instant(0), &vec![0; ENVELOPE_BYTES_MAX + 1]);
    refused(batch, "envelope");
    let mut batch = Batch::new();
    batch.put_meta("k", &vec![0; VALUE_BYTES_MAX + 1]);
    refused(batch, "value");
    let mut batch = Batch::new();
    batch.put_record(1, &[0; KEY_BYTES_MAX + 1], b"");
    refused(batch, "key");
    assert_eq!(store.read().unwrap().envelope_count().unwrap(), 0);
    assert_eq!(store.read().unwrap().meta("a neighbour in the same batch").unwrap(), None);
}

#[test]
fn waiting_batches_share_one_sync() {
    let disk = Disk::new();
    let store = Store::on_disk(&disk).unwrap();
    disk.hold_syncs(true);
    let (sender, receiver) = mpsc::channel();
    for n in 0..100 {
        let sender = sender.clone();
        store.submit(meta(&n.to_string()), move |result| sender.send(result.is_ok()).unwrap()).unwrap();
    }
    let before = disk.syncs();
    disk.hold_syncs(false);
    assert!(receiver.iter().take(100).all(|saved| saved));
    // At most: what the writer took first, and the rest.
    assert!(disk.syncs() - before <= 4, "{} syncs for 100 batches", disk.syncs() - before);
}

#[test]
fn a_full_queue_gives_the_batch_back() {
    let disk = Disk::new();
    let store = Store::on_disk(&disk).unwrap();
    disk.hold_syncs(true);
    let mut taken = 0;
    let back = loop {
        match store.submit(meta(&taken.to_string()), |_| {}) {
            Ok(()) => taken += 1,
            Err(back) => break back,
        }
        assert!(taken < 10 * QUEUE_BATCHES_MAX, "the queue has no end");
    };
    assert!(taken >= QUEUE_BATCHES_MAX);
    disk.hold_syncs(false);
    store.commit(back.0).unwrap();
    let reader = store.read().unwrap();
    for n in 0..=taken {
        assert!(reader.meta(&n.to_string()).unwrap().is_some());
    }
}

#[test]
fn a_callback_may_panic_submit_and_drop_the_store_but_not_wait() {
    let store = std::sync::Arc::new(Store::in_memory().unwrap());
    store.submit(meta("a"), |_| panic!("a defect of the caller")).unwrap();
    let (sender, receiver) = mpsc::channel();
    let (inner, reply) = (store.clone(), sender.clone());
    store
        .submit(meta("b"), move |_| {
            assert!(matches!(inner.commit(meta("c")), Err(CommitError::InCallback)));
            inner.submit(meta("d"), move |result| reply.send(result.is_ok()).unwrap()).unwrap();
        })
        .unwrap();
    assert!(receiver.recv().unwrap());
    assert_eq!(store.read().unwrap().meta("c").unwrap(), None);
    let (last, dropped) = mpsc::channel();
    let inner = store.clone();
    store
        .submit(meta("e"), move |_| {
            // Waits until this is the last handle.
            while std::sync::Arc::strong_count(&inner) > 1 {
                std::thread::yield_now();
            }
            drop(inner);
            last.send(()).unwrap();
        })
        .unwrap();
    drop(store);
    dropped.recv().unwrap();
}
