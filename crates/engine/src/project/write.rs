//! This device's own acts: one change, one envelope, one durable transaction; then it is told to everybody.

use std::collections::BTreeMap;

use enginus_crdt::{Edit, NewRevision};
use enginus_envelope::{DomainTip, Draft, Envelope, Parts, Payload};
use enginus_model::{DocumentId, DomainId, Hash, Lane, RevisionId};
use enginus_store::EnvelopeKey;
use enginus_vault::ObjectInfo;

use super::files::put_revision;
use super::gathered::Intake;
use super::shards::records;
use super::{Project, internal};
use crate::ambient;
use crate::api::{Failure, FailureKind};

/// A document about to be added.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewFile {
    pub(crate) number: String,
    pub(crate) title: String,
    pub(crate) path: String,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) revision: Option<NewRevision>,
    pub(crate) objects: Vec<ObjectInfo>,
}

impl Project {
    /// Adds documents to a folder as one change. Answers their ids, in order.
    pub(crate) fn add_documents(
        &mut self,
        domain: DomainId,
        documents: Vec<NewFile>,
    ) -> Result<Vec<DocumentId>, Failure> {
        self.require_write(&domain, Lane::Records)?;
        let generation = self.generation_for_new(domain)?;
        let mut ids = Vec::with_capacity(documents.len());
        let mut edits = Vec::with_capacity(documents.len());
        let mut objects = Vec::new();
        for document in documents {
            let id = new_document_id();
            ids.push(id);
            objects.extend(document.objects);
            edits.push(Edit::AddDocument {
                id,
                number: document.number,
                title: document.title,
                path: document.path,
                fields: document.fields,
                revision: document.revision,
            });
        }
        self.change(domain, generation, &edits, &objects)?;
        Ok(ids)
    }

    /// Edits one existing document.
    pub(crate) fn edit_document(
        &mut self,
        domain: DomainId,
        id: DocumentId,
        edits: &[Edit],
        objects: &[ObjectInfo],
    ) -> Result<(), Failure> {
        self.require_arrived(&domain, &id)?;
        let generation =
            *self.state.places.get(&(domain, id)).ok_or_else(|| {
                Failure::new(FailureKind::NotFound, "the document is not in the register of this device")
            })?;
        self.require_write(&domain, Lane::Records)?;
        self.change(domain, generation, edits, objects)
    }

    /// Sets entries of the settings or the directory.
    pub(crate) fn set_entries(&mut self, domain: DomainId, entries: &[(String, String)]) -> Result<(), Failure> {
        self.require_write(&domain, Lane::Records)?;
        let edits: Vec<Edit> =
            entries.iter().map(|(key, value)| Edit::SetEntry { key: key.clone(), value: value.clone() }).collect();
        self.change(domain, 0, &edits, &[])
    }

    /// Opens the next generation of a folder: new rows go there from now on.
    pub(crate) fn begin_generation(&mut self, domain: DomainId) -> Result<(), Failure> {
        self.require_write(&domain, Lane::Records)?;
        let generation = self.state.shards.next_generation(&domain);
        let opened = Edit::SetEntry { key: "opened".to_owned(), value: to_json(&ambient::now().0)? };
        self.change(domain, generation, &[opened], &[])
    }

    /// Refuses, with what to do, where this person may not write.
    pub(crate) fn require_write(&self, domain: &DomainId, lane: Lane) -> Result<(), Failure> {
        if !self.is_active() && self.waiting.is_some() {
            return Err(Failure::new(FailureKind::NotAllowed, "the project has not arrived on this device yet")
                .hint("run `enginus sync` where another member can be reached, or import a bundle"));
        }
        if self.authority().may_write(&self.device(), domain, lane) {
            return Ok(());
        }
        if let Some(removed) = self.removed_info() {
            let message = format!("{} removed you from this project; what you had stays readable here", removed.by);
            return Err(Failure::new(FailureKind::NotAllowed, message).hint("ask them if that was not meant"));
        }
        let folder = self.settings().folder_name(domain);
        Err(Failure::new(FailureKind::NotAllowed, format!("your role does not let you write in {folder}"))
            .hint("ask the owner or the document controller for a role that does; `enginus member list` shows them"))
    }

    fn change(
        &mut self,
        domain: DomainId,
        generation: u32,
        edits: &[Edit],
        objects: &[ObjectInfo],
    ) -> Result<(), Failure> {
        let shard = records(domain, generation);
        let (log, at) = (self.own().log(&domain), ambient::now());
        self.refuse_open_files(&domain, edits)?;
        self.open_shard(shard)?;
        let actor = self.actor(&shard, &log);
        let edited = self.open_shard(shard)?.edit(actor, log, at, edits);
        let pending = edited.map_err(|error| Failure::new(FailureKind::Invalid, error.to_string()))?;
        let touched = BTreeMap::from([(shard, pending.touched)]);
        let mut intake = Intake::default();
        let mut here = Vec::new();
        for edit in edits {
            if let Edit::AddDocument { revision: Some(revision), .. } | Edit::AddRevision { revision, .. } = edit {
                here.extend(put_revision(&mut intake.batch, &domain, revision, objects));
            }
        }
        let written = self
            .write(domain, Lane::Records, Parts::Changes(vec![pending.changes]), &mut intake)
            .and_then(|()| self.project_rows(touched, &mut intake.batch));
        // Where the commit fails everything is read again from the store, the shard without this edit too.
        self.commit_own(written, intake)?;
        self.open_shard(shard)?.confirm(pending.id);
        if !here.is_empty() {
            self.state.here.extend(&here);
            self.show_these_files(&here);
        }
        self.publish();
        self.cache_shards(false)
    }

