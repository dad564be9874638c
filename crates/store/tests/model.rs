//! The store against a naive model: plain maps, and tips found by looking at everything.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DocumentId, DomainId, Hash, Instant, Lane, LogId};
use enginus_store::{Batch, CommitError, EnvelopeKey, Reader, Receipt, ShardKey, Store};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    PutMeta(u8, u8),
    DelMeta(u8),
    /// Log, place, branch, branch it follows.
    PutEnvelope(u8, u64, u8, u8),
    Hold(u8, u64, u8, u8),
    Release(u8, u64, u8),
    PutShard(u8, u8, u8),
    DelShard(u8, u8),
    ClearShards(Option<u8>),
    PutRow(u8, u8, u8),
    DelRow(u8, u8),
    ClearRows(Option<u8>),
    PutRecord(u8, Vec<u8>, u8),
    DelRecord(u8, Vec<u8>),
}

#[derive(Debug, Clone)]
struct Planned {
    /// A log and whether the expectation is to be right.
    expect: Option<(u8, bool)>,
    steps: Vec<Step>,
}

fn step() -> impl Strategy<Value = Step> {
    let few = 0u8..3;
    let key = proptest::collection::vec(0u8..2, 0..3);
    prop_oneof![
        1 => (few.clone(), any::<u8>()).prop_map(|(k, v)| Step::PutMeta(k, v)),
        1 => few.clone().prop_map(Step::DelMeta),
        6 => (0u8..4, 1u64..5, 0u8..2, 0u8..2).prop_map(|(l, s, b, p)| Step::PutEnvelope(l, s, b, p)),
        1 => (0u8..4, 1u64..5, 0u8..2, any::<u8>()).prop_map(|(l, s, b, r)| Step::Hold(l, s, b, r)),
        1 => (0u8..4, 1u64..5, 0u8..2).prop_map(|(l, s, b)| Step::Release(l, s, b)),
        1 => (few.clone(), few.clone(), any::<u8>()).prop_map(|(d, g, v)| Step::PutShard(d, g, v)),
        1 => (few.clone(), few.clone()).prop_map(|(d, g)| Step::DelShard(d, g)),
        1 => proptest::option::of(few.clone()).prop_map(Step::ClearShards),
        3 => (few.clone(), 0u8..5, any::<u8>()).prop_map(|(d, r, v)| Step::PutRow(d, r, v)),
        1 => (few.clone(), 0u8..5).prop_map(|(d, r)| Step::DelRow(d, r)),
        1 => proptest::option::of(few.clone()).prop_map(Step::ClearRows),
        1 => (few.clone(), key.clone(), any::<u8>()).prop_map(|(k, key, v)| Step::PutRecord(k, key, v)),
        1 => (few, key).prop_map(|(k, key)| Step::DelRecord(k, key)),
    ]
}

fn planned() -> impl Strategy<Value = Planned> {
    (proptest::option::weighted(0.3, (0u8..4, any::<bool>())), proptest::collection::vec(step(), 0..8))
        .prop_map(|(expect, steps)| Planned { expect, steps })
}

fn domain(n: u8) -> DomainId {
    DomainId::from_bytes([n; 16])
}
fn document(n: u8) -> DocumentId {
    DocumentId::from_bytes([n; 16])
}
fn log(n: u8) -> LogId {
    LogId([n; 16])
}
fn hash(log: u8, seq: u64, branch: u8) -> Hash {
    if seq == 0 { Hash::ZERO } else { Hash::of(&[log, seq as u8, branch]) }
}
fn key(l: u8, seq: u64, branch: u8) -> EnvelopeKey {
    EnvelopeKey { domain: domain(l % 2), log: log(l), seq, hash: hash(l, seq, branch) }
}
fn shard(d: u8, generation: u8) -> ShardKey {
    ShardKey { domain: domain(d), lane: Lane::Records, generation: u32::from(generation) }
}

/// What a store should hold.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    meta: BTreeMap<String, Vec<u8>>,
    /// Key → (arrival, received, prev, bytes).
    envelopes: BTreeMap<EnvelopeKey, (u64, i64, Hash, Vec<u8>)>,
    held: BTreeMap<EnvelopeKey, Vec<u8>>,
    shards: BTreeMap<ShardKey, (u64, Vec<u8>)>,
    rows: BTreeMap<(DomainId, DocumentId), Vec<u8>>,
    records: BTreeMap<(u8, Vec<u8>), Vec<u8>>,
}

impl Model {
    fn tips(&self) -> BTreeSet<DomainTip> {
        let followed: BTreeSet<(LogId, u64, Hash)> =
            self.envelopes.iter().map(|(key, (_, _, prev, _))| (key.log, key.seq - 1, *prev)).collect();
        self.envelopes
            .keys()
            .filter(|key| !followed.contains(&(key.log, key.seq, key.hash)))
            .map(|key| DomainTip { domain: key.domain, tip: key.tip() })
            .collect()
    }

    fn log_tips(&self, log: &LogId) -> Vec<Tip> {
        self.tips().into_iter().map(|found| found.tip).filter(|tip| tip.log == *log).collect()
    }

