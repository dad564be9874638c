//! Snapshots on their way to one peer: made before the link is asked, so that the project's lock is not held while they are sealed.

use enginus_model::{DomainId, Hash};
use enginus_sync::{SnapshotOffer, SnapshotQuestion};

use crate::api::Failure;
use crate::engine::{SharedProject, lock};
use crate::project::{Project, SnapshotSource};

/// Caches written before snapshots are listed, at most: somebody may go on writing meanwhile.
const CACHES_MAX: usize = 256;

/// What one peer was offered of a folder, and the snapshot it is fetching.
#[derive(Default)]
pub(super) struct Giving {
    source: Option<SnapshotSource>,
    /// By generation.
    offers: Vec<(u32, SnapshotOffer)>,
    /// Kept until the next one is asked for, so that all parts are of one.
    sealed: Option<(Hash, Vec<u8>)>,
}

impl Giving {
    /// Makes what the peer's question needs, where `may` says that the peer may have the domain.
    pub(super) fn prepare(
        &mut self,
        project: &SharedProject,
        question: SnapshotQuestion,
        may: impl Fn(&Project, &DomainId) -> bool,
    ) -> Result<(), Failure> {
        match question {
            SnapshotQuestion::Which { domain } => {
                *self = Self::default();
                for _ in 0..CACHES_MAX {
                    let mut held = lock(project);
                    if !may(&held, &domain) {
                        return Ok(());
                    }
                    let Some(source) = held.snapshot_source(&domain)? else { return Ok(()) };
                    if !held.cache_one(&domain)? {
                        let reader = held.store().read()?;
                        drop(held);
                        self.offers = source.offers(&reader)?;
                        self.source = Some(source);
                        return Ok(());
                    }
                }
                Ok(())
            }
            SnapshotQuestion::Part { domain, id } => {
                let offered = self.offers.iter().find(|(_, offer)| offer.id == id).map(|(generation, _)| *generation);
                let known = self.sealed.as_ref().is_some_and(|(sealed, _)| *sealed == id);
                let Some((source, generation)) = self.of(&domain).zip(offered.filter(|_| !known)) else {
                    return Ok(());
                };
                let reader = {
                    let held = lock(project);
                    if !may(&held, &domain) {
                        return Ok(());
                    }
                    held.store().read()?
                };
                let sealed = source.sealed(&reader, generation)?;
                // Written anew meanwhile: then it is gone, and the peer goes on without it.
                self.sealed = sealed.map(|bytes| (Hash::of(&bytes), bytes)).filter(|(sealed, _)| *sealed == id);
                Ok(())
            }
        }
    }

    fn of(&self, domain: &DomainId) -> Option<&SnapshotSource> {
        self.source.as_ref().filter(|source| source.domain() == domain)
    }

    /// What can be offered of a domain.
    pub(super) fn offers(&self, domain: &DomainId) -> Vec<SnapshotOffer> {
        let offers = self.offers.iter().filter(|_| self.of(domain).is_some());
        offers.map(|(_, offer)| offer.clone()).collect()
    }

    /// A part of the snapshot that was asked for; empty where it is gone.
    pub(super) fn part(&self, domain: &DomainId, id: &Hash, offset: u64, max_bytes: usize) -> Vec<u8> {
        let sealed = self.sealed.as_ref().filter(|(sealed, _)| sealed == id && self.of(domain).is_some());
        let rest = usize::try_from(offset).ok().and_then(|offset| sealed?.1.get(offset..));
        rest.map_or_else(Vec::new, |rest| rest[..rest.len().min(max_bytes)].to_vec())
    }
}