    /// A file is sealed before it is added. Where somebody lost the right to read in between, they hold the key it lies under.
    fn refuse_open_files(&mut self, domain: &DomainId, edits: &[Edit]) -> Result<(), Failure> {
        let barred = self.barred(domain);
        let revisions = edits.iter().filter_map(|edit| match edit {
            Edit::AddDocument { revision, .. } => revision.as_ref(),
            Edit::AddRevision { revision, .. } => Some(revision),
            _ => None,
        });
        for file in revisions.flat_map(|revision| &revision.files) {
            if self.state.epochs.is_held_by(domain, &file.manifest.epoch, self.authority(), &barred) {
                let message = format!("a member's access ended while {} was being sealed", file.name);
                return Err(Failure::new(FailureKind::Conflict, message).hint("add it again"));
            }
        }
        Ok(())
    }

    /// Commits what was written, or puts everything back as it was.
    pub(super) fn commit_own(&mut self, written: Result<(), Failure>, mut intake: Intake) -> Result<(), Failure> {
        let committed = written.and_then(|()| {
            self.store.commit(std::mem::take(&mut intake.batch))?;
            Ok(())
        });
        if let Err(failure) = committed {
            self.reload();
            return Err(failure);
        }
        self.dirty = false;
        self.state.shards.made_again();
        let _ = self.tips.send(intake.received.tips);
        Ok(())
    }

    /// Seals one envelope and puts it into the transaction; the memory is ahead of the store until it is committed.
    pub(super) fn write(
        &mut self,
        domain: DomainId,
        lane: Lane,
        parts: Parts,
        intake: &mut Intake,
    ) -> Result<(), Failure> {
        let keys = DomainId::keys(&self.place.id);
        let secret = match self.secret_for_writing(&domain, intake)? {
            _ if domain == keys => None,
            Some(secret) => Some(secret),
            None => {
                return Err(Failure::new(
                    FailureKind::NotAllowed,
                    format!("this device has no key for {}", self.settings().folder_name(&domain)),
                )
                .hint("synchronise with a member who may read it, then try again"));
            }
        };
        self.dirty = true;
        let (seq, prev) = self.own().next(&domain);
        let draft = Draft {
            project: self.place.id,
            domain,
            lane,
            incarnation: self.own().incarnation(),
            seq,
            prev,
            authority: self.cited_in(&domain),
        };
        let payload = Payload { salt: ambient::random(), parts, gained: self.own().gained(&domain) };
        let device = &self.place.identity.device;
        let envelope =
            Envelope::seal(draft, &payload, secret.as_ref(), device, &mut ambient::rng()).map_err(|error| {
                Failure::new(FailureKind::Invalid, format!("this cannot be written: {error}"))
                    .hint("do it in smaller parts")
            })?;
        let tip = envelope.tip();
        if intake.received.tips.iter().all(|written| written.tip.log != tip.log) {
            // A place of an own log is never written twice, and never after a gap.
            intake.batch.expect_tip(tip.log, self.own().newest(&domain));
        }
        let key = EnvelopeKey { domain, log: tip.log, seq, hash: tip.hash };
        intake.batch.put_envelope(key, prev, ambient::now(), &envelope.encode());
        self.state.wrote(domain, prev, tip, envelope.header.device);
        if domain == DomainId::authority(&self.place.id) {
            self.state.authority_log.take(&envelope);
        }
        intake.received.tips.push(DomainTip { domain, tip });
        intake.received.new += 1;
        Ok(())
    }

    pub(super) fn evaluate_authority(&mut self) {
        let authority = self.authority().with(self.state.statements.values());
        self.state.authority = Some(authority);
        self.state.barred.clear();
        self.state.current.clear();
        self.state.is_settled = false;
        self.state.authority_log.forget_frontier();
        self.scope.send_modify(|generation| *generation += 1);
    }
}

impl super::State {
    fn wrote(&mut self, domain: DomainId, prev: Hash, tip: enginus_envelope::Tip, device: enginus_model::DeviceId) {
        let tips = self.clock.entry(domain).or_default().entry(tip.log).or_default();
        tips.retain(|held| held.hash != prev);
        tips.insert(tip);
        self.devices.insert(tip.log, device);
        self.arrivals += 1;
        if let Some(own) = &mut self.own {
            own.wrote(domain, tip);
        }
    }
}

pub(crate) fn new_document_id() -> DocumentId {
    let (ms, random) = ambient::id_parts();
    DocumentId::new(ms, &random)
}

pub(crate) fn new_revision_id() -> RevisionId {
    let (ms, random) = ambient::id_parts();
    RevisionId::new(ms, &random)
}

pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| internal("writing a setting", error))
}