    /// Applies a plan to both sides' description: fills the batch, and says what should come of it.
    fn apply(&mut self, plan: &Planned, batch: &mut Batch) -> Option<Receipt> {
        let mut right = true;
        if let Some((l, honest)) = plan.expect {
            let tips = self.log_tips(&log(l));
            let actual = if tips.len() == 1 { Some(tips[0]) } else { None };
            let wrong = Tip { log: log(l), seq: 99, hash: Hash::ZERO };
            let expected = if honest { actual } else { Some(wrong) };
            right = tips.as_slice() == expected.as_slice();
            batch.expect_tip(log(l), expected);
        }
        let before = self.clone();
        let mut receipt = Receipt::default();
        for (index, step) in plan.steps.iter().enumerate() {
            self.step(step, index, batch, &mut receipt);
        }
        if right {
            Some(receipt)
        } else {
            *self = before;
            None
        }
    }

    fn step(&mut self, step: &Step, index: usize, batch: &mut Batch, receipt: &mut Receipt) {
        match step {
            Step::PutMeta(k, v) => {
                batch.put_meta(&k.to_string(), &[*v]);
                self.meta.insert(k.to_string(), vec![*v]);
            }
            Step::DelMeta(k) => {
                batch.del_meta(&k.to_string());
                self.meta.remove(&k.to_string());
            }
            Step::PutEnvelope(l, seq, branch, follows) => {
                let key = key(*l, *seq, *branch);
                let prev = hash(*l, seq - 1, *follows);
                let bytes = vec![*l, *seq as u8, *branch, index as u8];
                batch.put_envelope(key, prev, Instant(index as i64), &bytes);
                let next = self.envelopes.len() as u64 + 1;
                let known = self.envelopes.contains_key(&key);
                receipt.arrivals.push((!known).then_some(next));
                self.envelopes.entry(key).or_insert((next, index as i64, prev, bytes));
            }
            Step::Hold(l, seq, branch, reason) => {
                batch.hold(key(*l, *seq, *branch), &[*reason]);
                self.held.insert(key(*l, *seq, *branch), vec![*reason]);
            }
            Step::Release(l, seq, branch) => {
                batch.release(key(*l, *seq, *branch));
                self.held.remove(&key(*l, *seq, *branch));
            }
            Step::PutShard(d, g, v) => {
                batch.put_shard(shard(*d, *g), u64::from(*v), &[*v]);
                self.shards.insert(shard(*d, *g), (u64::from(*v), vec![*v]));
            }
            Step::DelShard(d, g) => {
                batch.del_shard(shard(*d, *g));
                self.shards.remove(&shard(*d, *g));
            }
            Step::ClearShards(d) => {
                batch.clear_shards(d.map(domain));
                self.shards.retain(|key, _| d.is_some_and(|d| key.domain != domain(d)));
            }
            Step::PutRow(d, r, v) => {
                batch.put_row(domain(*d), document(*r), &[*v]);
                self.rows.insert((domain(*d), document(*r)), vec![*v]);
            }
            Step::DelRow(d, r) => {
                batch.del_row(domain(*d), document(*r));
                self.rows.remove(&(domain(*d), document(*r)));
            }
            Step::ClearRows(d) => {
                batch.clear_rows(d.map(domain));
                self.rows.retain(|(key, _), _| d.is_some_and(|d| *key != domain(d)));
            }
            Step::PutRecord(kind, key, v) => {
                batch.put_record(*kind, key, &[*v]);
                self.records.insert((*kind, key.clone()), vec![*v]);
            }
            Step::DelRecord(kind, key) => {
                batch.del_record(*kind, key);
                self.records.remove(&(*kind, key.clone()));
            }
        }
    }

    fn check(&self, reader: &Reader) {
        for k in 0..3u8 {
            assert_eq!(reader.meta(&k.to_string()).unwrap(), self.meta.get(&k.to_string()).cloned());
        }
        self.check_envelopes(reader);
        assert_eq!(reader.held().unwrap().into_iter().collect::<BTreeMap<_, _>>(), self.held);
        for d in 0..3u8 {
            let shards: Vec<ShardKey> = self.shards.keys().filter(|key| key.domain == domain(d)).copied().collect();
            assert_eq!(reader.shards(&domain(d)).unwrap(), shards);
            for key in shards {
                assert_eq!(reader.shard(&key).unwrap(), self.shards.get(&key).cloned());
            }
            let mut rows = Vec::new();
            reader.rows(&domain(d), |id, bytes| rows.push(((domain(d), id), bytes.to_vec()))).unwrap();
            let expected: Vec<_> =
                self.rows.iter().filter(|((of, _), _)| *of == domain(d)).map(|(k, v)| (*k, v.clone())).collect();
            assert_eq!(rows, expected);
            assert_eq!(reader.row_count(&domain(d)).unwrap(), expected.len() as u64);
            for ((of, id), bytes) in expected {
                assert_eq!(reader.row(&of, &id).unwrap(), Some(bytes));
            }
            let records: Vec<(Vec<u8>, Vec<u8>)> = self
                .records
                .iter()
                .filter(|((kind, _), _)| *kind == d)
                .map(|((_, key), value)| (key.clone(), value.clone()))
                .collect();
            assert_eq!(reader.records(d).unwrap(), records);
            let starting: Vec<_> = records.iter().filter(|(key, _)| key.starts_with(&[1])).cloned().collect();
            assert_eq!(reader.records_starting(d, &[1]).unwrap(), starting);
            for (key, value) in records {
                assert_eq!(reader.record(d, &key).unwrap(), Some(value));
            }
        }
    }

