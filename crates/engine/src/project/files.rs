//! Which files the project refers to, which of them are on this device, and who may have their sealed objects.

use std::collections::{BTreeMap, BTreeSet};

use enginus_access::Access;
use enginus_crdt::NewRevision;
use enginus_envelope::{DedupSecret, EpochSecret};
use enginus_model::{DeviceId, DomainId, EpochId, FileRef, Hash};
use enginus_query::DocumentRow;
use enginus_store::Batch;
use enginus_vault::{ObjectInfo, Vault};

mod looked;

pub(super) use looked::Looked;

use super::Project;
use super::gathered::Intake;
use crate::api::{Failure, FailureKind, FileState};
use crate::network::{WantedFile, has_now};

/// Record kind of a sealed object known to the project: key = its name, value = domain ‖ size.
const OBJECT_RECORD: u8 = 2;
/// Record kind of a file that is complete on this device: key = its manifest object.
pub(super) const HERE_RECORD: u8 = 4;
/// Record kind of a file that another device or a bucket was proved to hold: key = its manifest object.
pub(super) const PROVED_RECORD: u8 = 7;
pub(super) const HERE_VERSION: u8 = 1;

impl Project {
    /// The secret that new files of a folder are sealed under.
    pub(crate) fn writing_secret(&mut self, domain: &DomainId) -> Result<EpochSecret, Failure> {
        let mut intake = Intake::default();
        let secret = self.secret_for_writing(domain, &mut intake);
        if !intake.received.tips.is_empty() || secret.is_err() {
            self.commit_own(secret.as_ref().map(|_| ()).map_err(Clone::clone), intake)?;
        }
        secret?.ok_or_else(|| {
            Failure::new(FailureKind::NotAllowed, "this device has no key for the folder")
                .hint("synchronise with a member who may read it, then try again")
        })
    }

    /// The secret a file was sealed under, where this device has it.
    pub(crate) fn dedup_secret(&self, domain: &DomainId, epoch: &EpochId) -> Option<DedupSecret> {
        self.state.epochs.secret(domain, epoch).map(EpochSecret::dedup_secret)
    }

    /// Files with their secrets, for opening them.
    pub(crate) fn secrets_of(
        &self,
        domain: &DomainId,
        files: &[FileRef],
    ) -> Result<Vec<(FileRef, DedupSecret)>, Failure> {
        files
            .iter()
            .map(|file| {
                let secret = self.dedup_secret(domain, &file.manifest.epoch).ok_or_else(|| {
                    Failure::new(FailureKind::NotAllowed, format!("this device has no key for {}", file.name))
                        .hint("synchronise with a member who may read it, then try again")
                })?;
                Ok((file.clone(), secret))
            })
            .collect()
    }

    /// The files of current revisions of documents that are not removed: what a device keeps by default.
    pub(crate) fn kept_files(&self) -> Vec<(DomainId, FileRef)> {
        let mut files = Vec::new();
        for (domain, view) in self.arrived_folders() {
            files.extend(view.rows().flat_map(|row| kept_of(row)).map(|file| (domain, file.clone())));
        }
        files
    }

    /// Every file of every revision this person may read.
    pub(crate) fn all_files(&self) -> Vec<(DomainId, FileRef)> {
        let mut files = Vec::new();
        for (domain, view) in self.arrived_folders() {
            let revisions = view.rows().flat_map(|row| row.revisions.iter());
            files.extend(revisions.flat_map(|revision| &revision.files).map(|file| (domain, file.clone())));
        }
        files
    }

    /// Of `files`, those that are not complete here.
    pub(crate) fn missing_of(
        &self,
        vault: &Vault,
        domain: DomainId,
        files: &[FileRef],
    ) -> Result<Vec<WantedFile>, Failure> {
        let secrets = self.secrets_of(&domain, files)?;
        Ok(secrets
            .into_iter()
            .filter(|(file, secret)| {
                let objects = vault.objects_of(&file.manifest, secret).unwrap_or_default();
                objects.is_empty() || !objects.iter().all(|object| vault.has(&object.name))
            })
            .map(|(file, secret)| WantedFile { domain, file, secret })
            .collect())
    }

    /// Whether a file is known to be complete on this device.
    pub(crate) fn is_here(&self, manifest: &Hash) -> bool {
        self.state.here.contains(manifest)
    }

    /// The files this device keeps by rule (those of current revisions) and does not have: those that can be fetched, and how many it
    /// has no key for.
    pub(crate) fn missing_files(&mut self, vault: &Vault) -> Result<(Vec<WantedFile>, u64), Failure> {
        let (mut missing, mut locked) = (Vec::new(), 0);
        for (domain, file) in self.files_to_look_for() {
            // Without its key the file can neither be checked nor opened: it is fetched once the key is here.
            let Some(secret) = self.dedup_secret(&domain, &file.manifest.epoch) else {
                locked += 1;
                continue;
            };
            let complete = vault
                .objects_of(&file.manifest, &secret)
                .ok()
                .filter(|objects| objects.iter().all(|object| vault.size(&object.name) == Some(object.size)));
            match complete {
                // It came another way: in a bundle, or with a file of the same content.
                Some(objects) => self.mark_here(domain, &file, &objects)?,
                None => missing.push(WantedFile { domain, file, secret }),
            }
        }
        Ok((missing, locked))
    }

