//! What was acknowledged to a person, and so may never be lost; and what was said to whom.

use std::collections::{BTreeMap, BTreeSet};

use enginus_engine::simulation::{Done, Entry};
use enginus_envelope::{DomainTip, log_id};
use enginus_model::{Hash, LogId, PersonId};

use crate::broken::{Broken, Checked, promise};
use crate::world::{CANARY, Node, World};

/// One entry that somebody was told is saved.
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    /// In which step.
    pub(crate) step: u64,
    /// On which device.
    pub(crate) node: usize,
    pub(crate) tip: DomainTip,
    /// Persons of whom the device knew, before it wrote, that they are members no more.
    pub(crate) barred: BTreeSet<PersonId>,
    /// The only disk it was on was replaced by an older one.
    pub(crate) is_excused: bool,
}

/// Everything that was acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) saved: Vec<Saved>,
    /// Persons who were members, then not, then again.
    pub(crate) came_back: BTreeSet<PersonId>,
    leak: Option<String>,
}

impl Ledger {
    /// Frames on their way: whoever carries them sees them.
    pub(crate) fn seen(&mut self, frames: &[Vec<u8>]) {
        if self.leak.is_none() && frames.iter().any(|frame| has_canary(frame)) {
            self.leak = Some("a frame holds a text in clear".to_owned());
        }
    }

    /// Bytes that lie somewhere without keys.
    pub(crate) fn lies_open(&mut self, where_: &str, bytes: &[u8]) {
        if self.leak.is_none() && has_canary(bytes) {
            self.leak = Some(format!("{where_} holds a text in clear"));
        }
    }

    pub(crate) fn blind(&self) -> Checked {
        self.leak.as_ref().map_or(Ok(()), |leak| Err(Broken::new(promise::BLIND, leak)))
    }

    /// What the program finds when it starts again: every own entry that was acknowledged or that anybody else has, each log in one
    /// piece.
    pub(crate) fn check_own(&self, node: usize, nodes: &[Node]) -> Checked {
        let device = &nodes[node].device;
        let failed = |failure| Broken::new(promise::NO_FAILURE, failure);
        let entries = device.entries().map_err(failed)?;
        let held: BTreeSet<DomainTip> = entries.iter().map(|entry| entry.tip).collect();
        for saved in self.saved.iter().filter(|saved| saved.node == node && !saved.is_excused && !nodes[node].is_behind)
        {
            if !held.contains(&saved.tip) {
                let what = format!("{} lost what was saved in step {}: {:?}", device.name(), saved.step, saved.tip);
                return Err(Broken::new(promise::NOTHING_LOST, what));
            }
        }
        if nodes[node].may_fork || nodes[node].is_insider {
            return Ok(());
        }
        let incarnation = device.incarnation().map_err(failed)?;
        let is_own = |tip: &DomainTip| tip.tip.log == log_id(&device.id(), &tip.domain, &incarnation);
        in_one_piece(entries.iter().filter(|entry| is_own(&entry.tip)), device.name())?;
        for other in nodes.iter().filter(|other| other.device.is_open()) {
            let theirs = other.device.tips().map_err(failed)?;
            if let Some(ahead) = theirs.iter().find(|tip| is_own(tip) && !held.contains(tip)) {
                let what = format!("{} holds {ahead:?} of {}, which does not", other.device.name(), device.name());
                return Err(Broken::new(promise::SAVED, what));
            }
        }
        Ok(())
    }
}

/// Each log from 1 on without a gap, each entry on the one before it.
pub(crate) fn in_one_piece<'a>(entries: impl Iterator<Item = &'a Entry>, name: &str) -> Checked {
    let mut logs: BTreeMap<LogId, BTreeMap<u64, Vec<(Hash, Hash)>>> = BTreeMap::new();
    for Entry { tip, prev } in entries {
        logs.entry(tip.tip.log).or_default().entry(tip.tip.seq).or_default().push((tip.tip.hash, *prev));
    }
    for (log, places) in &logs {
        let mut before = Hash::ZERO;
        for (expected, (seq, at)) in (1u64..).zip(places) {
            let [(hash, prev)] = at.as_slice() else {
                return Err(Broken::new(promise::OWN_LOGS, format!("{name}: log {} forks at {seq}", log.short())));
            };
            if *seq != expected || *prev != before {
                return Err(Broken::new(promise::OWN_LOGS, format!("{name}: log {} breaks at {seq}", log.short())));
            }
            before = *hash;
        }
    }
    Ok(())
}

pub(crate) fn has_canary(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
}

impl World {
    /// Somebody was told that this is saved.
    pub(crate) fn acknowledged(&mut self, node: usize, done: &Done) -> Checked {
        let device = &self.nodes[node].device;
        if !device.is_open() {
            // The power went right after: what was acknowledged is owed all the same, whoever else was removed.
            let saved = done.tips.iter().map(|tip| (*tip, BTreeSet::new()));
            self.owe(node, saved.collect());
            return Ok(());
        }
        let failed = |failure| Broken::new(promise::NO_FAILURE, failure);
        let barred = self.barred_before.take().unwrap_or_default();
        let incarnation = device.incarnation().map_err(failed)?;
        let own = |tip: &&DomainTip| tip.tip.log == log_id(&device.id(), &tip.domain, &incarnation);
        let saved = done.tips.iter().filter(own).map(|tip| (*tip, barred.clone())).collect();
        self.owe(node, saved);
        Ok(())
    }

    fn owe(&mut self, node: usize, saved: Vec<(DomainTip, BTreeSet<PersonId>)>) {
        let step = self.step;
        let saved = saved.into_iter().map(|(tip, barred)| Saved { step, node, tip, barred, is_excused: false });
        self.ledger.saved.extend(saved);
    }
}
