//! Folders shown from a snapshot while their envelopes are still being fetched.
//!
//! A snapshot is somebody's word: it is sealed, so it comes from a member, but nothing in it is signed. So it is shown and nothing else:
//! it never enters the store or a shard, cannot be edited or exported, and goes as soon as the envelopes are here. What they say
//! counts.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use enginus_crdt::{DocumentRecord, MAX_FOREIGN_BYTES, Shard};
use enginus_envelope::{SnapshotKey, SnapshotPlace, Tip};
use enginus_model::{DeviceId, DocumentId, DomainId, Lane, LogId, ProjectId};
use enginus_query::{Author, DocumentRow, FolderView};
use enginus_store::Reader;
use enginus_sync::SnapshotOffer;

use super::offers::{Label, parts_of};
use super::projection::row_of;
use super::shards::records;
use super::{Project, State};
use crate::api::{Failure, FailureKind};

/// What the snapshots of a project that are shown may come to, unpacked: fifteen times what 100,000 plain documents come to.
const BYTES_MAX: u64 = 512 << 20;

/// A snapshot as it came from a peer.
#[cfg_attr(test, derive(Clone))]
pub(crate) struct SealedSnapshot {
    pub(crate) domain: DomainId,
    pub(crate) offer: SnapshotOffer,
    pub(crate) bytes: Vec<u8>,
}

/// What opens one snapshot. Opening takes its time and needs no lock.
pub(crate) struct SnapshotOpener {
    project: ProjectId,
    generation: u32,
    key: SnapshotKey,
    bytes_max: u64,
}

/// What a snapshot says.
pub(crate) struct OpenedSnapshot {
    domain: DomainId,
    generation: u32,
    bytes: u64,
    documents: Vec<DocumentRecord>,
    devices: BTreeMap<LogId, DeviceId>,
    covers: Vec<Tip>,
}

/// A folder as snapshots show it.
pub(super) struct Preview {
    generations: BTreeSet<u32>,
    bytes: u64,
    /// The rows of the snapshots, and those of the envelopes for every document that is not [`ahead`](Self::ahead).
    view: FolderView,
    /// Documents of which a snapshot says something that the envelopes here do not say yet.
    ahead: HashSet<DocumentId>,
    /// The newest entries that the snapshots include: once all are here, nothing of them is news.
    covers: BTreeSet<Tip>,
}

impl SnapshotOpener {
    /// Reads a snapshot; `None` where it is not what it should be. Whoever made it may be faulty or hostile.
    pub(crate) fn open(self, snapshot: SealedSnapshot) -> Option<OpenedSnapshot> {
        let SealedSnapshot { domain, offer, bytes } = snapshot;
        let place = SnapshotPlace { project: self.project, domain, label: &offer.label };
        let content = self.key.open(place, &bytes).ok()?;
        let (devices, saved) = parts_of(&domain, &content)?;
        let read = || {
            let (shard, bytes) = Shard::load_foreign(saved, self.bytes_max).ok()?;
            let expected = shard.id() == records(domain, self.generation);
            let documents = || shard.records(&shard.documents().collect());
            expected.then(|| (bytes, documents()))
        };
        let (bytes, documents) = catch_unwind(AssertUnwindSafe(read)).ok().flatten()?;
        let generation = self.generation;
        Some(OpenedSnapshot { domain, generation, bytes, documents, devices, covers: offer.covers })
    }
}

impl Preview {
    fn new(view: FolderView) -> Self {
        Self { generations: BTreeSet::new(), bytes: 0, view, ahead: HashSet::new(), covers: BTreeSet::new() }
    }

    pub(super) const fn view(&self) -> &FolderView {
        &self.view
    }

    /// A row that a snapshot says.
    fn foretold(&mut self, row: DocumentRow) {
        if !self.shows(&row) {
            self.ahead.insert(row.id);
            self.view.put(row);
        }
    }

    /// A row that the envelopes here say. It is shown, unless the snapshot is still ahead of it.
    pub(super) fn arrived(&mut self, row: DocumentRow) {
        if !self.ahead.contains(&row.id) {
            self.view.put(row);
        } else if self.shows(&row) {
            self.ahead.remove(&row.id);
        }
    }

    /// Whether this is what is shown; a clash of numbers is a matter of the other rows.
    fn shows(&self, row: &DocumentRow) -> bool {
        let shown = self.view.get(&row.id);
        shown.is_some_and(|shown| ***shown == DocumentRow { number_clash: shown.number_clash, ..row.clone() })
    }

    /// How many covered entries are not here yet.
    fn missing(&self, held: Option<&BTreeMap<LogId, BTreeSet<Tip>>>) -> u64 {
        let mut newest: BTreeMap<LogId, u64> = BTreeMap::new();
        for tip in &self.covers {
            let seq = newest.entry(tip.log).or_default();
            *seq = (*seq).max(tip.seq);
        }
        let here =
            |log| held.and_then(|logs| logs.get(log)).into_iter().flatten().map(|tip| tip.seq).max().unwrap_or(0);
        newest.iter().map(|(log, seq)| seq.saturating_sub(here(log))).fold(0, u64::saturating_add)
    }

    fn is_covered(&self, reader: &Reader) -> Result<bool, Failure> {
        all_held(self.covers.iter(), reader)
    }
}

