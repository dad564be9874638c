//! Which envelopes about access this device has, and which of them its own envelopes cite.

use std::collections::{BTreeSet, HashMap};

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
    epoch: EpochId,
    cites: Vec<Hash>,
}

impl AuthorityLog {
    /// Takes an envelope that was opened.
    pub(super) fn take(&mut self, envelope: &Envelope) {
        let header = &envelope.header;
        let entry = Entry { device: header.device, epoch: header.epoch, cites: header.authority.clone() };
        self.entries.insert(envelope.hash(), entry);
        self.frontier = None;
    }

    /// Whether it is here.
    pub(super) fn contains(&self, hash: &Hash) -> bool {
        self.entries.contains_key(hash)
    }

    /// What may be cited is to be found out again.
    pub(super) fn forget_frontier(&mut self) {
        self.frontier = None;
    }
}

impl Project {
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
