//! The gate before the document library: a change passes only if an honest device could have made it.
//!
//! A verdict depends on the change and its own past, never on what else is here, so it is the same on every device. The
//! rules follow from how automerge 0.12 was seen to fail on changes with a right checksum:
//!
//! - it panics on a gap in an actor's numbers, on operation numbers that do not follow their past or are huge, on an unknown
//!   actor or object, on an object that is no map, on a value to replace that lies at another key or is not made yet, on an author footer, on the earliest
//!   possible time, on an insertion into a map; a run length can keep it busy for ever, before any of this;
//! - it saves what it then cannot load after a change that builds on nothing, replaces a value that is not there or lies in another
//!   map, deletes nothing, or names the root in a second way: what it forgets on saving is missing from the hash on loading.
//!
//! The rest keeps what people wrote safe: nobody can overwrite, hide or claim a document or revision that somebody else made.

use std::collections::{BTreeSet, HashMap, HashSet};

use enginus_model::{DocumentId, Hash, LogId};

use crate::change::{Content, LocalRef, Op, Parsed, Written};
use crate::graph::{Graph, NewNode, Seen};
use crate::id::{document_of, hash_of};
use crate::layout::{
    BytesError, DocumentKey, RevisionField, decode_files, decode_removal, document_field, revision_field,
};
use crate::limits::{MAX_ENTRY_KEY_BYTES, MAX_ENTRY_VALUE_BYTES};
use crate::places::{Kind, OpId, Place, Places};
use crate::quarantine::Quarantine;

/// What an edit or a received change concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Documents that are new or changed.
    pub documents: BTreeSet<DocumentId>,
    /// Entries that are new or changed, by key.
    pub entries: BTreeSet<String>,
}

impl Touched {
    /// Whether it concerns nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.entries.is_empty()
    }
    /// Adds what `other` concerns.
    pub fn extend(&mut self, other: Self) {
        self.documents.extend(other.documents);
        self.entries.extend(other.entries);
    }
}

/// What happened to a change at the gate.
#[derive(Debug)]
pub(crate) enum Admission {
    /// It is part of the index now.
    New(Touched),
    /// It was here already.
    Known,
}

/// Why a change is not admitted.
#[derive(Debug)]
pub(crate) enum Blocked {
    /// These changes must come first.
    Waits(Vec<Hash>),
    /// It never will be.
    Refused(Quarantine),
}

impl From<Quarantine> for Blocked {
    fn from(reason: Quarantine) -> Self {
        Self::Refused(reason)
    }
}

/// What the gate knows of the shard. Changes admitted can be taken back to a [`Mark`].
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) graph: Graph,
    places: Places,
}

/// A point to go back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    changes: usize,
    maps: usize,
}

impl Index {
    /// The index of a shard that holds nothing but its genesis.
    pub(crate) fn genesis(genesis: &automerge::Change) -> Self {
        let mut graph = Graph::default();
        let mut actor = [0; 16];
        actor.copy_from_slice(&genesis.actor_id().to_bytes()[..16]);
        let hash = hash_of(&genesis.hash());
        graph.push(&NewNode { hash, actor, log: None, start_op: 1, max_op: genesis.max_op(), time: 0, deps: &[] });
        Self { graph, places: Places::genesis() }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { changes: self.places.len(), maps: self.places.map_count() }
    }

    pub(crate) fn go_back(&mut self, mark: Mark) {
        self.graph.truncate(mark.changes);
        self.places.truncate(mark.changes, mark.maps);
    }

    /// Checks a change that came in `log` against every rule and adds it.
    pub(crate) fn admit(&mut self, log: LogId, parsed: &Parsed) -> Result<Admission, Blocked> {
        if self.graph.contains(&parsed.hash) {
            return Ok(Admission::Known);
        }
        let content = &parsed.content;
        let seen = self.check_past(content)?;
        let mut check = OpCheck::new(self, parsed, seen);
        for op in &content.ops {
            check.op(op)?;
        }
        let OpCheck { new_maps, new_places, touched, .. } = check;
        // Last of all, because it is the one verdict that depends on what else is here.
        if self.graph.last_seq(&content.actor()) >= content.seq {
            return Err(Quarantine::ActorForked { seq: content.seq }.into());
        }
        for (kind, op, place) in new_maps {
            self.places.add_map(kind, op, place);
        }
        self.places.push(new_places);
        let (start_op, max_op) = (content.start_op, content.max_op());
        let node = NewNode {
            hash: parsed.hash,
            actor: content.actor(),
            log: Some(log),
            start_op,
            max_op,
            time: content.time,
            deps: &content.deps,
        };
        self.graph.push(&node);
        Ok(Admission::New(touched))
    }

