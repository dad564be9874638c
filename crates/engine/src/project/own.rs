//! This device's own logs in a project: the incarnation, the next place in each log, and what was gained since.

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::Path;

use enginus_envelope::{Tip, log_id};
use enginus_model::{DeviceId, DomainId, Hash, LogId};

use crate::ambient;
use crate::identity::sync_directory;

pub(crate) const INCARNATION_KEY: &str = "incarnation";
/// How many gained tips one envelope states at most; the rest follow in the next.
pub(crate) const GAINED_MAX: usize = 64;

/// Where this device writes.
#[derive(Debug, Clone)]
pub(crate) struct OwnLogs {
    device: DeviceId,
    incarnation: [u8; 16],
    newest: HashMap<DomainId, Tip>,
    gained: HashMap<DomainId, BTreeMap<LogId, Tip>>,
}

impl OwnLogs {
    pub(crate) fn new(device: DeviceId, incarnation: [u8; 16]) -> Self {
        Self { device, incarnation, newest: HashMap::new(), gained: HashMap::new() }
    }

    pub(crate) fn incarnation(&self) -> [u8; 16] {
        self.incarnation
    }

    pub(crate) fn log(&self, domain: &DomainId) -> LogId {
        log_id(&self.device, domain, &self.incarnation)
    }

    /// The newest entry of the own log, `None` before the first.
    pub(crate) fn newest(&self, domain: &DomainId) -> Option<Tip> {
        self.newest.get(domain).copied()
    }

    /// Sequence number and previous hash for the next entry.
    pub(crate) fn next(&self, domain: &DomainId) -> (u64, Hash) {
        self.newest.get(domain).map_or((1, Hash::ZERO), |tip| (tip.seq + 1, tip.hash))
    }

    /// What others wrote in `domain` since the own newest entry.
    pub(crate) fn gained(&self, domain: &DomainId) -> Vec<Tip> {
        self.gained.get(domain).map_or_else(Vec::new, |tips| tips.values().take(GAINED_MAX).copied().collect())
    }

    /// An own entry became durable (or was found in the store at open).
    pub(crate) fn wrote(&mut self, domain: DomainId, tip: Tip) {
        if let Some(gained) = self.gained.get_mut(&domain) {
            let stated: Vec<LogId> = gained.keys().take(GAINED_MAX).copied().collect();
            for log in stated {
                gained.remove(&log);
            }
        }
        self.newest.insert(domain, tip);
    }

    /// Somebody else's entry became durable.
    pub(crate) fn noticed(&mut self, domain: DomainId, tip: Tip) {
        self.gained.entry(domain).or_default().insert(tip.log, tip);
    }

    /// Goes on in fresh logs, after a restored backup or a copied home was noticed.
    pub(crate) fn reincarnate(&mut self, incarnation: [u8; 16]) {
        self.incarnation = incarnation;
        self.newest.clear();
    }
}

/// The incarnation the side file names, `None` where it is missing or unreadable.
pub(crate) fn read_side_file(path: &Path) -> Option<[u8; 16]> {
    std::fs::read(path).ok()?.try_into().ok()
}

/// Writes the side file durably, in one step.
pub(crate) fn write_side_file(path: &Path, incarnation: [u8; 16]) -> std::io::Result<()> {
    let staged = path.with_extension("new");
    let mut file = std::fs::File::create(&staged)?;
    file.write_all(&incarnation)?;
    file.sync_all()?;
    std::fs::rename(&staged, path)?;
    sync_directory(path.parent())
}

/// A fresh incarnation.
pub(crate) fn fresh_incarnation() -> [u8; 16] {
    ambient::random()
}
