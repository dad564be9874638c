//! From Automerge documents to rows: what lists, logs and panels show, kept in the store beside the envelopes.

use std::collections::{BTreeMap, BTreeSet};

use enginus_crdt::{DocumentRecord, FieldConflict as Conflict, Removal as Removed, ShardId, Touched};
use enginus_model::{DocumentId, DomainId, LogId};
use enginus_query::{Author, DocumentRow, FieldConflict, FolderView, Pool, Removal, RevisionRow};
use enginus_store::Batch;
use serde::{Deserialize, Serialize};

mod stored;

pub(super) use stored::StoredRow;

use super::settings::{self, Settings};
use super::shards::records;
use super::{Project, State};
use crate::api::Failure;

const ROW_VERSION: u8 = 1;
/// Record kind of a projected entry: key = domain ‖ entry key.
pub(super) const ENTRY_RECORD: u8 = 1;

/// An entry of the settings or the directory as the store keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredEntry {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) author: Author,
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
        touched: BTreeMap<ShardId, Touched>,
        batch: &mut Batch,
    ) -> Result<(), Failure> {
        let (settings, directory) = (DomainId::settings(&self.place.id), DomainId::directory(&self.place.id));
        for (shard, touched) in touched {
            if shard.domain == settings || shard.domain == directory {
                self.project_entries(shard, batch)?;
                continue;
            }
            self.project_documents(shard, touched.documents, batch)?;
        }
        Ok(())
    }

    /// Where one id was used in two generations, which no honest device does, the older one is shown on every device.
    fn project_documents(
        &mut self,
        touched: ShardId,
        documents: impl IntoIterator<Item = DocumentId>,
        batch: &mut Batch,
    ) -> Result<(), Failure> {
        let domain = touched.domain;
        let mut generations: BTreeMap<u32, BTreeSet<DocumentId>> = BTreeMap::new();
        for id in documents {
            let known = self.state.places.get(&(domain, id)).copied();
            let generation = known.map_or(touched.generation, |known| known.min(touched.generation));
            generations.entry(generation).or_default().insert(id);
        }
        for (generation, ids) in generations {
            for record in self.open_shard(records(domain, generation))?.records(&ids) {
                self.project_document(domain, generation, record, batch);
            }
        }
        Ok(())
    }

    fn project_document(&mut self, domain: DomainId, generation: u32, record: DocumentRecord, batch: &mut Batch) {
        let id = record.id;
        let row = self.row_of(domain, record);
        if let Some(preview) = self.state.previews.get_mut(&domain) {
            preview.arrived(row.clone());
        }
        self.state.places.insert((domain, id), generation);
        let view = self.state.folders.entry(domain).or_insert_with(|| FolderView::new(domain));
        let changed = view.put(row);
        for row in changed {
            let generation = self.state.places.get(&(domain, row.id)).copied().unwrap_or(generation);
            batch.put_row(domain, row.id, &stored::encode(generation, &row));
        }
    }

    /// Entries are few: all of a domain's are projected together.
    fn project_entries(&mut self, shard: ShardId, batch: &mut Batch) -> Result<(), Failure> {
        let domain = shard.domain;
        let entries = self.open_shard(shard)?.entries();
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

    fn row_of(&mut self, domain: DomainId, record: DocumentRecord) -> DocumentRow {
        // Lent out meanwhile, since authors are looked up in the same state.
        let mut pool = std::mem::take(&mut self.state.pool);
        let row = row_of(domain, record, &mut pool, |log| self.state.author(log));
        self.state.pool = pool;
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
}

/// A document as it is listed and shown; `author` tells whose log is which.
pub(super) fn row_of(
    domain: DomainId,
    record: DocumentRecord,
    pool: &mut Pool,
    author: impl Fn(&LogId) -> Author,
) -> DocumentRow {
    let mut revisions = Vec::with_capacity(record.revisions.len());
    for revision in record.revisions {
        revisions.push(RevisionRow {
            id: revision.id,
            code: pool.text(&revision.code),
            status: pool.text(&revision.status),
            reason: pool.text(&revision.reason),
            files: revision.files,
            by: pool.author(author(&revision.author)),
            at: revision.at,
            in_conflict: false,
        });
    }
    let removal = |removal: Removed| Removal { reason: removal.reason, by: author(&removal.author), at: removal.at };
    let conflict = |conflict: Conflict| FieldConflict {
        field: conflict.field.to_string(),
        winner: conflict.winner,
        losers: conflict.losers.into_iter().map(|loser| (loser.value, author(&loser.author))).collect(),
    };
    let mut row = DocumentRow {
        id: record.id,
        domain,
        number: record.number,
        title: record.title,
        path: pool.text(&record.path),
        fields: record.fields.iter().map(|(name, value)| (pool.text(name), pool.text(value))).collect(),
        by: pool.author(author(&record.author)),
        at: record.at,
        removed: record.removed.map(removal).map(Box::new),
        revisions,
        conflicts: record.conflicts.into_iter().map(conflict).collect(),
        number_clash: false,
    };
    row.finish();
    row
}

pub(super) fn entry_key(domain: &DomainId, key: &str) -> Vec<u8> {
    let mut bytes = domain.as_bytes().to_vec();
    bytes.extend_from_slice(key.as_bytes());
    bytes
}