    /// Its place behind its past and among its author's changes. Answers what it had seen.
    fn check_past(&self, content: &Content) -> Result<Seen, Blocked> {
        if content.deps.is_empty() {
            return Err(Quarantine::NoPast.into());
        }
        let missing: Vec<Hash> = content.deps.iter().filter(|dep| !self.graph.contains(dep)).copied().collect();
        if !missing.is_empty() {
            return Err(Blocked::Waits(missing));
        }
        let deps: Vec<u32> = content.deps.iter().filter_map(|dep| self.graph.find(dep)).collect();
        let seen = self.graph.seen_by(&deps);
        let (actor, found) = (content.actor(), content.seq);
        let own_seen =
            self.graph.actor_number(&actor).and_then(|number| seen.get(number as usize)).map_or(0, |n| u64::from(*n));
        if found != own_seen + 1 {
            return Err(Quarantine::SequenceGap { expected: own_seen + 1, found }.into());
        }
        let own_last = self.graph.change_of(&actor, own_seen);
        if own_last.is_some_and(|last| content.deps.binary_search(&last).is_err()) {
            return Err(Quarantine::NotOnOwnPast.into());
        }
        let newest = deps.iter().filter_map(|dep| self.graph.node(*dep)).map(|node| node.max_op).max();
        let expected = newest.unwrap_or(0) + 1;
        if content.start_op != expected {
            return Err(Quarantine::StartOp { expected, found: content.start_op }.into());
        }
        Ok(seen)
    }
}

/// Checks one change's operations in order.
struct OpCheck<'a> {
    graph: &'a Graph,
    places: &'a mut Places,
    raw: &'a [u8],
    seen: Seen,
    /// The change's actors as the graph numbers them.
    actors: Vec<Option<u32>>,
    start_op: u64,
    new_maps: Vec<(Kind, OpId, Place)>,
    /// The new map that the operation of this number made.
    new_map_by_op: HashMap<u64, usize>,
    new_map_places: HashSet<Place>,
    new_places: Vec<Place>,
    touched: Touched,
}

impl<'a> OpCheck<'a> {
    fn new(index: &'a mut Index, parsed: &'a Parsed, seen: Seen) -> Self {
        let (graph, content) = (&index.graph, &parsed.content);
        let mut actors: Vec<_> = content.actors.iter().map(|actor| graph.actor_number(actor)).collect();
        if let Some(own @ None) = actors.first_mut() {
            *own = Some(graph.actor_count());
        }
        Self {
            seen,
            graph,
            places: &mut index.places,
            raw: parsed.raw(),
            actors,
            start_op: content.start_op,
            new_maps: Vec::new(),
            new_map_by_op: HashMap::new(),
            new_map_places: HashSet::new(),
            new_places: Vec::with_capacity(content.ops.len()),
            touched: Touched::default(),
        }
    }

    fn op(&mut self, op: &Op) -> Result<(), Quarantine> {
        let (map, kind) = self.map_of(op.object)?;
        let place = Place { map, key: self.places.key(&op.key) };
        self.check_replaced(op, place)?;
        match kind {
            Kind::Docs => {
                let document = document_of(&op.key).ok_or(Quarantine::NotAllowed("a document id that is not one"))?;
                self.touched.documents.insert(document);
                self.make(op, place, Kind::Document(document))?;
            }
            Kind::Entries => {
                self.touched.entries.insert(op.key.to_string());
                check_entry(op)?;
            }
            Kind::Document(document) => {
                self.touched.documents.insert(document);
                match document_field(&op.key) {
                    DocumentKey::Text => check_text(op)?,
                    DocumentKey::Removal => self.check_bytes(op, |bytes| decode_removal(bytes).map(drop))?,
                    DocumentKey::Revision(revision) => self.make(op, place, Kind::Revision(document, revision))?,
                    DocumentKey::Broken => {
                        return Err(Quarantine::NotAllowed("a revision or column name that is not one"));
                    }
                    DocumentKey::Unknown => check_unknown(op)?,
                }
            }
            Kind::Revision(document, _) => {
                self.touched.documents.insert(document);
                match revision_field(&op.key) {
                    Some(RevisionField::Files) => self.check_bytes(op, |bytes| decode_files(bytes).map(drop))?,
                    Some(_) => check_text(op)?,
                    None => check_unknown(op)?,
                }
            }
        }
        self.new_places.push(place);
        Ok(())
    }

    /// The operation's number as the graph names it.
    fn global(&self, local: LocalRef) -> Result<OpId, Quarantine> {
        let actor = self.actors.get(local.actor).copied().flatten();
        Ok((actor.ok_or(Quarantine::UnknownReference("an actor"))?, local.number))
    }

