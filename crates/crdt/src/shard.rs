//! One shard: its document, the index of its changes, and the edits that wait for the disk.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjType, ROOT, ReadDoc};
use enginus_envelope::ShardChanges;
use enginus_model::{DocumentId, Hash, Instant, LogId};

use crate::change::{parse_own, to_envelope};
use crate::edit::{Edit, EditError, Editor};
use crate::graph::Graph;
use crate::history::{actor_of, graph_of, index_of, push};
use crate::id::{Actor, ShardId, document_of, hash_of};
use crate::layout::{DOCS, ENTRIES};
use crate::limits::{
    MAX_CHANGE_BYTES, MAX_EDITS, MAX_OP_NUMBER, MAX_OPS_PER_CHANGE, MAX_TIME_MS, MIN_TIME_MS, SHARD_CHANGE_LIMIT,
    SHARD_ROW_LIMIT,
};
use crate::prevalidate::{Index, Touched};
use crate::quarantine::Quarantine;
use crate::record::{DocumentRecord, EntryRecord, Pages, RecordReader, pages, root_map};

/// Asking for a document by itself costs about as much as passing by so many.
const ONE_PASS: usize = 8;

/// One (domain, lane, generation): documents or entries, mergeable.
///
/// It is a cache of the envelopes: whatever it holds can be had again by receiving all of them into a new one.
#[derive(Debug, Clone)]
pub struct Shard {
    pub(crate) id: ShardId,
    pub(crate) doc: Automerge,
    pub(crate) graph: Known,
    pub(crate) rows: usize,
    /// Where to go back to while edits wait for the disk.
    undo: Option<Undo>,
    next_edit: u64,
}

/// What is known of the changes. The full index is needed to receive only, so it is built then.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    Changes(Graph),
    Places(Box<Index>),
}

impl Known {
    pub(crate) fn graph(&self) -> &Graph {
        match self {
            Self::Changes(graph) => graph,
            Self::Places(index) => &index.graph,
        }
    }
}

/// The document before the first edit that is not confirmed, and every change since.
#[derive(Debug, Clone)]
struct Undo {
    before: Automerge,
    since: Vec<Since>,
}

#[derive(Debug, Clone)]
struct Since {
    change: Change,
    /// What it concerns; of local edits only.
    touched: Touched,
    /// The edit it belongs to while that is not confirmed.
    pending: Option<EditId>,
}

/// Names a local edit until it is confirmed or undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EditId(u64);

/// A local edit that is in the shard but not yet durable.
///
/// Put `changes` into an envelope, store it, then [`Shard::confirm`]; if storing failed, [`Shard::undo`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an edit must be confirmed once it is durable, or undone"]
pub struct PendingEdit {
    /// Its name.
    pub id: EditId,
    /// What the envelope carries.
    pub changes: ShardChanges,
    /// What it concerns: read these again to update what is shown.
    pub touched: Touched,
}

impl Shard {
    /// The empty shard: the same bytes, and so the same past, on every device.
    #[must_use]
    pub fn new(id: ShardId) -> Self {
        let (doc, change) = genesis(id);
        let graph = match change {
            Some(change) => Known::Places(Box::new(Index::genesis(&change))),
            None => Known::Changes(Graph::default()),
        };
        Self { id, doc, graph, rows: 0, undo: None, next_edit: 0 }
    }

    /// Puts a loaded document into place; its graph was checked.
    pub(crate) fn assemble(id: ShardId, doc: Automerge, graph: Graph) -> Self {
        let rows = count_rows(&doc);
        Self { id, doc, graph: Known::Changes(graph), rows, undo: None, next_edit: 0 }
    }

    /// Which shard this is.
    #[must_use]
    pub const fn id(&self) -> ShardId {
        self.id
    }

    /// The newest changes: equal on two devices exactly when they hold the same ones. Sorted.
    #[must_use]
    pub fn heads(&self) -> Vec<Hash> {
        self.doc.get_heads().iter().map(hash_of).collect()
    }

    /// How many changes it holds, the genesis not counted.
    #[must_use]
    pub fn change_count(&self) -> usize {
        self.graph.graph().len().saturating_sub(1)
    }

    /// How many documents and entries it holds, removed ones included.
    #[must_use]
    pub const fn row_count(&self) -> usize {
        self.rows
    }

