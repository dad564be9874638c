//! Random appends against a model that is too simple to be wrong.

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::{DomainTip, Envelope, advance};
use enginus_model::Hash;
use enginus_sync::Cursor;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::Storage;
use super::fixtures::{Entry, Log, domain, project, records};

/// One step: which device writes how many entries, how large, on a branch of its own or not, and how often it is handed in.
type Step = (u8, usize, usize, bool, usize);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec((0..3u8, 1..5usize, 0..600usize, proptest::bool::weighted(0.2), 1..3usize), 1..25)
}

/// Everything that was appended, in order, each once.
#[derive(Default)]
struct Model(Vec<Entry>);

impl Model {
    fn append(&mut self, entries: &[Entry]) {
        for entry in entries {
            if !self.0.contains(entry) {
                self.0.push(entry.clone());
            }
        }
    }

    fn tips(&self) -> BTreeSet<DomainTip> {
        let mut tips = BTreeMap::<_, BTreeSet<_>>::new();
        for entry in &self.0 {
            let header = Envelope::decode(&entry.bytes).unwrap().header;
            advance(tips.entry((entry.domain, entry.tip.log)).or_default(), &header);
        }
        let of = |((domain, _), tips): (_, BTreeSet<_>)| tips.into_iter().map(move |tip| DomainTip { domain, tip });
        tips.into_iter().flat_map(of).collect()
    }

    fn range(&self, log: &Log, after: Cursor, max_bytes: usize) -> Vec<Vec<u8>> {
        let place = |entry: &Entry| Cursor { seq: entry.tip.seq, hash: entry.tip.hash };
        let mut entries: Vec<&Entry> =
            self.0.iter().filter(|entry| entry.tip.log == log.id() && place(entry) > after).collect();
        entries.sort_by_key(|entry| place(entry));
        let mut bytes = 0;
        let mut fitting = Vec::new();
        for entry in entries {
            bytes += entry.bytes.len();
            if bytes > max_bytes && !fitting.is_empty() {
                break;
            }
            fitting.push(entry.bytes.clone());
        }
        fitting
    }
}

/// A few random histories in an engine, each against the model.
pub(crate) async fn random_appends(storage: &dyn Storage) {
    let mut runner = TestRunner::deterministic();
    for _ in 0..8 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        one_history(storage, &steps).await;
    }
}

async fn one_history(storage: &dyn Storage, steps: &[Step]) {
    let id = project(storage).await;
    let mut model = Model::default();
    let mut logs: Vec<Log> = (0..3).map(|device| Log::new(id, domain(1 + device % 2), device)).collect();
    for (number, &(device, count, size, branches, times)) in steps.iter().enumerate() {
        let log = &mut logs[usize::from(device)];
        let mut branch = log.clone();
        let writer = if branches { &mut branch } else { log };
        let entries: Vec<Entry> = (0..count).map(|_| writer.next(number as u8, size)).collect();
        for _ in 0..times {
            storage.append(id, records(&entries)).await.unwrap();
            model.append(&entries);
        }
    }
    let view = storage.view(id).await.unwrap();
    assert_eq!(view.tips().unwrap().into_iter().collect::<BTreeSet<_>>(), model.tips());
    let usage = view.usage().unwrap();
    assert_eq!(usage.envelopes, model.0.len() as u64);
    let (arrived, _) = view.arrived(0, usize::MAX).unwrap();
    assert_eq!(arrived, model.0.iter().map(|entry| entry.tip).collect::<Vec<_>>());
    for log in &logs {
        let middle = model.0.iter().find(|entry| entry.tip.log == log.id()).map_or(Hash::ZERO, |entry| entry.tip.hash);
        for after in [Cursor::START, Cursor { seq: 1, hash: middle }, Cursor::after_seq(2)] {
            for max_bytes in [0, 700, 2000, usize::MAX] {
                let range = view.range(&log.domain, &log.id(), after, max_bytes).unwrap();
                assert_eq!(range, model.range(log, after, max_bytes), "{after:?}, {max_bytes}");
            }
        }
    }
}