    /// How many kept files are here and how many are not.
    pub(crate) fn kept_file_counts(&self) -> (u64, u64) {
        let kept = self.kept_files();
        let here = kept.iter().filter(|(_, file)| self.is_here(&file.manifest.object)).count();
        (here as u64, (kept.len() - here) as u64)
    }

    /// A file is complete here: it may be given to others, and is never asked for again.
    pub(crate) fn mark_here(
        &mut self,
        domain: DomainId,
        file: &FileRef,
        objects: &[ObjectInfo],
    ) -> Result<(), Failure> {
        let mut batch = Batch::new();
        put_objects(&mut batch, &domain, objects);
        put_here(&mut batch, &file.manifest.object);
        self.store.commit(batch)?;
        self.state.here.insert(file.manifest.object);
        Ok(())
    }

    /// Whether a device may have an object: it belongs to a domain that the device may read.
    pub(crate) fn may_give(&self, device: &DeviceId, object: &Hash) -> Result<bool, Failure> {
        let value = self.store.read()?.record(OBJECT_RECORD, object.as_bytes())?;
        let domain = value.and_then(|value| value.get(..16)?.try_into().ok().map(DomainId::from_bytes));
        Ok(domain.is_some_and(|domain| has_now(self.authority(), device, &domain, Access::Pull)))
    }

    /// Of `devices`, those that may read each folder: they are the ones that have its files.
    pub(crate) fn readers_among(&self, devices: &[DeviceId]) -> BTreeMap<DomainId, BTreeSet<DeviceId>> {
        let folders = self.readable_folders().into_iter().map(|(domain, _)| domain);
        folders
            .map(|domain| {
                let readers = devices.iter().filter(|device| self.authority().may_read(device, &domain));
                (domain, readers.copied().collect())
            })
            .collect()
    }

    /// Where a file is, as far as it is known.
    pub(crate) fn file_state(&self, manifest: &Hash) -> FileState {
        match (self.is_here(manifest), self.state.proved.contains(manifest)) {
            (true, true) => FileState::HereAndElsewhere,
            (true, false) => FileState::HereOnly,
            (false, _) => FileState::Elsewhere,
        }
    }

    /// The sealed objects of all kept files that are here.
    pub(crate) fn kept_objects(&self, vault: &Vault) -> BTreeSet<Hash> {
        let mut objects = BTreeSet::new();
        for (domain, file) in self.kept_files() {
            if let Some(secret) = self.dedup_secret(&domain, &file.manifest.epoch)
                && let Ok(found) = vault.objects_of(&file.manifest, &secret)
            {
                objects.extend(found.iter().map(|object| object.name));
            }
        }
        objects
    }

    /// Shows the files that are here.
    pub(super) fn show_files(&self) {
        self.show_these_files(&self.state.here);
    }

    /// Shows files that came to be here.
    pub(super) fn show_these_files<'a>(&self, manifests: impl IntoIterator<Item = &'a Hash>) {
        self.published.surroundings(|surroundings| {
            let known = manifests.into_iter().map(|manifest| (*manifest, self.file_state(manifest)));
            surroundings.files.extend(known);
        });
    }
}

/// The files of a document that a device keeps by default: those of the current revision, as long as it is not removed. Revisions in
/// conflict are equally current until somebody settles which counts.
fn kept_of(row: &DocumentRow) -> impl Iterator<Item = &FileRef> {
    let current = row.current().filter(|_| row.removed.is_none());
    let shown = row.revisions.iter().filter(move |revision| current.is_some_and(|it| it.code == revision.code));
    shown.flat_map(|revision| &revision.files)
}

/// What a revision brings with it: its objects become known, its files are here.
pub(super) fn put_revision(
    batch: &mut Batch,
    domain: &DomainId,
    revision: &NewRevision,
    objects: &[ObjectInfo],
) -> Vec<Hash> {
    put_objects(batch, domain, objects);
    let manifests: Vec<Hash> = revision.files.iter().map(|file| file.manifest.object).collect();
    for manifest in &manifests {
        put_here(batch, manifest);
    }
    manifests
}

fn put_objects(batch: &mut Batch, domain: &DomainId, objects: &[ObjectInfo]) {
    for object in objects {
        let mut value = domain.as_bytes().to_vec();
        value.extend_from_slice(&object.size.to_be_bytes());
        batch.put_record(OBJECT_RECORD, object.name.as_bytes(), &value);
    }
}

fn put_here(batch: &mut Batch, manifest: &Hash) {
    batch.put_record(HERE_RECORD, manifest.as_bytes(), &[HERE_VERSION]);
}