    fn check_envelopes(&self, reader: &Reader) {
        let tips = self.tips();
        assert_eq!(reader.all_tips().unwrap().into_iter().collect::<BTreeSet<_>>(), tips);
        for d in 0..2u8 {
            let of_domain: Vec<Tip> = tips.iter().filter(|tip| tip.domain == domain(d)).map(|tip| tip.tip).collect();
            assert_eq!(reader.tips(&domain(d)).unwrap(), of_domain);
        }
        let mut arrivals: Vec<(u64, EnvelopeKey, Instant)> =
            self.envelopes.iter().map(|(key, (n, at, _, _))| (*n, *key, Instant(*at))).collect();
        arrivals.sort_unstable_by_key(|(n, _, _)| *n);
        assert_eq!(reader.last_arrival().unwrap(), arrivals.len() as u64);
        assert_eq!(reader.envelope_count().unwrap(), arrivals.len() as u64);
        assert_eq!(reader.all_arrivals_after(0, usize::MAX).unwrap(), arrivals);
        for after in [0, 2] {
            let later: Vec<_> =
                arrivals.iter().filter(|(n, key, _)| *n > after && key.domain == domain(1)).copied().collect();
            assert_eq!(reader.arrivals_after(after, &domain(1)).unwrap(), later);
        }
        for l in 0..4u8 {
            assert_eq!(reader.log_tips(&log(l)).unwrap(), self.log_tips(&log(l)));
            let in_log: Vec<_> = self.envelopes.iter().filter(|(key, _)| key.log == log(l) && key.seq > 1).collect();
            let found = reader.log_from(&log(l), 1, usize::MAX).unwrap();
            assert_eq!(found.len(), in_log.len());
            for (entry, (key, (arrival, received, prev, bytes))) in found.iter().zip(&in_log) {
                assert_eq!((entry.tip, entry.arrival, entry.received.0), (key.tip(), *arrival, *received));
                assert_eq!((&entry.prev, &entry.envelope), (prev, bytes));
            }
            // A limit of nothing still gets on.
            assert_eq!(reader.log_from(&log(l), 1, 0).unwrap().len(), in_log.len().min(1));
            for seq in 1..5 {
                let hashes: Vec<Hash> = self
                    .envelopes
                    .keys()
                    .filter(|key| key.log == log(l) && key.seq == seq)
                    .map(|key| key.hash)
                    .collect();
                assert_eq!(reader.hashes_at(&log(l), seq).unwrap(), hashes);
            }
        }
        for (key, (_, _, _, bytes)) in &self.envelopes {
            assert_eq!(reader.envelope(key).unwrap().as_ref(), Some(bytes));
        }
    }
}

fn check_result(result: Result<Receipt, CommitError>, expected: Option<Receipt>) {
    match (result, expected) {
        (Ok(receipt), Some(expected)) => assert_eq!(receipt, expected),
        (Err(CommitError::Refused(_)), None) => {}
        (result, expected) => panic!("{result:?} where {expected:?} was expected"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_store_holds_what_the_model_holds(plans in proptest::collection::vec(planned(), 1..12)) {
        let store = Store::in_memory().unwrap();
        let mut model = Model::default();
        for plan in &plans {
            let mut batch = Batch::new();
            let before = store.read().unwrap();
            let model_before = model.clone();
            let expected = model.apply(plan, &mut batch);
            check_result(store.commit(batch), expected);
            model.check(&store.read().unwrap());
            model_before.check(&before);
        }
    }

    #[test]
    fn batches_that_share_a_transaction_do_not_touch_each_other(plans in proptest::collection::vec(planned(), 2..20)) {
        let disk = enginus_store::simulated::Disk::new();
        let store = Store::on_disk(&disk).unwrap();
        let mut model = Model::default();
        let mut waiting = Vec::new();
        // The first batch keeps the writer busy until all the others wait.
        disk.hold_syncs(true);
        let syncs = disk.syncs();
        for plan in &plans {
            let mut batch = Batch::new();
            let expected = model.apply(plan, &mut batch);
            let (sender, receiver) = std::sync::mpsc::channel();
            store.submit(batch, move |result| sender.send(result).unwrap()).unwrap();
            waiting.push((receiver, expected));
        }
        disk.hold_syncs(false);
        for (receiver, expected) in waiting {
            check_result(receiver.recv().unwrap(), expected);
        }
        prop_assert!(disk.syncs() - syncs <= plans.len() as u64);
        model.check(&store.read().unwrap());
    }
}
