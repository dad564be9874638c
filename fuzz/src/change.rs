//! Changes of others, through the gate and into the document: what passes never fails there, hinders nobody, and comes out the same
//! everywhere.

use enginus_crdt::{Actor, Edit, Field, Incoming, NewRevision, Quarantine, Received, RevisionField, Shard, ShardId};
use enginus_envelope::ShardChanges;
use enginus_model::{
    DocumentId, DomainId, EpochId, FileRef, Hash, Instant, Lane, LogId, ManifestRef, RevisionId, Sha256,
};
use sha2::Digest as _;

use super::from::{From, varint};

const SHARD: ShardId = ShardId { domain: DomainId::from_bytes([1; 16]), lane: Lane::Records, generation: 0 };
const ACTS: usize = 40;
const HOSTILE: usize = 2;

#[derive(Clone)]
struct Device {
    log: LogId,
    actor: Actor,
    shard: Shard,
    previous: Option<Hash>,
}

fn document(n: u8) -> DocumentId {
    DocumentId::new(1_000 + u64::from(n), &[n; 10])
}

fn revision(n: u8) -> RevisionId {
    RevisionId::new(2_000 + u64::from(n), &[n; 10])
}

fn new_revision(n: u8) -> NewRevision {
    let manifest = ManifestRef { object: Hash([n; 32]), content: Hash([n; 32]), epoch: EpochId([n; 32]) };
    let file = FileRef { name: format!("{n}.pdf"), size: u64::from(n), sha256: Sha256([n; 32]), manifest };
    NewRevision {
        id: revision(n),
        code: format!("P{n:02}"),
        status: "S0".into(),
        reason: "due".into(),
        files: vec![file],
    }
}

fn edit(from: &mut From<'_>) -> Edit {
    let (kind, n, m) = (from.below(9), from.below(4), from.below(4));
    let (document, value) = (document(n), format!("value {m}"));
    match kind {
        0 | 1 => {
            let revision = (m > 0).then(|| new_revision(n * 4 + m));
            let fields = (m > 1).then(|| ("zone".to_owned(), value.clone())).into_iter().collect();
            Edit::AddDocument {
                id: document,
                number: format!("N-{n}"),
                title: value,
                path: String::new(),
                fields,
                revision,
            }
        }
        2 => Edit::AddRevision { document, revision: new_revision(n * 4 + m) },
        3 => Edit::SetField { document, field: Field::Title, value },
        4 => Edit::SetField {
            document,
            field: Field::Custom("zone".into()),
            value: if m == 0 { String::new() } else { value },
        },
        5 => Edit::SetField { document, field: Field::Revision(revision(n * 4 + m), RevisionField::Code), value },
        6 => Edit::Remove { document, reason: value },
        7 => Edit::Restore { document, reason: value },
        _ => Edit::SetEntry { key: format!("key {n}"), value: format!("{m}") },
    }
}

impl Device {
    fn new(n: u8) -> Self {
        let log = LogId([n; 16]);
        Self { log, actor: SHARD.actor(&log, &[n; 6]), shard: Shard::new(SHARD), previous: None }
    }

    /// An honest change, unless what is to be changed is not there.
    fn edits(&mut self, edits: &[Edit]) -> Option<Incoming> {
        let pending = self.shard.edit(self.actor, self.log, Instant(1_700_000_000_000), edits).ok()?;
        self.shard.confirm(pending.id);
        self.previous = self.shard.heads().first().copied();
        Some(envelope(self.log, pending.changes))
    }

    fn receive(&mut self, batch: Vec<Incoming>) -> Received {
        let received = self.shard.receive(batch);
        for (_, why) in &received.quarantined {
            assert!(!matches!(why, Quarantine::Refused(_)), "past the gate, and the library failed: {why}");
        }
        received
    }
}

fn envelope(log: LogId, changes: ShardChanges) -> Incoming {
    let hash =
        Hash::of(&[&log.0[..], &changes.generation.to_le_bytes(), &changes.actor, &changes.changes.concat()].concat());
    Incoming { log, envelope: hash, received: Instant(0), changes }
}

/// Edits what a change says, behind its checksum.
fn spoil(raw: &[u8], from: &mut From<'_>) -> Vec<u8> {
    let head = 9 + raw[9..].iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    let (kind, mut body) = (raw[8], raw[head..].to_vec());
    for _ in 0..=from.below(4) {
        if body.is_empty() {
            break;
        }
        let place = usize::from(u16::from_le_bytes(from.array())) % body.len();
        match from.below(6) {
            0 | 1 => body[place] ^= from.byte().max(1),
            2 => body[place] = from.byte(),
            3 => drop(body.splice(place..place, varint(from.number()))),
            4 => drop(body.splice(place..place, from.bytes().iter().copied())),
            _ => drop(body.drain(place..body.len().min(place + 1 + usize::from(from.below(8))))),
        }
    }
    // A compressed change carries the checksum of what it holds.
    let content = [&[1], &*varint(body.len() as u64), &body].concat();
    let checksum = sha2::Sha256::digest(&content);
    [&raw[..4], &checksum[..4], &[kind], &content[1..]].concat()
}

