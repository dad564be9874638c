//! What receiving an envelope cannot do without: its signature checked, its body opened, its change applied together with others.

use std::time::{Duration, Instant};

use enginus_crdt::{Edit, Field, Incoming, Shard, ShardId};
use enginus_envelope::{Draft, Envelope, EpochSecret, Keypair, Parts, Payload};
use enginus_model::{DocumentId, DomainId, Hash, Lane, LogId, ProjectId};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const DOMAIN: DomainId = DomainId::from_bytes([1; 16]);
const SHARD: ShardId = ShardId { domain: DOMAIN, lane: Lane::Records, generation: 0 };
const LOG: LogId = LogId([3; 16]);
/// As many as are read from a bundle before they are taken in together.
const BATCH: usize = 512;

/// Envelopes with one change of a title each, after one that adds the document.
fn envelopes(count: usize, secret: &EpochSecret) -> Vec<Envelope> {
    let (device, mut rng) = (Keypair::from_seed(&[7; 32]), ChaCha8Rng::seed_from_u64(1));
    let document = DocumentId::from_bytes([5; 16]);
    let mut author = Shard::new(SHARD);
    let mut prev = Hash::ZERO;
    (0..=count)
        .map(|n| {
            let edit = match n {
                0 => Edit::AddDocument {
                    id: document,
                    number: "GES-001".to_owned(),
                    title: String::new(),
                    path: String::new(),
                    fields: std::collections::BTreeMap::new(),
                    revision: None,
                },
                n => Edit::SetField { document, field: Field::Title, value: format!("Title {n}") },
            };
            let at = enginus_model::Instant(1_700_000_000_000 + n as i64);
            let pending = author.edit(SHARD.actor(&LOG, &[1; 6]), LOG, at, &[edit]).unwrap();
            author.confirm(pending.id);
            let payload = Payload { salt: [0; 16], parts: Parts::Changes(vec![pending.changes]), gained: Vec::new() };
            let draft = Draft {
                project: ProjectId([2; 32]),
                domain: DOMAIN,
                lane: Lane::Records,
                incarnation: [4; 16],
                seq: n as u64 + 1,
                prev,
                authority: vec![Hash::of(b"authority")],
            };
            let envelope = Envelope::seal(draft, &payload, Some(secret), &device, &mut rng).unwrap();
            prev = envelope.hash();
            envelope
        })
        .collect()
}

/// Prints the parts and answers their sum, for one envelope.
pub(crate) fn measure(count: usize) -> Duration {
    let secret = EpochSecret::from_bytes([6; 32]);
    let envelopes = envelopes(count, &secret);
    let each = |start: Instant| start.elapsed() / u32::try_from(count).unwrap();

    let start = Instant::now();
    envelopes.iter().for_each(|envelope| envelope.verify().unwrap());
    let verified = each(start);

    let start = Instant::now();
    let mut incoming: Vec<Incoming> = Vec::new();
    for envelope in &envelopes {
        let Parts::Changes(changes) = envelope.open(Some(&secret)).unwrap().parts else { panic!("changes") };
        let (envelope, received) = (envelope.hash(), enginus_model::Instant(0));
        incoming.extend(changes.into_iter().map(|changes| Incoming { log: LOG, envelope, received, changes }));
    }
    let opened = each(start);

    let mut shard = Shard::new(SHARD);
    let start = Instant::now();
    while !incoming.is_empty() {
        let rest = incoming.split_off(BATCH.min(incoming.len()));
        let applied = shard.receive(std::mem::replace(&mut incoming, rest)).applied;
        assert!(applied > 0);
    }
    let applied = each(start);
    println!("one envelope: signature {verified:.1?}, opened {opened:.1?}, applied {applied:.1?}");
    verified + opened + applied
}
