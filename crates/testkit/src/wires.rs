//! The ways between devices: for each pair at most one connection, two sessions and two queues of frames.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use enginus_engine::simulation::Session;

/// One connection.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    pub(crate) ends: [End; 2],
}

/// One side of a connection.
#[derive(Debug, Default)]
pub(crate) struct End {
    /// None after it noticed that the connection is gone.
    pub(crate) session: Option<Session>,
    /// Frames on their way to it.
    pub(crate) coming: VecDeque<Vec<u8>>,
    /// What it last said of both being equal.
    pub(crate) in_sync: bool,
}

/// All connections, by the lower and the higher number of their devices.
#[derive(Debug, Default)]
pub(crate) struct Wires {
    pub(crate) all: BTreeMap<(usize, usize), Wire>,
    /// Who does not hear whom: (from, to).
    pub(crate) blocked: BTreeSet<(usize, usize)>,
}

impl Wires {
    pub(crate) fn key(a: usize, b: usize) -> (usize, usize) {
        (a.min(b), a.max(b))
    }

    /// The end of `at` in its connection with `other`.
    pub(crate) fn end(&mut self, at: usize, other: usize) -> Option<&mut End> {
        let side = usize::from(at > other);
        self.all.get_mut(&Self::key(at, other)).map(|wire| &mut wire.ends[side])
    }

    /// Puts frames on their way from `from` to `to`, unless they do not hear each other.
    pub(crate) fn send(&mut self, from: usize, to: usize, frames: Vec<Vec<u8>>) {
        if self.blocked.contains(&(from, to)) {
            return;
        }
        if let Some(end) = self.end(to, from) {
            end.coming.extend(frames);
        }
    }

    /// Both sides notice that the connection is gone.
    pub(crate) fn cut(&mut self, a: usize, b: usize) {
        self.all.remove(&Self::key(a, b));
    }

    /// One side notices.
    pub(crate) fn cut_one(&mut self, at: usize, other: usize) {
        if let Some(end) = self.end(at, other) {
            *end = End::default();
        }
    }

    /// A device is gone, and nobody is told.
    pub(crate) fn gone(&mut self, node: usize) {
        for other in self.partners(node) {
            self.cut_one(node, other);
        }
    }

    /// Whom a device is connected with.
    pub(crate) fn partners(&self, node: usize) -> Vec<usize> {
        let other = |&(a, b): &(usize, usize)| match node {
            _ if node == a => Some(b),
            _ if node == b => Some(a),
            _ => None,
        };
        self.all.keys().filter_map(other).collect()
    }

    /// Where frames are coming: (to, from).
    pub(crate) fn busy(&self) -> Vec<(usize, usize)> {
        let mut busy = Vec::new();
        for ((a, b), wire) in &self.all {
            for (at, other, end) in [(*a, *b, &wire.ends[0]), (*b, *a, &wire.ends[1])] {
                if !end.coming.is_empty() {
                    busy.push((at, other));
                }
            }
        }
        busy
    }
}
