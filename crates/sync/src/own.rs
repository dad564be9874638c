//! This device's durable clock as one link sees it: refreshed when something was stored or a scope changed.

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::{DomainTip, digest};
use enginus_model::{DomainId, Hash, LogId};

use crate::Holdings;

/// The tips of one log.
#[derive(Debug, Clone)]
pub(crate) struct OwnLog {
    pub(crate) domain: DomainId,
    pub(crate) tips: BTreeSet<(u64, Hash)>,
}

impl OwnLog {
    /// The newest seq held on any branch.
    pub(crate) fn newest(&self) -> u64 {
        self.tips.last().map_or(0, |(seq, _)| *seq)
    }
}

/// A cache of [`Holdings::tips`] and what follows from it.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) logs: BTreeMap<LogId, OwnLog>,
    /// Held domains the peer may pull.
    pub(crate) sendable: BTreeSet<DomainId>,
    /// Held domains at all.
    pub(crate) domains: BTreeSet<DomainId>,
    /// Of those, the ones this device may pull itself.
    shared: BTreeSet<DomainId>,
    /// Over the shared domains.
    pub(crate) digest: Hash,
}

impl Own {
    pub(crate) fn read(holdings: &impl Holdings) -> Self {
        let mut logs: BTreeMap<LogId, OwnLog> = BTreeMap::new();
        let mut domains = BTreeSet::new();
        for DomainTip { domain, tip } in holdings.tips() {
            domains.insert(domain);
            let log = logs.entry(tip.log).or_insert_with(|| OwnLog { domain, tips: BTreeSet::new() });
            log.tips.insert((tip.seq, tip.hash));
        }
        let sendable: BTreeSet<DomainId> = domains.iter().filter(|domain| holdings.may_send(domain)).copied().collect();
        let shared: BTreeSet<DomainId> = sendable.iter().filter(|domain| holdings.may_take(domain)).copied().collect();
        let digest = digest(tips_in(&logs, &shared));
        Self { logs, sendable, domains, shared, digest }
    }

    /// Whether the digest is over anything at all.
    pub(crate) fn shares(&self) -> bool {
        !self.shared.is_empty()
    }

    /// Whether there is something for the peer that this device may not pull any more: what was written before a removal or another
    /// role was heard of. No digest covers it, and the peer does not say whether it has it.
    pub(crate) fn has_more_to_give(&self) -> bool {
        self.shared.len() < self.sendable.len()
    }

    /// Every tip the peer may be told of.
    pub(crate) fn sendable_tips(&self) -> impl Iterator<Item = DomainTip> {
        tips_in(&self.logs, &self.sendable)
    }

    /// Every tip that the digest is over.
    pub(crate) fn shared_tips(&self) -> impl Iterator<Item = DomainTip> {
        tips_in(&self.logs, &self.shared)
    }
}

fn tips_in(logs: &BTreeMap<LogId, OwnLog>, domains: &BTreeSet<DomainId>) -> impl Iterator<Item = DomainTip> {
    logs.iter().filter(|(_, log)| domains.contains(&log.domain)).flat_map(|(&log, own)| {
        own.tips
            .iter()
            .map(move |&(seq, hash)| DomainTip { domain: own.domain, tip: enginus_envelope::Tip { log, seq, hash } })
    })
}
