//! Where every operation wrote, so that a received one can be held to what it claims to replace.

use std::collections::HashMap;

use enginus_model::{DocumentId, RevisionId};

use crate::graph::{Graph, Seen};

/// A map of the shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Docs,
    Entries,
    Document(DocumentId),
    Revision(DocumentId, RevisionId),
}

/// A key of a map: both as numbers of this index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) map: u32,
    pub(crate) key: u32,
}

/// An operation: the graph's number of its actor, and its own.
pub(crate) type OpId = (u32, u64);

/// The index. Built on the first received change, then kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    maps: Vec<(Kind, OpId, Place)>,
    map_by_op: HashMap<OpId, u32>,
    /// The maps made at a place: more than one only where two people made the same one at once.
    made_at: HashMap<Place, Vec<u32>>,
    keys: HashMap<Box<str>, u32>,
    /// The places each change wrote to, in the order of its operations, by the graph's number of the change.
    written: Vec<Box<[Place]>>,
}

/// No place: the root map, which only the genesis writes.
const ROOT: Place = Place { map: u32::MAX, key: u32::MAX };

impl Places {
    /// The index of a shard that holds its genesis only, whose actor has number 0.
    pub(crate) fn genesis() -> Self {
        let mut places = Self::default();
        places.add_map(Kind::Docs, (0, 1), ROOT);
        places.add_map(Kind::Entries, (0, 2), ROOT);
        places.written.push([ROOT, ROOT].into());
        places
    }
    pub(crate) fn len(&self) -> usize {
        self.written.len()
    }
    pub(crate) fn kind(&self, map: u32) -> Option<Kind> {
        self.maps.get(map as usize).map(|(kind, ..)| *kind)
    }
    /// The map that operation `op` made.
    pub(crate) fn map_made_by(&self, op: OpId) -> Option<u32> {
        self.map_by_op.get(&op).copied()
    }
    /// A number for a key, the same for the same text.
    pub(crate) fn key(&mut self, key: &str) -> u32 {
        if let Some(number) = self.keys.get(key) {
            return *number;
        }
        let number = self.keys.len() as u32;
        self.keys.insert(key.into(), number);
        number
    }
    /// The place that operation `index` of change `change` wrote to.
    pub(crate) fn written(&self, change: u32, index: usize) -> Option<Place> {
        self.written.get(change as usize)?.get(index).copied()
    }
    /// Whether a map at `place` was made in a past.
    pub(crate) fn is_made(&self, graph: &Graph, seen: &Seen, place: Place) -> bool {
        let made = self.made_at.get(&place).map(Vec::as_slice).unwrap_or_default();
        made.iter()
            .any(|map| self.maps.get(*map as usize).is_some_and(|(_, op, _)| graph.locate(seen, op.0, op.1).is_some()))
    }
    pub(crate) fn add_map(&mut self, kind: Kind, op: OpId, place: Place) -> u32 {
        let number = self.maps.len() as u32;
        self.maps.push((kind, op, place));
        self.map_by_op.insert(op, number);
        if place != ROOT {
            self.made_at.entry(place).or_default().push(number);
        }
        number
    }
    /// Records what the next change wrote; its maps were added before.
    pub(crate) fn push(&mut self, written: Vec<Place>) {
        self.written.push(written.into());
    }
    pub(crate) fn map_count(&self) -> usize {
        self.maps.len()
    }
    /// Takes the newest changes and maps away until so many are left.
    pub(crate) fn truncate(&mut self, changes: usize, maps: usize) {
        self.written.truncate(changes);
        while self.maps.len() > maps {
            let Some((_, op, place)) = self.maps.pop() else { return };
            self.map_by_op.remove(&op);
            if let Some(made) = self.made_at.get_mut(&place) {
                made.pop();
                if made.is_empty() {
                    self.made_at.remove(&place);
                }
            }
        }
    }
}
