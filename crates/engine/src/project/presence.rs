//! Whether files are where they are taken to be: here, and proved to be somewhere else too.

use std::collections::BTreeSet;

use enginus_envelope::DedupSecret;
use enginus_model::{DeviceId, DomainId, FileRef, Hash, ManifestRef};
use enginus_store::Batch;
use enginus_vault::Vault;

use super::Project;
use super::files::{HERE_RECORD, HERE_VERSION, Looked, PROVED_RECORD};
use crate::api::{Failure, FileState};

/// A file that counts as here, with what opens it.
#[derive(Clone)]
pub(crate) struct HeldFile {
    pub(crate) manifest: ManifestRef,
    pub(crate) secret: DedupSecret,
}

impl Project {
    /// Every file that counts as here, once.
    pub(crate) fn files_here(&self) -> Vec<HeldFile> {
        let mut seen = BTreeSet::new();
        let files = self.all_files().into_iter();
        let here = files.filter(|(_, file)| self.is_here(&file.manifest.object) && seen.insert(file.manifest.object));
        here.filter_map(|(domain, file)| self.held_file(&domain, &file)).collect()
    }

    fn held_file(&self, domain: &DomainId, file: &FileRef) -> Option<HeldFile> {
        let secret = self.dedup_secret(domain, &file.manifest.epoch)?;
        Some(HeldFile { manifest: file.manifest, secret })
    }

    /// Files that turned out not to be here whole: they count as missing, and are fetched again.
    pub(crate) fn mark_gone(&mut self, manifests: &[Hash]) -> Result<(), Failure> {
        if manifests.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for manifest in manifests {
            batch.del_record(HERE_RECORD, manifest.as_bytes());
        }
        self.store.commit(batch)?;
        for manifest in manifests {
            self.state.here.remove(manifest);
        }
        // Documents that lacked nothing may lack something now.
        self.state.looked = Looked::default();
        self.published.surroundings(|surroundings| {
            for manifest in manifests {
                surroundings.files.remove(manifest);
            }
        });
        Ok(())
    }

    /// The kept files here of which it is not proved that they are anywhere else, and that `device` keeps too where it keeps what it
    /// should: it can be asked to prove it.
    pub(crate) fn unproved_files(&self, device: &DeviceId) -> Vec<HeldFile> {
        if self.state.here.is_subset(&self.state.proved) {
            return Vec::new();
        }
        let kept = self.kept_files().into_iter().filter(|(domain, file)| {
            let manifest = &file.manifest.object;
            self.is_here(manifest) && !self.state.proved.contains(manifest) && self.authority().may_read(device, domain)
        });
        kept.filter_map(|(domain, file)| self.held_file(&domain, &file)).collect()
    }

    /// Files that are proved to be elsewhere too.
    pub(crate) fn mark_proved(&mut self, manifests: &[Hash]) -> Result<(), Failure> {
        if manifests.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for manifest in manifests {
            batch.put_record(PROVED_RECORD, manifest.as_bytes(), &[HERE_VERSION]);
        }
        self.store.commit(batch)?;
        self.state.proved.extend(manifests);
        self.published.surroundings(|surroundings| {
            for manifest in manifests.iter().filter(|manifest| self.is_here(manifest)) {
                surroundings.files.insert(*manifest, FileState::HereAndElsewhere);
            }
        });
        Ok(())
    }

    /// Files that are not proved to be elsewhere any more: the place that proved it has lost them.
    pub(crate) fn mark_unproved(&mut self, manifests: &[Hash]) -> Result<(), Failure> {
        let mut batch = Batch::new();
        for manifest in manifests {
            batch.del_record(PROVED_RECORD, manifest.as_bytes());
        }
        self.store.commit(batch)?;
        for manifest in manifests {
            self.state.proved.remove(manifest);
        }
        self.show_files();
        Ok(())
    }
}

/// Of `files`, those of which something is not on this device. Nothing is read but what lists each file's parts.
pub(crate) fn absent_files(vault: &Vault, files: Vec<HeldFile>) -> Vec<Hash> {
    let is_here = |file: &HeldFile| {
        vault
            .objects_of(&file.manifest, &file.secret)
            .is_ok_and(|objects| objects.iter().all(|object| vault.size(&object.name) == Some(object.size)))
    };
    files.into_iter().filter(|file| !is_here(file)).map(|file| file.manifest.object).collect()
}
