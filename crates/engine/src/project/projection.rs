//! From Automerge documents to rows: what lists, logs and panels show, kept in the store beside the envelopes.

use std::collections::BTreeMap;
use std::sync::Arc;

use enginus_crdt::{DocumentRecord, Touched};
use enginus_model::{DocumentId, DomainId, Lane, LogId};
use enginus_query::{Author, DocumentRow, FieldConflict, FolderView, Removal, RevisionRow, ViewRow};
use enginus_store::Batch;
use serde::{Deserialize, Serialize};

use super::settings::{self, Settings};
use super::shards::records;
use super::{Project, State, internal};
use crate::api::Failure;

const ROW_VERSION: u8 = 1;
/// Record kind of a projected entry: key = domain ‖ entry key.
pub(super) const ENTRY_RECORD: u8 = 1;

/// A row as the store keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredRow {
    pub(super) generation: u32,
    pub(super) row: DocumentRow,
}

/// An entry of the settings or the directory as the store keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredEntry {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) author: Author,
}

impl StoredRow {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![ROW_VERSION];
        bytes.extend(postcard::to_allocvec(self).unwrap_or_default());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Failure> {
        match bytes.split_first() {
            Some((&ROW_VERSION, body)) => {
                postcard::from_bytes(body).map_err(|error| internal("reading the register's cache", error))
            }
            _ => Err(internal("reading the register's cache", "it was written by another version")),
        }
    }
}

impl StoredEntry {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![ROW_VERSION];
        bytes.extend(postcard::to_allocvec(self).unwrap_or_default());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first() {
            Some((&ROW_VERSION, body)) => postcard::from_bytes(body).ok(),
            _ => None,
        }
    }
}

impl Project {
    /// Projects the documents that a batch touched, and puts the rows into the same transaction.
    pub(super) fn project_rows(
        &mut self,
        touched: BTreeMap<DomainId, Touched>,
        batch: &mut Batch,
    ) -> Result<(), Failure> {
        let (settings, directory) = (DomainId::settings(&self.place.id), DomainId::directory(&self.place.id));
        for (domain, touched) in touched {
            if domain == settings || domain == directory {
                self.project_entries(domain, batch)?;
                continue;
            }
            for document in touched.documents {
                self.project_document(domain, document, batch)?;
            }
        }
        Ok(())
    }

    fn project_document(&mut self, domain: DomainId, id: DocumentId, batch: &mut Batch) -> Result<(), Failure> {
        let known = self.state.places.get(&id).map(|(_, generation)| *generation);
        let newest = self.state.shards.newest_generation(&domain, Lane::Records);
        let candidates = known.into_iter().chain((0..=newest).rev());
        for generation in candidates {
            let Some(record) = self.open_shard(records(domain, generation))?.document(&id) else { continue };
            let row = self.row_of(domain, record);
            self.state.places.insert(id, (domain, generation));
            let view = self.state.folders.entry(domain).or_insert_with(|| FolderView::new(domain));
            let changed = view.put(row);
            for row in changed {
                let generation = self.state.places.get(&row.id).map_or(generation, |(_, generation)| *generation);
                batch.put_row(domain, row.id, &StoredRow { generation, row: DocumentRow::clone(&row) }.encode());
            }
            return Ok(());
        }
        Ok(())
    }

    /// Entries are few: all of a domain's are projected together.
    fn project_entries(&mut self, domain: DomainId, batch: &mut Batch) -> Result<(), Failure> {
        let mut entries = Vec::new();
        for generation in 0..=self.state.shards.newest_generation(&domain, Lane::Records) {
            let found = self.open_shard(records(domain, generation))?.entries();
            entries.extend(found);
        }
        for entry in &entries {
            let stored = StoredEntry {
                key: entry.key.clone(),
                value: entry.value.clone(),
                author: self.state.author(&entry.author),
            };
            batch.put_record(ENTRY_RECORD, &entry_key(&domain, &entry.key), &stored.encode());
        }
        let stored: Vec<StoredEntry> = entries
            .into_iter()
            .map(|entry| StoredEntry { author: self.state.author(&entry.author), key: entry.key, value: entry.value })
            .collect();
        self.state.take_entries(&domain, &self.place.id, &stored);
        Ok(())
    }

    fn row_of(&self, domain: DomainId, record: DocumentRecord) -> DocumentRow {
        let state = &self.state;
        let author = |log: &LogId| state.author(log);
        let revisions = record
            .revisions
            .into_iter()
            .map(|revision| RevisionRow {
                id: revision.id,
                code: revision.code,
                status: revision.status,
                reason: revision.reason,
                files: revision.files,
                by: author(&revision.author),
                at: revision.at,
                in_conflict: false,
            })
            .collect();
        let mut row = DocumentRow {
            id: record.id,
            domain,
            number: record.number,
            title: record.title,
            path: record.path,
            fields: record.fields,
            by: author(&record.author),
            at: record.at,
            removed: record.removed.map(|removal| Removal {
                reason: removal.reason,
                by: author(&removal.author),
                at: removal.at,
            }),
            revisions,
            conflicts: record
                .conflicts
                .into_iter()
                .map(|conflict| FieldConflict {
                    field: conflict.field.to_string(),
                    winner: conflict.winner,
                    losers: conflict.losers.into_iter().map(|loser| (loser.value, author(&loser.author))).collect(),
                })
                .collect(),
            number_clash: false,
        };
        row.finish();
        row
    }
}

impl State {
    /// Who wrote what a log carries.
    pub(super) fn author(&self, log: &LogId) -> Author {
        let device = self.devices.get(log).copied().unwrap_or(enginus_model::DeviceId([0; 32]));
        Author { person: self.authority.as_ref().and_then(|authority| authority.author_of(&device)), device }
    }

    /// Takes the entries of the settings or the directory over.
    pub(super) fn take_entries(
        &mut self,
        domain: &DomainId,
        project: &enginus_model::ProjectId,
        entries: &[StoredEntry],
    ) {
        if *domain == DomainId::settings(project) {
            self.settings = Settings::read(entries.iter().map(|entry| (entry.key.as_str(), entry.value.as_str())));
            for folder in self.settings.folders.keys() {
                self.folders.entry(*folder).or_insert_with(|| FolderView::new(*folder));
            }
        } else {
            self.directory = settings::read_directory(
                entries.iter().map(|entry| (entry.key.as_str(), entry.value.as_str(), entry.author.person)),
            );
        }
    }

    pub(super) fn row(&self, id: &DocumentId) -> Option<&Arc<ViewRow>> {
        let (domain, _) = self.places.get(id)?;
        self.folders.get(domain)?.get(id)
    }
}

pub(super) fn entry_key(domain: &DomainId, key: &str) -> Vec<u8> {
    let mut bytes = domain.as_bytes().to_vec();
    bytes.extend_from_slice(key.as_bytes());
    bytes
}