pub fn run(data: &[u8]) -> bool {
    let mut from = From::new(data);
    let mut devices = [Device::new(1), Device::new(2), Device::new(3)];
    let (mut honest, mut hostile) = (Vec::new(), Vec::new());
    let mut acts = 0;
    while !from.is_empty() && acts < ACTS {
        acts += 1;
        let who = usize::from(from.below(3));
        match from.below(4) {
            0 | 1 => {
                let edits: Vec<Edit> = (0..=from.below(3)).map(|_| edit(&mut from)).collect();
                honest.extend(devices[who].edits(&edits));
            }
            2 => {
                let Some(one) = honest.get(usize::from(from.byte()) % honest.len().max(1)) else { continue };
                deliver(&mut devices[who], one.clone());
            }
            _ => hostile.extend(attack(&mut devices, &mut from)),
        }
    }
    // What has not come yet comes now, to one of them; to the others it would come in the same way.
    let received = devices[0].receive(honest.clone());
    assert!(received.quarantined.is_empty() || !hostile.is_empty(), "{:?}", received.quarantined);
    sound(&mut devices[0].shard);
    same_everywhere(&honest, &hostile);
    devices[0].shard.change_count() > 0
}

/// What an honest device wrote is never put aside.
fn deliver(device: &mut Device, one: Incoming) {
    let hostile = one.log == LogId([HOSTILE as u8 + 1; 16]);
    let received = device.receive(vec![one]);
    assert!(received.quarantined.is_empty() || hostile, "{:?}", received.quarantined);
}

/// The hostile device makes a change from an honest start, and gives it to the others.
fn attack(devices: &mut [Device; 3], from: &mut From<'_>) -> Option<Incoming> {
    let mut hand = devices[HOSTILE].clone();
    let edits: Vec<Edit> = (0..=from.below(3)).map(|_| edit(from)).collect();
    let mut one = hand.edits(&edits)?;
    let raw = one.changes.changes.first()?.clone();
    one.changes.changes = vec![spoil(&raw, from)];
    match from.below(12) {
        0 => one.changes.generation = u32::from(from.byte()),
        1 => one.changes.actor = devices[0].actor,
        2 => one.changes.previous = None,
        3 => one.changes.previous = devices[0].previous,
        4 => one.changes.changes.push(raw),
        5 => one.log = devices[0].log,
        6 => one.changes.changes = vec![from.bytes().to_vec()],
        _ => {}
    }
    let one = envelope(one.log, one.changes);
    for device in &mut devices[..HOSTILE] {
        let before = (device.shard.heads(), device.shard.entries());
        let received = device.receive(vec![one.clone()]);
        if received.applied == 0 {
            assert_eq!((device.shard.heads(), device.shard.entries()), before, "what is put aside changes nothing");
        } else {
            sound(&mut device.shard);
        }
    }
    Some(one)
}

/// It can be saved, read and checked, and shows the same afterwards.
fn sound(shard: &mut Shard) {
    let saved = shard.save();
    let mut loaded = Shard::load(&saved).expect("what was saved can be read");
    assert_eq!((loaded.heads(), loaded.change_count()), (shard.heads(), shard.change_count()));
    assert_eq!(loaded.verify(), Ok(()), "what was let in keeps the rules");
    assert_eq!(loaded.entries(), shard.entries());
    for id in shard.documents() {
        assert_eq!(loaded.document(&id), shard.document(&id));
    }
}

/// Two devices that receive everything at once, in other orders, come to the same.
fn same_everywhere(honest: &[Incoming], hostile: &[Incoming]) {
    let mut all: Vec<Incoming> = honest.iter().chain(hostile).cloned().collect();
    let mut shards = [Shard::new(SHARD), Shard::new(SHARD)];
    let mut verdicts = Vec::new();
    for shard in &mut shards {
        let received = shard.receive(all.clone());
        let mut aside: Vec<(Hash, String)> =
            received.quarantined.iter().map(|(one, why)| (one.envelope, why.to_string())).collect();
        aside.sort();
        verdicts.push((received.applied, aside, received.missing));
        all.reverse();
    }
    assert_eq!(verdicts[0], verdicts[1], "two devices judge differently");
    assert_eq!(shards[0].heads(), shards[1].heads());
    let shown = |shard: &Shard| shard.documents().map(|id| shard.document(&id)).collect::<Vec<_>>();
    assert_eq!(shown(&shards[0]), shown(&shards[1]));
}
