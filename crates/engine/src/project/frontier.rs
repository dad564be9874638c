//! Which envelopes about access this device has, and which of them its own envelopes cite.

use std::collections::{BTreeSet, HashMap, HashSet};

use enginus_envelope::Envelope;
use enginus_model::{DeviceId, DomainId, EpochId, Hash};

use super::Project;

/// Envelopes about access that one envelope cites at most; a frontier is nearly always one.
const CITED_MAX: usize = 32;

/// The envelopes of the authority domain that are open here.
#[derive(Default)]
pub(super) struct AuthorityLog {
    entries: HashMap<Hash, Entry>,
    /// What the next envelope cites, until something changes.
    frontier: Option<Vec<Hash>>,
}

struct Entry {
    device: DeviceId,
    /// The entry before it in its log.
    prev: Option<Hash>,
    epoch: EpochId,
    cites: Vec<Hash>,
}

impl AuthorityLog {
    /// Takes an envelope that was opened.
    pub(super) fn take(&mut self, envelope: &Envelope) {
        let header = &envelope.header;
        let prev = (header.seq > 1).then_some(header.prev);
        let entry = Entry { device: header.device, prev, epoch: header.epoch, cites: header.authority.clone() };
        self.entries.insert(envelope.hash(), entry);
        self.frontier = None;
    }

    /// Whether it is here.
    pub(super) fn contains(&self, hash: &Hash) -> bool {
        self.entries.contains_key(hash)
    }

    /// The entries that are here with everything before them in their logs and everything they cite.
    pub(super) fn complete(&self) -> HashSet<Hash> {
        let mut waits_for: HashMap<Hash, Vec<Hash>> = HashMap::new();
        let mut left: HashMap<Hash, usize> = HashMap::new();
        let mut ready = Vec::new();
        for (hash, entry) in &self.entries {
            let before: HashSet<Hash> = entry.cites.iter().copied().chain(entry.prev).collect();
            left.insert(*hash, before.len());
            if before.is_empty() {
                ready.push(*hash);
            }
            for before in before {
                waits_for.entry(before).or_default().push(*hash);
            }
        }
        let mut complete = HashSet::new();
        while let Some(hash) = ready.pop() {
            complete.insert(hash);
            for after in waits_for.remove(&hash).unwrap_or_default() {
                if let Some(left) = left.get_mut(&after) {
                    *left -= 1;
                    if *left == 0 {
                        ready.push(after);
                    }
                }
            }
        }
        complete
    }

    /// The newest of them: whoever has these with all they lead back to has everything that is complete here.
    fn newest(&self) -> Vec<Hash> {
        let mut newest = self.complete();
        let behind = |entry: &Entry| entry.cites.iter().copied().chain(entry.prev).collect::<Vec<_>>();
        let passed: Vec<Hash> = newest.iter().filter_map(|hash| self.entries.get(hash)).flat_map(behind).collect();
        for hash in passed {
            newest.remove(&hash);
        }
        newest.into_iter().collect::<BTreeSet<_>>().into_iter().take(CITED_MAX).collect()
    }

    /// What may be cited is to be found out again.
    pub(super) fn forget_frontier(&mut self) {
        self.frontier = None;
    }
}

impl Project {
    /// What an envelope of `domain` cites. Keys are opened by whoever they are sealed to, whatever they cite, so there everything is
    /// stated that was known: whoever has less does not know why a key was sealed to some and not to others.
    pub(super) fn cited_in(&mut self, domain: &DomainId) -> Vec<Hash> {
        if *domain == DomainId::keys(&self.place.id) { self.state.authority_log.newest() } else { self.frontier() }
    }

    /// The newest envelopes about access that everybody can open: by a known author, under an epoch that leads to every reader. What
    /// only some can open is not cited, since whoever cannot would hold back everything that cites it.
    pub(super) fn frontier(&mut self) -> Vec<Hash> {
        if let Some(frontier) = &self.state.authority_log.frontier {
            return frontier.clone();
        }
        let domain = DomainId::authority(&self.place.id);
        let readers = self.epoch_readers(&domain);
        let mut complete: HashMap<EpochId, bool> = HashMap::new();
        let authority = self.authority();
        let epochs = &self.state.epochs;
        let entries = &self.state.authority_log.entries;
        let eligible: Vec<(&Hash, &Entry)> = entries
            .iter()
            .filter(|(_, entry)| authority.author_of(&entry.device).is_some())
            .filter(|(_, entry)| {
                *complete.entry(entry.epoch).or_insert_with(|| epochs.leads_to_all(&domain, &entry.epoch, &readers))
            })
            .collect();
        let cited: BTreeSet<&Hash> = eligible.iter().flat_map(|(_, entry)| &entry.cites).collect();
        let newest: BTreeSet<Hash> =
            eligible.iter().map(|(hash, _)| **hash).filter(|hash| !cited.contains(hash)).collect();
        let frontier: Vec<Hash> = newest.into_iter().take(CITED_MAX).collect();
        self.state.authority_log.frontier = Some(frontier.clone());
        frontier
    }
}