fn all_held<'a>(mut tips: impl Iterator<Item = &'a Tip>, reader: &Reader) -> Result<bool, Failure> {
    tips.try_fold(true, |all, tip| Ok(all && reader.hashes_at(&tip.log, tip.seq)?.contains(&tip.hash)))
}

impl Project {
    /// What opens a snapshot; `None` where it is of no use: no folder that is read here, no key, or nothing new.
    pub(crate) fn snapshot_opener(&self, snapshot: &SealedSnapshot) -> Result<Option<SnapshotOpener>, Failure> {
        let domain = &snapshot.domain;
        let Some(label) = Label::decode(&snapshot.offer.label).filter(|label| label.lane == Lane::Records) else {
            return Ok(None);
        };
        let shown = self.state.previews.get(domain).is_some_and(|shown| shown.generations.contains(&label.generation));
        if shown
            || !self.state.settings.folders.contains_key(domain)
            || !self.authority().may_read(&self.device(), domain)
            || all_held(snapshot.offer.covers.iter(), &self.store.read()?)?
        {
            return Ok(None);
        }
        let used: u64 = self.state.previews.values().map(|preview| preview.bytes).sum();
        let bytes_max = BYTES_MAX.saturating_sub(used).min(MAX_FOREIGN_BYTES);
        let key = self.state.epochs.snapshot_key(domain, &label.epochs);
        let project = self.place.id;
        Ok(key.map(|key| SnapshotOpener { project, generation: label.generation, key, bytes_max }))
    }

    /// Shows a folder as a snapshot says it is, until its envelopes are here.
    pub(crate) fn take_preview(&mut self, opened: OpenedSnapshot) -> Result<(), Failure> {
        let OpenedSnapshot { domain, generation, bytes, documents, devices, covers } = opened;
        let mut pool = std::mem::take(&mut self.state.pool);
        let author = |log: &LogId| {
            let device = devices.get(log).copied().unwrap_or(DeviceId([0; 32]));
            Author { person: self.authority().author_of(&device), device }
        };
        let row = |document| row_of(domain, document, &mut pool, author);
        let rows: Vec<DocumentRow> = documents.into_iter().map(row).collect();
        self.state.pool = pool;
        let arrived = self.state.folders.get(&domain).cloned();
        let preview = self
            .state
            .previews
            .entry(domain)
            .or_insert_with(|| Preview::new(arrived.unwrap_or_else(|| FolderView::new(domain))));
        rows.into_iter().for_each(|row| preview.foretold(row));
        preview.generations.insert(generation);
        preview.bytes = preview.bytes.saturating_add(bytes);
        preview.covers.extend(covers);
        // The envelopes may have come from somebody else while the snapshot was being read.
        self.end_covered_previews()?;
        self.publish();
        Ok(())
    }

    /// Ends the previews of which everything is here.
    pub(super) fn end_covered_previews(&mut self) -> Result<(), Failure> {
        if self.state.previews.is_empty() {
            return Ok(());
        }
        let reader = self.store.read()?;
        let mut covered = Vec::new();
        for (domain, preview) in &self.state.previews {
            if preview.is_covered(&reader)? {
                covered.push(*domain);
            }
        }
        self.state.previews.retain(|domain, _| !covered.contains(domain));
        Ok(())
    }

    /// Ends every preview: another device was proved to hold what this one holds.
    pub(crate) fn end_previews(&mut self) {
        if !self.state.previews.is_empty() {
            self.state.previews.clear();
            self.publish();
        }
    }

    /// How many entries are missing of what a folder's preview shows; `None` where the folder is shown from its envelopes.
    pub(crate) fn arriving(&self, domain: &DomainId) -> Option<u64> {
        self.state.previews.get(domain).map(|preview| preview.missing(self.state.clock.get(domain)))
    }

    /// The same over all folders.
    pub(crate) fn arriving_entries(&self) -> Option<u64> {
        let folders = self.state.previews.keys().filter_map(|domain| self.arriving(domain));
        folders.reduce(u64::saturating_add)
    }

    /// Refuses what would rely on a document of which only a snapshot tells.
    pub(crate) fn require_arrived(&self, domain: &DomainId, document: &DocumentId) -> Result<(), Failure> {
        let ahead = self.state.previews.get(domain).filter(|preview| preview.ahead.contains(document));
        let Some(row) = ahead.and_then(|preview| preview.view.get(document)) else { return Ok(()) };
        Err(Failure::new(
            FailureKind::Conflict,
            format!(
                "{} is still arriving: it is shown from a snapshot, and its entries are not checked yet",
                row.number
            ),
        )
        .hint("try again in a moment; `enginus status` says how many entries are still to come"))
    }

    /// Refuses what would rely on a folder that is shown from a snapshot.
    pub(crate) fn require_whole(&self, domain: &DomainId) -> Result<(), Failure> {
        let Some(missing) = self.arriving(domain) else { return Ok(()) };
        let folder = self.settings().folder_name(domain);
        Err(Failure::new(
            FailureKind::Conflict,
            format!("{folder} is still arriving: it is shown from a snapshot, {missing} entries are not fetched and checked yet"),
        )
        .hint("wait until `enginus sync` says that it is in sync, then try again"))
    }
}

impl State {
    /// A folder's rows as they are shown.
    pub(super) fn shown(&self, domain: &DomainId) -> Option<&FolderView> {
        self.previews.get(domain).map(Preview::view).or_else(|| self.folders.get(domain))
    }
}
