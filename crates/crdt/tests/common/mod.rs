//! Devices that edit one shard, and envelopes between them.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

pub mod hostile;

use enginus_crdt::{
    Actor, DocumentRecord, Edit, EditError, EntryRecord, Incoming, NewRevision, Received, Shard, ShardId,
};
use enginus_envelope::ShardChanges;
use enginus_model::{
    DocumentId, DomainId, EpochId, FileRef, Hash, Instant, Lane, LogId, ManifestRef, RevisionId, Sha256,
};

pub const SHARD: ShardId = ShardId { domain: DomainId::from_bytes([1; 16]), lane: Lane::Records, generation: 0 };

pub fn document(n: u8) -> DocumentId {
    DocumentId::new(1_000 + u64::from(n), &[n; 10])
}

pub fn revision(n: u8) -> RevisionId {
    RevisionId::new(2_000 + u64::from(n), &[n; 10])
}

pub fn file(n: u8) -> FileRef {
    FileRef {
        name: format!("drawing-{n}.pdf"),
        size: 1_000 + u64::from(n),
        sha256: Sha256([n; 32]),
        manifest: ManifestRef { object: Hash([n; 32]), content: Hash([n; 32]), epoch: EpochId([n; 32]) },
    }
}

pub fn new_revision(n: u8, code: &str) -> NewRevision {
    let files = vec![file(n), file(n.wrapping_add(1))];
    NewRevision { id: revision(n), code: code.into(), status: "S0".into(), reason: format!("reason {n}"), files }
}

pub fn add(n: u8) -> Edit {
    Edit::AddDocument {
        id: document(n),
        number: format!("EL-{n:03}"),
        title: format!("Title {n}"),
        path: "a/b".into(),
        fields: [("originator".to_owned(), "design office".to_owned())].into(),
        revision: Some(new_revision(n, "P01")),
    }
}

/// A device with one log and its replica of the shard.
#[derive(Clone)]
pub struct Device {
    pub log: LogId,
    pub actor: Actor,
    pub shard: Shard,
    pub sent: Vec<Incoming>,
}

impl Device {
    pub fn new(n: u8) -> Self {
        let log = LogId([n; 16]);
        Self { log, actor: SHARD.actor(&log, &[n; 6]), shard: Shard::new(SHARD), sent: Vec::new() }
    }

    /// Edits, and answers the envelope once it is "durable".
    pub fn try_edit(&mut self, edits: &[Edit]) -> Result<Incoming, EditError> {
        let at = Instant(1_700_000_000_000 + self.sent.len() as i64);
        let pending = self.shard.edit(self.actor, self.log, at, edits)?;
        self.shard.confirm(pending.id);
        let incoming = envelope(self.log, pending.changes);
        self.sent.push(incoming.clone());
        Ok(incoming)
    }

    pub fn edit(&mut self, edits: &[Edit]) -> Incoming {
        self.try_edit(edits).expect("a possible edit")
    }

    /// Receives what must all count.
    pub fn receive(&mut self, batch: Vec<Incoming>) -> Received {
        let received = self.shard.receive(batch);
        assert_eq!(received.quarantined, [], "honest changes were put aside");
        assert_eq!(received.waiting, [], "nothing was missing");
        received
    }
}

/// An envelope around changes; its hash follows from what it carries.
pub fn envelope(log: LogId, changes: ShardChanges) -> Incoming {
    let mut all = log.0.to_vec();
    changes.changes.iter().for_each(|bytes| all.extend(bytes));
    Incoming { log, envelope: Hash::of(&all), received: Instant(0), changes }
}

/// Everything a shard shows.
pub fn shown(shard: &Shard) -> (Vec<DocumentRecord>, Vec<EntryRecord>) {
    (shard.documents().map(|id| shard.document(&id).expect("listed")).collect(), shard.entries())
}

/// Everything that must hold of any shard at any time: it can be saved, loaded and checked, and shows the same afterwards.
pub fn assert_sound(shard: &Shard) {
    let mut loaded = Shard::load(&shard.save()).expect("what was saved can be loaded");
    assert_eq!(loaded.heads(), shard.heads());
    assert_eq!(loaded.row_count(), shard.row_count());
    assert_eq!(loaded.change_count(), shard.change_count());
    assert_eq!(shown(&loaded), shown(shard));
    loaded.verify().expect("every change in it keeps the rules");
    assert_eq!(loaded.save(), shard.save());
}