    /// The place of an operation within this change, when it is one that came before the present one.
    fn own(&self, local: LocalRef) -> Option<usize> {
        let index = usize::try_from(local.number.checked_sub(self.start_op)?).ok()?;
        (local.actor == 0 && index < self.new_places.len()).then_some(index)
    }

    /// The map an operation writes to: made by this change, or in its past.
    fn map_of(&self, object: LocalRef) -> Result<(u32, Kind), Quarantine> {
        const UNKNOWN: Quarantine = Quarantine::UnknownReference("a document, revision or entry");
        let op = self.global(object)?;
        if self.own(object).is_some() {
            let at = *self.new_map_by_op.get(&object.number).ok_or(UNKNOWN)?;
            return Ok(((self.places.map_count() + at) as u32, self.new_maps[at].0));
        }
        self.graph.locate(&self.seen, op.0, op.1).ok_or(UNKNOWN)?;
        let map = self.places.map_made_by(op).ok_or(UNKNOWN)?;
        Ok((map, self.places.kind(map).ok_or(UNKNOWN)?))
    }

    /// Every value it replaces was written to the same place: by its past, or earlier in this change.
    fn check_replaced(&self, op: &Op, place: Place) -> Result<(), Quarantine> {
        // The canonical form sorts them, so equal ones are neighbours.
        if op.replaces.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Quarantine::NotAllowed("the same value replaced twice"));
        }
        for replaced in &op.replaces {
            let id = self.global(*replaced)?;
            let written = match self.own(*replaced) {
                Some(index) => self.new_places.get(index).copied(),
                None => {
                    self.graph.locate(&self.seen, id.0, id.1).and_then(|(change, at)| self.places.written(change, at))
                }
            };
            if written != Some(place) {
                return Err(Quarantine::UnknownReference("a value to replace"));
            }
        }
        if op.written == Written::Delete && op.replaces.is_empty() {
            return Err(Quarantine::NotAllowed("a removal of nothing"));
        }
        Ok(())
    }

    /// A document or revision comes into being once and is never overwritten, so that nobody can take its authorship or hide it.
    fn make(&mut self, op: &Op, place: Place, kind: Kind) -> Result<(), Quarantine> {
        if op.written != Written::Map || !op.replaces.is_empty() {
            return Err(Quarantine::NotAllowed("a document or revision overwritten"));
        }
        if !self.new_map_places.insert(place) || self.places.is_made(self.graph, &self.seen, place) {
            return Err(Quarantine::NotAllowed("a document or revision made twice"));
        }
        let id = self.global(LocalRef { actor: 0, number: self.start_op + self.new_places.len() as u64 })?;
        self.new_map_by_op.insert(id.1, self.new_maps.len());
        self.new_maps.push((kind, id, place));
        Ok(())
    }

    fn check_bytes(&self, op: &Op, decode: fn(&[u8]) -> Result<(), BytesError>) -> Result<(), Quarantine> {
        match &op.written {
            Written::Delete => Ok(()),
            Written::Bytes(range) => match decode(self.raw.get(range.clone()).unwrap_or_default()) {
                Ok(()) => Ok(()),
                Err(BytesError::Newer) => Err(Quarantine::NewerVersion("files or a removal")),
                Err(BytesError::Broken) => Err(Quarantine::NotAllowed("files or a removal that cannot be read")),
            },
            _ => Err(Quarantine::NotAllowed("the wrong kind of value for files or a removal")),
        }
    }
}

fn check_text(op: &Op) -> Result<(), Quarantine> {
    match op.written {
        Written::Text(_) | Written::Delete => Ok(()),
        _ => Err(Quarantine::NotAllowed("something else where a text belongs")),
    }
}

fn check_entry(op: &Op) -> Result<(), Quarantine> {
    if op.key.len() > MAX_ENTRY_KEY_BYTES {
        return Err(Quarantine::TooLarge { what: "bytes of an entry's key", limit: MAX_ENTRY_KEY_BYTES as u64 });
    }
    match op.written {
        Written::Text(len) if len > MAX_ENTRY_VALUE_BYTES => {
            Err(Quarantine::TooLarge { what: "bytes of an entry", limit: MAX_ENTRY_VALUE_BYTES as u64 })
        }
        _ => check_text(op),
    }
}

/// A key of a later version: any plain value passes through and is kept; a new kind of map needs that version.
fn check_unknown(op: &Op) -> Result<(), Quarantine> {
    if op.written == Written::Map { Err(Quarantine::NewerVersion("a new kind of record")) } else { Ok(()) }
}
