//! Epochs follow access: nobody who was removed holds the secret that is written under, and everybody who may read does.

use std::collections::{BTreeSet, HashSet};

use enginus_access::{EpochRecord, MAX_PREVIOUS, Reader};
use enginus_envelope::EpochSecret;
use enginus_model::{DomainId, EpochId, Hash};

use super::Project;
use super::gathered::Intake;
use crate::ambient;
use crate::api::Failure;

impl Project {
    /// The secret to write under in a domain. Where every epoch known is held by somebody who may not read any more, a new one is
    /// opened first, in the same transaction. `None` for the keys domain, which is not sealed, and where this device has no key.
    pub(super) fn secret_for_writing(
        &mut self,
        domain: &DomainId,
        intake: &mut Intake,
    ) -> Result<Option<EpochSecret>, Failure> {
        if *domain == DomainId::keys(&self.place.id) {
            return Ok(None);
        }
        if self.current_epoch(domain).is_none() && self.state.epochs.knows_domain(domain) {
            self.open_epoch(*domain, intake)?;
        }
        let current = self.current_epoch(domain);
        Ok(current.and_then(|epoch| self.state.epochs.secret(domain, &epoch)).cloned())
    }

    /// The epoch that may be written under now, found once per state of the access table and of the keys.
    pub(super) fn current_epoch(&mut self, domain: &DomainId) -> Option<EpochId> {
        if let Some(current) = self.state.current.get(domain) {
            return *current;
        }
        let barred = self.barred(domain);
        let current = self.state.epochs.current(domain, self.authority(), &barred).map(|keys| keys.secret.id());
        self.state.current.insert(*domain, current);
        current
    }

    /// Opens a new epoch for exactly those who may read the domain. It leads back to none that was opened knowing what has not arrived
    /// here: one of those it is sealed to may have been removed before that one.
    pub(super) fn open_epoch(&mut self, domain: DomainId, intake: &mut Intake) -> Result<(), Failure> {
        let ahead = self.epochs_ahead(&domain, &self.state.authority_log.complete());
        let mut previous = self.state.epochs.newest(&domain, self.authority(), &ahead);
        previous.truncate(MAX_PREVIOUS);
        let readers = self.epoch_readers(&domain);
        let device = self.place.identity.device.clone();
        let sealed = EpochRecord::open_epoch(self.place.id, domain, &previous, &readers, &device, &mut ambient::rng());
        self.write_keys(sealed.records, intake)
    }

    /// Opens new epochs wherever the one that is written under is held by somebody who may not read any more. Answers how many.
    pub(super) fn rotate_barred(&mut self, intake: &mut Intake) -> Result<u64, Failure> {
        let mut rotated = 0;
        for domain in self.state.epochs.known_domains() {
            if self.current_epoch(&domain).is_none() && self.may_open_epochs(&domain) {
                self.open_epoch(domain, intake)?;
                rotated += 1;
            }
        }
        Ok(rotated)
    }

    /// How many epochs a removal of those who hold `keys` makes anew.
    pub(super) fn epochs_held_by(&self, leaving: &BTreeSet<[u8; 32]>) -> u64 {
        let domains = self.state.epochs.known_domains();
        let held = domains.iter().filter(|domain| {
            self.state.epochs.current(domain, self.authority(), &BTreeSet::new()).is_some()
                && self.state.epochs.current(domain, self.authority(), leaving).is_none()
        });
        held.count() as u64
    }

    pub(super) fn may_open_epochs(&self, domain: &DomainId) -> bool {
        enginus_model::Lane::ALL.iter().any(|lane| self.authority().may_write(&self.device(), domain, *lane))
    }

    /// Gives the epoch that is written under to readers who lack it: they came while somebody else, who did not know of them, opened
    /// it. Done by who opened it and by managers, so that not every device does the same. None that is ahead of this device, though: keys
    /// travel ahead of statements.
    pub(super) fn share_with_newcomers(&mut self) -> Result<(), Failure> {
        if !self.is_active() || self.is_removed() {
            return Ok(());
        }
        let device = self.place.identity.device.clone();
        let mut records = Vec::new();
        let here = self.state.authority_log.complete();
        for domain in self.state.epochs.known_domains() {
            let Some(epoch) = self.current_epoch(&domain) else { continue };
            let ahead = self.epochs_ahead(&domain, &here);
            if ahead.contains(&epoch) {
                continue;
            }
            let mine = self.state.epochs.opened_by(&domain, &epoch, &self.device());
            if !mine && !self.authority().may_manage(&self.device(), &domain) {
                continue;
            }
            let readers = self.epoch_readers(&domain);
            let by = (self.authority(), &self.device());
            if !self.state.epochs.without(&domain, &epoch, &readers, by).is_empty() {
                let shared = self.state.epochs.share(self.authority(), domain, Some(epoch), &readers, &device, &ahead);
                records.extend(shared);
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        let mut intake = Intake::default();
        let written = self.write_keys(records, &mut intake);
        self.commit_own(written, intake)
    }

    /// The epochs of a domain that were opened knowing of access what has not arrived here: the removal of a reader, perhaps.
    fn epochs_ahead(&self, domain: &DomainId, here: &HashSet<Hash>) -> BTreeSet<EpochId> {
        self.state.epochs.ahead(domain, self.authority(), |head| here.contains(head))
    }

    /// Who reads a domain. The project-wide domains are open from their beginning to every member: without the settings nobody knows
    /// what a folder is called.
    pub(super) fn epoch_readers(&self, domain: &DomainId) -> Vec<Reader> {
        let mut readers = self.authority().readers(domain);
        if self.shared_domains().contains(domain) {
            for reader in &mut readers {
                reader.history = true;
            }
        }
        readers
    }

    /// Keys that may not hold what is written in a domain from now on, computed once per state of the access table.
    pub(super) fn barred(&mut self, domain: &DomainId) -> BTreeSet<[u8; 32]> {
        if let Some(barred) = self.state.barred.get(domain) {
            return barred.clone();
        }
        let barred = self.authority().barred(domain);
        self.state.barred.insert(*domain, barred.clone());
        barred
    }
}
