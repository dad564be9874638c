//! What this device holds of a project, by domain and log.

use std::collections::BTreeSet;

use enginus_envelope::{DomainTip, digest};
use enginus_model::{DomainId, Hash, LogId};
use enginus_store::EnvelopeKey;

use super::Project;
use crate::api::Failure;

impl Project {
    /// Every tip of every log.
    pub(crate) fn tips(&self) -> Vec<DomainTip> {
        let logs = self.state.clock.iter().flat_map(|(domain, logs)| logs.values().map(move |tips| (domain, tips)));
        logs.flat_map(|(domain, tips)| tips.iter().map(|tip| DomainTip { domain: *domain, tip: *tip })).collect()
    }

    pub(crate) fn has_log(&self, domain: &DomainId, log: &LogId) -> bool {
        self.state.clock.get(domain).is_some_and(|logs| logs.contains_key(log))
    }

    /// One hash over everything held: equal on two devices exactly when they hold the same.
    pub(crate) fn digest(&self) -> Hash {
        digest(self.tips().into_iter())
    }

    /// One hash over what is held of a domain.
    pub(crate) fn domain_digest(&self, domain: &DomainId) -> Hash {
        digest(self.tips().into_iter().filter(|tip| tip.domain == *domain))
    }

    /// How many envelopes are held.
    pub(crate) fn envelopes(&self) -> u64 {
        self.state.arrivals
    }

    /// The domains this device holds or may hold: keys and authority, settings and directory, folders.
    pub(crate) fn pullable_domains(&self) -> BTreeSet<DomainId> {
        let id = &self.place.id;
        let shared = [DomainId::keys(id), DomainId::authority(id), DomainId::settings(id), DomainId::directory(id)];
        let folders = self.state.settings.folders.keys().copied();
        let held = self.state.clock.keys().copied();
        shared.into_iter().chain(folders).chain(held).filter(|domain| self.may_take(domain)).collect()
    }

    /// Every envelope of the domains this device may pull, keys and authority first, each log in order.
    pub(crate) fn pullable_envelopes(&self) -> Result<Vec<EnvelopeKey>, Failure> {
        let id = &self.place.id;
        let first = [DomainId::keys(id), DomainId::authority(id), DomainId::settings(id), DomainId::directory(id)];
        let pullable = self.pullable_domains();
        let rest: Vec<DomainId> = pullable.iter().filter(|domain| !first.contains(domain)).copied().collect();
        let reader = self.store.read()?;
        let mut keys = Vec::new();
        for domain in first.into_iter().chain(rest) {
            keys.extend(reader.arrivals_after(0, &domain)?.into_iter().map(|(_, key, _)| key));
        }
        Ok(keys)
    }
}
