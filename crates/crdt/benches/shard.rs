//! What a full shard costs: 5,000 documents with a revision each, 10,000 changes by 20 actors.
//!
//! `cargo bench -p enginus-crdt`
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::sync::LazyLock;

use divan::{Bencher, black_box};
use enginus_crdt::{Edit, Field, Incoming, NewRevision, Shard, ShardId};
use enginus_model::{
    DocumentId, DomainId, EpochId, FileRef, Hash, Instant, Lane, LogId, ManifestRef, RevisionId, Sha256,
};

const SHARD: ShardId = ShardId { domain: DomainId::from_bytes([1; 16]), lane: Lane::Records, generation: 0 };
const DOCUMENTS: u64 = 5_000;

fn main() {
    divan::main();
}

fn random(n: u64) -> [u8; 10] {
    let mut out = [0; 10];
    out.copy_from_slice(&Hash::of(&n.to_be_bytes()).0[..10]);
    out
}

fn document(n: u64) -> DocumentId {
    DocumentId::new(1_700_000_000_000 + n, &random(n))
}

fn add(n: u64) -> Edit {
    let digest = Hash::of(&random(n)).0;
    let manifest = ManifestRef { object: Hash(digest), content: Hash::of(&digest), epoch: EpochId([7; 32]) };
    let file = FileRef { name: format!("EL-DR-{n:05}-P01.pdf"), size: 1_000_000 + n, sha256: Sha256(digest), manifest };
    let revision = NewRevision {
        id: RevisionId::new(1_700_000_000_000 + n, &random(n + 1_000_000)),
        code: "P01".into(),
        status: "S2".into(),
        reason: "first issue".into(),
        files: vec![file],
    };
    Edit::AddDocument {
        id: document(n),
        number: format!("EL-DR-{n:05}"),
        title: format!("Cable route plan, part {n}"),
        path: "electrical/cables".into(),
        fields: [("originator".to_owned(), "design office".to_owned())].into(),
        revision: Some(revision),
    }
}

fn retitle(n: u64, how: &str) -> Edit {
    Edit::SetField { document: document(n), field: Field::Title, value: format!("Cable route plan, part {n}, {how}") }
}

fn edit(shard: &mut Shard, author: u8, n: u64, edits: &[Edit]) -> Incoming {
    let log = LogId([author; 16]);
    let pending =
        shard.edit(SHARD.actor(&log, &[author; 6]), log, Instant(1_700_000_000_000 + n as i64), edits).unwrap();
    shard.confirm(pending.id);
    Incoming { log, envelope: Hash::of(&n.to_be_bytes()), received: Instant(0), changes: pending.changes }
}

/// The full shard and the envelopes that made it.
static FULL: LazyLock<(Shard, Vec<Incoming>)> = LazyLock::new(|| {
    let mut shard = Shard::new(SHARD);
    let mut sent = Vec::new();
    for n in 0..2 * DOCUMENTS {
        let one = if n < DOCUMENTS { add(n) } else { retitle(n - DOCUMENTS, "corrected") };
        sent.push(edit(&mut shard, (n / 500) as u8 + 1, n, &[one]));
    }
    eprintln!(
        "saved: {} bytes; raw changes: {} bytes",
        shard.save().len(),
        sent.iter().map(|i| i.changes.changes[0].len()).sum::<usize>()
    );
    (shard, sent)
});

#[divan::bench]
fn load(bencher: Bencher) {
    let saved = FULL.0.save();
    bencher.bench(|| Shard::load(black_box(&saved)).unwrap());
}

#[divan::bench]
fn save(bencher: Bencher) {
    bencher.bench(|| FULL.0.save());
}

#[divan::bench]
fn local_edit(bencher: Bencher) {
    bencher
        .with_inputs(|| Shard::load(&FULL.0.save()).unwrap())
        .bench_local_refs(|shard| edit(shard, 99, 1, &[retitle(7, "again")]));
}

#[divan::bench]
fn receive_one(bencher: Bencher) {
    let incoming = edit(&mut FULL.0.clone(), 99, 1, &[retitle(7, "again")]);
    bencher.with_inputs(|| FULL.0.clone()).bench_local_refs(|shard| {
        assert_eq!(shard.receive(vec![incoming.clone()]).applied, 1);
    });
}

#[divan::bench(sample_count = 10)]
fn receive_one_right_after_loading(bencher: Bencher) {
    let incoming = edit(&mut FULL.0.clone(), 99, 1, &[retitle(7, "again")]);
    bencher.with_inputs(|| Shard::load(&FULL.0.save()).unwrap()).bench_local_refs(|shard| {
        assert_eq!(shard.receive(vec![incoming.clone()]).applied, 1);
    });
}

#[divan::bench(sample_count = 5)]
fn receive_all_10_000_at_once(bencher: Bencher) {
    bencher.with_inputs(|| FULL.1.clone()).bench_local_values(|batch| {
        assert_eq!(Shard::new(SHARD).receive(batch).applied, 10_000);
    });
}

#[divan::bench(sample_count = 5)]
fn import_5_000_documents_as_one_change(bencher: Bencher) {
    let edits: Vec<Edit> = (0..DOCUMENTS).map(add).collect();
    bencher.bench_local(|| edit(&mut Shard::new(SHARD), 1, 1, &edits));
}

#[divan::bench]
fn read_one_document(bencher: Bencher) {
    bencher.bench(|| FULL.0.document(black_box(&document(2_500))));
}

#[divan::bench(sample_count = 5)]
fn read_all_documents(bencher: Bencher) {
    bencher.bench(|| FULL.0.records(&FULL.0.documents().collect()).len());
}
