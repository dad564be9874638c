//! Power cuts between any two disk operations: what was acknowledged is there, and no batch is there in part.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use enginus_model::{DocumentId, DomainId, Hash, Instant, LogId};
use enginus_store::simulated::Disk;
use enginus_store::{Batch, EnvelopeKey, Reader, Store};
use proptest::prelude::*;

const DOMAIN: DomainId = DomainId::from_bytes([1; 16]);
const LOG: LogId = LogId([2; 16]);

fn key(seq: u64) -> EnvelopeKey {
    EnvelopeKey { domain: DOMAIN, log: LOG, seq, hash: Hash::of(&seq.to_be_bytes()) }
}

fn prev(seq: u64) -> Hash {
    if seq == 1 { Hash::ZERO } else { key(seq - 1).hash }
}

fn document(seq: u64) -> DocumentId {
    DocumentId::new(seq, &[0; 10])
}

/// One act of a person: an envelope, the row it changes, a note that it is to be sent.
fn batch(seq: u64, bytes: usize) -> Batch {
    let mut batch = Batch::new();
    batch.expect_tip(LOG, (seq > 1).then(|| key(seq - 1).tip()));
    batch.put_envelope(key(seq), prev(seq), Instant(seq as i64), &vec![seq as u8; bytes]);
    batch.put_row(DOMAIN, document(seq), &seq.to_be_bytes());
    batch.put_record(1, &seq.to_be_bytes(), b"to send");
    batch.put_meta("newest", &seq.to_be_bytes());
    batch
}

/// How many acts are there, after checking that each is there whole and none is missing before it.
fn whole_acts(reader: &Reader, bytes: impl Fn(u64) -> usize) -> u64 {
    let count = reader.envelope_count().unwrap();
    for seq in 1..=count {
        assert_eq!(reader.envelope(&key(seq)).unwrap(), Some(vec![seq as u8; bytes(seq)]), "act {seq} of {count}");
        assert_eq!(reader.row(&DOMAIN, &document(seq)).unwrap(), Some(seq.to_be_bytes().to_vec()));
    }
    assert_eq!(reader.row_count(&DOMAIN).unwrap(), count);
    assert_eq!(reader.records(1).unwrap().len() as u64, count);
    assert_eq!(reader.last_arrival().unwrap(), count);
    let newest = (count > 0).then(|| count.to_be_bytes().to_vec());
    assert_eq!(reader.meta("newest").unwrap(), newest);
    assert_eq!(reader.log_tips(&LOG).unwrap(), (count > 0).then(|| key(count).tip()).as_slice());
    count
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn acknowledged_work_survives_power_cuts(
        runs in proptest::collection::vec((0u64..120, any::<u64>()), 1..5),
        sizes in proptest::collection::vec(0usize..20_000, 12),
    ) {
        let bytes = |seq: u64| sizes[seq as usize % sizes.len()];
        let disk = Disk::new();
        drop(Store::on_disk(&disk).unwrap());
        let mut acknowledged = 0;
        for (power, seed) in runs {
            disk.power_for(Some(power));
            if let Ok(store) = Store::on_disk(&disk) {
                let mut seq = store.read().map_or(acknowledged, |reader| reader.envelope_count().unwrap_or(acknowledged)) + 1;
                while store.commit(batch(seq, bytes(seq))).is_ok() {
                    acknowledged = acknowledged.max(seq);
                    seq += 1;
                    prop_assert!(seq < 1000, "the power never went");
                }
            }
            // A small generator is enough: the seed is what varies.
            let mut state = seed | 1;
            disk.restart(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state >> 33
            });
            let store = Store::on_disk(&disk).expect("a power cut never damages a store");
            let found = whole_acts(&store.read().unwrap(), bytes);
            prop_assert!(found >= acknowledged, "{found} acts are left of {acknowledged}");
            acknowledged = found;
        }
    }
}

#[test]
fn a_clean_close_needs_no_luck() {
    let disk = Disk::new();
    let store = Store::on_disk(&disk).unwrap();
    for seq in 1..=20 {
        store.commit(batch(seq, 100)).unwrap();
    }
    drop(store);
    disk.restart(|| 1);
    let store = Store::on_disk(&disk).unwrap();
    assert_eq!(whole_acts(&store.read().unwrap(), |_| 100), 20);
}

#[test]
fn what_waits_when_the_store_is_dropped_is_written() {
    let disk = Disk::new();
    let store = Store::on_disk(&disk).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    for seq in 1..=50 {
        let sender = sender.clone();
        store.submit(batch(seq, 10), move |result| sender.send(result.is_ok()).unwrap()).unwrap();
    }
    drop((store, sender));
    assert_eq!(receiver.iter().filter(|saved| *saved).count(), 50);
    let store = Store::on_disk(&disk).unwrap();
    assert_eq!(whole_acts(&store.read().unwrap(), |_| 10), 50);
}