    /// Whether new rows belong into the next generation. Edits of the rows here, and changes received, are taken as before.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows >= SHARD_ROW_LIMIT || self.change_count() >= SHARD_CHANGE_LIMIT
    }

    /// Whether the change is here.
    #[must_use]
    pub fn contains(&self, change: &Hash) -> bool {
        self.graph.graph().contains(change)
    }

    /// A document, or `None` when it is not in this shard.
    #[must_use]
    pub fn document(&self, id: &DocumentId) -> Option<DocumentRecord> {
        self.reader().document(id)
    }

    /// Those of these documents that are in this shard. Many are read in one pass.
    #[must_use]
    pub fn records(&self, ids: &BTreeSet<DocumentId>) -> Vec<DocumentRecord> {
        let mut reader = self.reader();
        if ids.len() * ONE_PASS >= self.rows {
            reader.pages = pages(&self.doc);
        }
        ids.iter().filter_map(|id| reader.document(id)).collect()
    }

    /// The ids of all documents, removed ones included, in order of creation.
    pub fn documents(&self) -> impl Iterator<Item = DocumentId> {
        let mut ids: Vec<DocumentId> = root_map(&self.doc, DOCS)
            .map(|docs| self.doc.keys(&docs).filter_map(|key| document_of(&key)).collect())
            .unwrap_or_default();
        ids.sort_unstable();
        ids.into_iter()
    }

    /// All entries of a settings or directory shard, by key.
    #[must_use]
    pub fn entries(&self) -> Vec<EntryRecord> {
        self.reader().entries()
    }

    /// One entry.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<EntryRecord> {
        self.reader().entry(key)
    }

    fn reader(&self) -> RecordReader<'_, Automerge> {
        RecordReader { doc: &self.doc, graph: self.graph.graph(), pages: Pages::new() }
    }

    /// Does what a person did, as one change of `log`. `actor` comes from [`ShardId::actor`], fresh at every process start.
    ///
    /// The edit shows at once, and must be [confirmed](Self::confirm) when its envelope is durable or [undone](Self::undo) when it is not.
    ///
    /// # Errors
    /// When any of the edits is impossible; then none of them was done.
    pub fn edit(&mut self, actor: Actor, log: LogId, at: Instant, edits: &[Edit]) -> Result<PendingEdit, EditError> {
        if edits.is_empty() {
            return Err(EditError::Empty);
        }
        if edits.len() > MAX_EDITS {
            return Err(EditError::TooMany { count: edits.len() });
        }
        if !self.id.is_actor_of(&log, &actor) {
            return Err(EditError::ForeignActor);
        }
        let before = self.doc.clone();
        let previous = self.graph.graph().change_of(&actor, self.graph.graph().last_seq(&actor));
        let (mut change, touched) = match self.write(actor, at, edits) {
            Ok(done) => done,
            Err(error) => {
                self.doc = before;
                return Err(error);
            }
        };
        let id = EditId(self.next_edit);
        self.next_edit += 1;
        self.remember(&change, log);
        self.rows = count_rows(&self.doc);
        let bytes = to_envelope(&mut change);
        let undo = self.undo.get_or_insert_with(|| Undo { before, since: Vec::new() });
        undo.since.push(Since { change, touched: touched.clone(), pending: Some(id) });
        let changes = ShardChanges { generation: self.id.generation, actor, previous, changes: vec![bytes] };
        Ok(PendingEdit { id, changes, touched })
    }

    /// Runs one transaction. On an error the document is in an undefined state and the caller puts the old one back.
    fn write(&mut self, actor: Actor, at: Instant, edits: &[Edit]) -> Result<(Change, Touched), EditError> {
        self.doc.set_actor(ActorId::from(actor));
        let mut tx = self.doc.transaction();
        let mut editor = Editor { tx: &mut tx, touched: Touched::default() };
        for edit in edits {
            editor.apply(edit)?;
        }
        let touched = editor.touched;
        if tx.pending_ops() > MAX_OPS_PER_CHANGE {
            return Err(EditError::TooMany { count: edits.len() });
        }
        let at = at.0.clamp(MIN_TIME_MS, MAX_TIME_MS);
        let (hash, _) = tx.commit_with(CommitOptions::default().with_time(at));
        let hash = hash.ok_or(EditError::NothingChanges)?;
        let change =
            self.doc.get_change_by_hash(&hash).ok_or_else(|| EditError::Refused("the change is missing".into()))?;
        if change.max_op() > MAX_OP_NUMBER {
            return Err(EditError::Exhausted);
        }
        if change.raw_bytes().len() > MAX_CHANGE_BYTES {
            return Err(EditError::TooMany { count: edits.len() });
        }
        Ok((change, touched))
    }

    /// Adds a change that the document already holds to what is known.
    fn remember(&mut self, change: &Change, log: LogId) {
        if let Known::Places(index) = &mut self.graph {
            let admitted = parse_own(change.clone()).is_ok_and(|parsed| index.admit(log, &parsed).is_ok());
            debug_assert!(admitted, "a local change must pass the gate that every device holds it to");
            if admitted {
                return;
            }
            self.graph = Known::Changes(std::mem::take(&mut index.graph));
        }
        if let Known::Changes(graph) = &mut self.graph {
            let bindings = [(actor_of(change.actor_id()), log)].into_iter().collect();
            if let Some(meta) = self.doc.get_change_meta_by_hash(&change.hash()) {
                push(graph, &meta, &bindings);
            }
        }
    }

    /// Reads the graph anew from the document; who owns which actor stays known.
    fn rebuild_graph(&mut self) {
        let bindings: HashMap<Actor, LogId> = self.graph.graph().bindings().collect();
        self.graph = Known::Changes(graph_of(&self.doc, &bindings));
    }

    /// The index that the gate needs; built from the document the first time, which checks every change in it.
    pub(crate) fn index(&mut self) -> Result<&mut Index, Quarantine> {
        if let Known::Changes(graph) = &self.graph {
            let index = index_of(&self.doc, graph)?;
            self.graph = Known::Places(Box::new(index));
        }
        match &mut self.graph {
            Known::Places(index) => Ok(index),
            Known::Changes(_) => Err(Quarantine::Refused("the shard has no index".into())),
        }
    }

    /// The document without the edits that are not confirmed.
    pub(crate) fn confirmed(&self) -> Cow<'_, Automerge> {
        match &self.undo {
            None => Cow::Borrowed(&self.doc),
            Some(undo) => Cow::Owned(undo.replay(|since| since.pending.is_none())),
        }
    }

    /// Takes over a document into which received changes were applied.
    pub(crate) fn advance(&mut self, doc: Automerge, received: Vec<Change>) {
        self.doc = doc;
        self.rows = count_rows(&self.doc);
        if let Some(undo) = &mut self.undo {
            let since = |change| Since { change, touched: Touched::default(), pending: None };
            undo.since.extend(received.into_iter().map(since));
        }
    }

    /// Says that the edit is durable. Unknown ids, such as those of edits undone meanwhile, are ignored.
    pub fn confirm(&mut self, edit: EditId) {
        let Some(undo) = &mut self.undo else { return };
        for since in &mut undo.since {
            if since.pending == Some(edit) {
                since.pending = None;
            }
        }
        if undo.since.iter().all(|since| since.pending.is_none()) {
            self.undo = None;
        }
    }

    /// Takes back an edit that could not be stored, and every later one that is not confirmed, since those build on it.
    /// Returns what to read again. What was received meanwhile stays.
    pub fn undo(&mut self, edit: EditId) -> Touched {
        let Some(mut undo) = self.undo.take() else { return Touched::default() };
        if !undo.since.iter().any(|since| since.pending == Some(edit)) {
            self.undo = Some(undo);
            return Touched::default();
        }
        let mut touched = Touched::default();
        undo.since.retain(|since| {
            let keep = since.pending.is_none_or(|pending| pending < edit);
            if !keep {
                touched.extend(since.touched.clone());
            }
            keep
        });
        self.doc = undo.replay(|_| true);
        self.rebuild_graph();
        self.rows = count_rows(&self.doc);
        if undo.since.iter().any(|since| since.pending.is_some()) {
            self.undo = Some(undo);
        }
        touched
    }

    /// Whether an edit waits to be confirmed.
    #[must_use]
    pub const fn has_pending(&self) -> bool {
        self.undo.is_some()
    }
}

