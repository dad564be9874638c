//! Changes that no honest device writes, with right checksums.

use std::num::NonZeroU64;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Change, ExpandedChange, ObjType, ScalarValue};
use enginus_crdt::{Actor, Incoming};
use enginus_model::Hash;
use sha2::{Digest, Sha256};

use super::{Device, add, envelope};

/// A victim's shard with one document, a hostile device that holds the same, and what it may build on.
pub struct Scene {
    pub victim: Device,
    pub hostile: Device,
    pub honest: Incoming,
    /// The hostile device's next, honest change: a good start for something worse.
    pub next: ExpandedChange,
}

pub fn scene() -> Scene {
    let (mut victim, mut hostile) = (Device::new(1), Device::new(2));
    let honest = victim.edit(&[add(1)]);
    hostile.receive(vec![honest.clone()]);
    let first = hostile.edit(&[add(2)]);
    victim.receive(vec![first]);
    let mut draft = hostile.clone();
    let next = draft.edit(&[add(3)]);
    Scene { victim, hostile, honest, next: expand(&next) }
}

pub fn expand(incoming: &Incoming) -> ExpandedChange {
    Change::from_bytes(incoming.changes.changes[0].clone()).unwrap().decode()
}

impl Scene {
    /// The hostile envelope around raw changes, otherwise as it should be.
    pub fn wrap(&self, changes: Vec<Vec<u8>>) -> Incoming {
        let mut like = self.hostile.clone().edit(&[add(3)]).changes;
        like.changes = changes;
        envelope(self.hostile.log, like)
    }
    /// The hostile envelope around `next` changed by `spoil`.
    pub fn spoilt(&self, spoil: impl FnOnce(&mut ExpandedChange)) -> Incoming {
        let mut change = self.next.clone();
        spoil(&mut change);
        self.wrap(vec![Change::from(change).raw_bytes().to_vec()])
    }
    /// The hostile envelope around one change with these operations instead.
    pub fn ops(&self, ops: Vec<Op>) -> Incoming {
        self.spoilt(|change| change.operations = ops)
    }
    pub fn me(&self) -> ActorId {
        self.next.actor_id.clone()
    }
    /// The map of the victim's document, its title's operation and its number's.
    pub fn document_ops(&self) -> (OpId, OpId, OpId) {
        let change = expand(&self.honest);
        let at = |key: &str| {
            let index = change.operations.iter().position(|op| op.key == Key::Map(key.into())).unwrap();
            OpId(change.start_op.get() + index as u64, change.actor_id.clone())
        };
        (OpId(change.start_op.get(), change.actor_id.clone()), at("t"), at("n"))
    }
    /// The root map of documents and the one of entries.
    pub fn roots(&self) -> (ObjectId, ObjectId) {
        let docs = expand(&self.honest).operations[0].obj.clone();
        let ObjectId::Id(OpId(1, genesis)) = &docs else {
            panic!("the first operation of the shard makes the documents")
        };
        let entries = ObjectId::Id(OpId(2, genesis.clone()));
        (docs, entries)
    }
}

pub fn put(obj: &ObjectId, key: &str, value: impl Into<ScalarValue>, pred: &[OpId]) -> Op {
    op(OpType::Put(value.into()), obj, key, pred)
}

pub fn make(obj: &ObjectId, key: &str, what: ObjType, pred: &[OpId]) -> Op {
    op(OpType::Make(what), obj, key, pred)
}

pub fn op(action: OpType, obj: &ObjectId, key: &str, pred: &[OpId]) -> Op {
    Op { action, obj: obj.clone(), key: Key::Map(key.into()), pred: pred.to_vec().into(), insert: false }
}

pub fn actor(bytes: Actor) -> ActorId {
    ActorId::from(bytes)
}

pub fn start(n: u64) -> NonZeroU64 {
    NonZeroU64::new(n).unwrap()
}

pub fn uleb(mut value: u64) -> Vec<u8> {
    let mut out = vec![];
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// A chunk of `kind` around `body`, with the checksum that fits.
pub fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![1]; // a compressed chunk carries the checksum of what it holds
    hashed.extend(uleb(body.len() as u64));
    hashed.extend(body);
    let mut out = vec![0x85, 0x6f, 0x4a, 0x83];
    out.extend(&Sha256::digest(&hashed)[..4]);
    out.push(kind);
    out.extend(uleb(body.len() as u64));
    out.extend(body);
    out
}

/// What lies behind a chunk's header.
pub fn body(raw: &[u8]) -> Vec<u8> {
    let mut at = 9;
    while raw[at] & 0x80 != 0 {
        at += 1;
    }
    raw[at + 1..].to_vec()
}

/// The body of a change with the given columns.
pub fn hand_made(
    deps: &[Hash],
    actor: &Actor,
    seq: u64,
    start_op: u64,
    columns: &[(u64, Vec<u8>)],
    tail: &[u8],
) -> Vec<u8> {
    let mut out = uleb(deps.len() as u64);
    deps.iter().for_each(|dep| out.extend(dep.0));
    out.extend(uleb(16));
    out.extend(actor);
    out.extend(uleb(seq));
    out.extend(uleb(start_op));
    out.extend([0, 0]); // time, message
    out.extend(uleb(0)); // other actors
    out.extend(uleb(columns.len() as u64));
    for (number, data) in columns {
        out.extend(uleb(*number));
        out.extend(uleb(data.len() as u64));
    }
    columns.iter().for_each(|(_, data)| out.extend(data));
    out.extend(tail);
    out
}
