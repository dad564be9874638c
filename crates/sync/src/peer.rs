//! What is known of the other side.

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::Tip;
use enginus_model::{DomainId, Hash, LogId};

use crate::limits::MAX_BRANCHES;

/// What the peer stated, and what it will hold once it has stored what was sent.
#[derive(Debug, Default)]
pub(crate) struct Peer {
    /// Its hello was heard.
    pub(crate) hello: bool,
    /// Its hello says that ours was heard.
    pub(crate) heard: bool,
    /// Its digest as last stated.
    pub(crate) digest: Option<Hash>,
    /// Our digest as it last saw it.
    pub(crate) seen: Option<Hash>,
    /// Everything it holds was listed once, so a log that is not known here is not held there.
    pub(crate) listed: bool,
    /// Domains it offered and we may not take, yet.
    pub(crate) untaken: BTreeSet<DomainId>,
    /// Per log, newest entries it has. Only of entries held here, so this is bounded by what is held here.
    has: BTreeMap<LogId, BTreeSet<(u64, Hash)>>,
}

impl Peer {
    /// It has this entry, and so everything before it.
    pub(crate) fn note(&mut self, tip: &Tip) {
        let entries = self.has.entry(tip.log).or_default();
        entries.insert((tip.seq, tip.hash));
        while entries.len() > MAX_BRANCHES {
            entries.pop_first();
        }
    }

    /// It has the entry `seq`, `hash`, which follows `prev`.
    pub(crate) fn note_next(&mut self, tip: &Tip, prev: &Hash) {
        if let Some(entries) = self.has.get_mut(&tip.log) {
            entries.remove(&(tip.seq.wrapping_sub(1), *prev));
        }
        self.note(tip);
    }

    pub(crate) fn has(&self, log: &LogId, seq: u64, hash: &Hash) -> bool {
        self.has.get(log).is_some_and(|entries| entries.contains(&(seq, *hash)))
    }

    /// The seq after which a push of this log should begin; `None` while it is not known what it has.
    pub(crate) fn push_from(&self, log: &LogId, newest_stored: u64) -> Option<u64> {
        match self.has.get(log) {
            Some(entries) => {
                // The newest entry known to be there that a new one could follow.
                let below = entries.iter().map(|(seq, _)| *seq).filter(|&seq| seq < newest_stored).max();
                below.or_else(|| entries.first().map(|(seq, _)| seq.saturating_sub(1)))
            }
            None => self.listed.then_some(0),
        }
    }
}