impl Undo {
    /// The document with those of the later changes that `keep` names, in their order.
    fn replay(&self, keep: impl Fn(&Since) -> bool) -> Automerge {
        let mut doc = self.before.clone();
        let changes: Vec<Change> =
            self.since.iter().filter(|since| keep(since)).map(|since| since.change.clone()).collect();
        // They were all applied once, and none builds on one that is left out: an edit leaves the device after it is confirmed.
        let applied = doc.apply_changes(changes);
        debug_assert!(applied.is_ok());
        doc
    }
}

/// The empty root and the change that made it.
pub(crate) fn genesis(id: ShardId) -> (Automerge, Option<Change>) {
    let mut doc = Automerge::new().with_actor(ActorId::from(id.genesis_actor()));
    let mut tx = doc.transaction();
    // Writing to a root that is there cannot fail; were it to, the shard would have no root and refuse every edit.
    let _ = tx.put_object(ROOT, DOCS, ObjType::Map);
    let _ = tx.put_object(ROOT, ENTRIES, ObjType::Map);
    let _ = tx.commit_with(CommitOptions::default().with_time(0));
    let change = doc.get_last_local_change();
    (doc, change)
}

fn count_rows(doc: &Automerge) -> usize {
    [DOCS, ENTRIES].iter().filter_map(|name| root_map(doc, name)).map(|map| doc.length(&map)).sum()
}
