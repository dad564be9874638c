//! Documents and entries as read out of a shard.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use automerge::iter::DocItem;
use automerge::{ObjId, ROOT, ReadDoc, ScalarValue, Value};
use enginus_model::{DocumentId, FileRef, Instant, LogId, RevisionId};

use crate::graph::Graph;
use crate::id::{document_key, revision_of};
use crate::layout::{
    CUSTOM, DOCS, ENTRIES, FILES, Field, NUMBER, PATH, REMOVAL, RemovalMark, RevisionField, TITLE, decode_files,
    decode_removal,
};

/// A document as the shard holds it. Equal on every device that holds the same changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRecord {
    /// Its id.
    pub id: DocumentId,
    /// The number as written.
    pub number: String,
    /// The title.
    pub title: String,
    /// The subfolder, `/` between names, empty at the top.
    pub path: String,
    /// Further columns by name; none is empty.
    pub fields: BTreeMap<String, String>,
    /// The log that added it, from the change itself.
    pub author: LogId,
    /// When it was added, as the author's clock said.
    pub at: Instant,
    /// Set while it is removed.
    pub removed: Option<Removal>,
    /// All revisions, in the order of their ids, which is the order in which they were made.
    pub revisions: Vec<RevisionRecord>,
    /// Concurrent edits that nobody has settled yet.
    pub conflicts: Vec<FieldConflict>,
}

/// One revision. Two people who revise offline make two, with one code and different ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionRecord {
    /// Its id.
    pub id: RevisionId,
    /// The code as written.
    pub code: String,
    /// The suitability; may be empty.
    pub status: String,
    /// Why it was added.
    pub reason: String,
    /// Its files, the primary one first; none while it is planned.
    pub files: Vec<FileRef>,
    /// The log that added it, from the change itself.
    pub author: LogId,
    /// When, as the author's clock said.
    pub at: Instant,
}

/// A removal, which can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// Why.
    pub reason: String,
    /// The log that removed it.
    pub author: LogId,
    /// When, as the author's clock said.
    pub at: Instant,
}

/// A field that was edited by several at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldConflict {
    /// Which.
    pub field: Field,
    /// What is shown meanwhile, the same on every device. For files: their names and digests.
    pub winner: String,
    /// Who wrote it.
    pub winner_author: LogId,
    /// What else was written.
    pub losers: Vec<Loser>,
}

/// A value that lost a concurrent edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loser {
    /// The value, shown as the winner is.
    pub value: String,
    /// Who wrote it.
    pub author: LogId,
}

/// One entry of a settings or directory shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRecord {
    /// Its key.
    pub key: String,
    /// Its value, JSON text by convention.
    pub value: String,
    /// The log that wrote the value.
    pub author: LogId,
    /// When, as the author's clock said.
    pub at: Instant,
    /// What others wrote at the same time.
    pub conflicts: Vec<Loser>,
}

/// One of the values that stand at a key: several after a concurrent edit.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) value: Held,
    pub(crate) made_by: ObjId,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Held {
    Map,
    Scalar(ScalarValue),
}

impl Held {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Scalar(ScalarValue::Str(text)) => text,
            _ => "",
        }
    }
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Scalar(ScalarValue::Bytes(bytes)) => bytes,
            _ => &[],
        }
    }
}

/// Operations in the library's own order: the later number wins, then the larger actor.
pub(crate) fn compare(a: &ObjId, b: &ObjId) -> Ordering {
    match (a, b) {
        (ObjId::Id(m, x, _), ObjId::Id(n, y, _)) => m.cmp(n).then_with(|| x.to_bytes().cmp(y.to_bytes())),
        (ObjId::Root, ObjId::Root) => Ordering::Equal,
        (ObjId::Root, _) => Ordering::Less,
        (_, ObjId::Root) => Ordering::Greater,
    }
}

/// All values that stand at `key` in any of `maps`, the winner first.
///
/// There is more than one map only when two people made the same document or revision at once: then it is read as one,
/// so that neither hides what the other wrote.
pub(crate) fn candidates<R: ReadDoc>(doc: &R, maps: &[ObjId], key: &str) -> Vec<Candidate> {
    let mut out: Vec<Candidate> = Vec::new();
    for map in maps {
        let values = doc.get_all(map, key).unwrap_or_default();
        out.extend(values.into_iter().map(|(value, made_by)| Candidate { value: held(value), made_by }));
    }
    out.sort_by(|a, b| compare(&b.made_by, &a.made_by));
    out
}

fn held(value: Value<'_>) -> Held {
    match value {
        Value::Object(_) => Held::Map,
        Value::Scalar(scalar) => Held::Scalar(scalar.into_owned()),
    }
}

/// The maps at `key`, the first made first.
pub(crate) fn maps_at<R: ReadDoc>(doc: &R, parents: &[ObjId], key: &str) -> Vec<ObjId> {
    let found = candidates(doc, parents, key);
    found.into_iter().rev().filter(|c| c.value == Held::Map).map(|c| c.made_by).collect()
}

/// The root map `name`.
pub(crate) fn root_map<R: ReadDoc>(doc: &R, name: &str) -> Option<ObjId> {
    doc.get(ROOT, name).ok().flatten().map(|(_, id)| id)
}

/// The map, or maps, of a document.
pub(crate) fn document_maps<R: ReadDoc>(doc: &R, id: &DocumentId) -> Vec<ObjId> {
    root_map(doc, DOCS).map(|docs| maps_at(doc, &[docs], &document_key(id))).unwrap_or_default()
}

/// A value as a conflict shows it and as [`Edit::SettleConflict`](crate::Edit::SettleConflict) names it.
pub(crate) fn shown(field: &Field, value: &Held) -> String {
    match field {
        Field::Removal => match decode_removal(value.bytes()) {
            Ok(RemovalMark { gone: true, reason }) => format!("removed: {reason}"),
            Ok(RemovalMark { gone: false, reason }) => format!("kept: {reason}"),
            Err(_) => String::new(),
        },
        Field::Revision(_, RevisionField::Files) => {
            let files = decode_files(value.bytes()).unwrap_or_default();
            let names: Vec<String> = files.iter().map(|f| format!("{} (sha256 {})", f.name, f.sha256)).collect();
            names.join(", ")
        }
        _ => value.text().into(),
    }
}

/// The order in which a field's values count. For a removal, a value that keeps the document goes first: of two people who disagree the
/// one who loses nothing prevails, until somebody settles it.
pub(crate) fn rank(field: &Field, candidates: &mut [Candidate]) {
    if *field == Field::Removal {
        candidates.sort_by_key(|c| decode_removal(c.value.bytes()).is_ok_and(|mark| mark.gone));
    }
}

/// Whether two people wrote the same: two removals at once agree, whatever their reasons.
fn agree(field: &Field, a: &Held, b: &Held) -> bool {
    match (field, decode_removal(a.bytes()), decode_removal(b.bytes())) {
        (Field::Removal, Ok(a), Ok(b)) => a.gone == b.gone,
        _ => a == b,
    }
}

/// Reads documents with their authors and times.
pub(crate) struct RecordReader<'a, R> {
    pub(crate) doc: &'a R,
    pub(crate) graph: &'a Graph,
    /// What was read in one pass, where many documents are wanted.
    pub(crate) pages: Pages,
}

/// Maps by id, each with its keys and the value that stands there; none of them in conflict.
pub(crate) type Pages = HashMap<ObjId, BTreeMap<String, Candidate>>;

/// Reads every map of a document in one pass, which costs a fraction of asking for them one by one. A map in which something is in
/// conflict is left out, since only the winners are passed by: it has to be asked for.
pub(crate) fn pages<R: ReadDoc>(doc: &R) -> Pages {
    let (mut pages, mut disputed) = (Pages::new(), HashSet::new());
    for item in doc.iter() {
        let DocItem::Map(value) = item.item else { continue };
        if value.conflict {
            disputed.insert((*item.obj).clone());
            continue;
        }
        let made_by = value.id();
        let keys = match pages.get_mut(&*item.obj) {
            Some(keys) => keys,
            None => pages.entry((*item.obj).clone()).or_default(),
        };
        keys.insert(value.key.into_owned(), Candidate { value: held(value.value.into()), made_by });
    }
    pages.retain(|map, _| !disputed.contains(map));
    pages
}

impl<R: ReadDoc> RecordReader<'_, R> {
    pub(crate) fn document(&self, id: &DocumentId) -> Option<DocumentRecord> {
        let maps = self.document_maps(id);
        let (author, at) = self.origin(maps.first()?);
        let mut record = DocumentRecord {
            id: *id,
            number: String::new(),
            title: String::new(),
            path: String::new(),
            fields: BTreeMap::new(),
            author,
            at,
            removed: None,
            revisions: Vec::new(),
            conflicts: Vec::new(),
        };
        for (key, values) in self.all_keys(&maps) {
            match key.as_str() {
                NUMBER => record.number = self.text(Field::Number, values, &mut record.conflicts),
                TITLE => record.title = self.text(Field::Title, values, &mut record.conflicts),
                PATH => record.path = self.text(Field::Path, values, &mut record.conflicts),
                REMOVAL => record.removed = self.removal(values, &mut record.conflicts),
                _ => {
                    if let Some(name) = key.strip_prefix(CUSTOM) {
                        let text = self.text(Field::Custom(name.into()), values, &mut record.conflicts);
                        if !text.is_empty() {
                            record.fields.insert(name.into(), text);
                        }
                    } else if let Some(revision) = revision_of(&key) {
                        let maps: Vec<ObjId> = values.into_iter().rev().map(|c| c.made_by).collect();
                        record.revisions.extend(self.revision(revision, &maps, &mut record.conflicts));
                    }
                }
            }
        }
        record.revisions.sort_by_key(|revision| revision.id);
        Some(record)
    }

    /// The map, or maps, of a document.
    fn document_maps(&self, id: &DocumentId) -> Vec<ObjId> {
        let docs = self.pages.get(&ROOT).and_then(|root| self.pages.get(&root.get(DOCS)?.made_by));
        match docs.and_then(|docs| docs.get(&document_key(id))) {
            Some(Candidate { value: Held::Map, made_by }) => vec![made_by.clone()],
            _ => document_maps(self.doc, id),
        }
    }

    fn revision(&self, id: RevisionId, maps: &[ObjId], conflicts: &mut Vec<FieldConflict>) -> Option<RevisionRecord> {
        let (author, at) = self.origin(maps.first()?);
        let mut keys = self.all_keys(maps);
        let mut text = |field: RevisionField| {
            let values = keys.remove(field.key()).unwrap_or_default();
            self.text(Field::Revision(id, field), values, conflicts)
        };
        let (code, status, reason) =
            (text(RevisionField::Code), text(RevisionField::Status), text(RevisionField::Reason));
        let mut files = keys.remove(FILES).unwrap_or_default();
        self.note_conflict(Field::Revision(id, RevisionField::Files), &mut files, conflicts);
        let files = files.first().and_then(|c| decode_files(c.value.bytes()).ok()).unwrap_or_default();
        Some(RevisionRecord { id, code, status, reason, files, author, at })
    }

    fn removal(&self, mut values: Vec<Candidate>, conflicts: &mut Vec<FieldConflict>) -> Option<Removal> {
        self.note_conflict(Field::Removal, &mut values, conflicts);
        let value = values.first()?;
        let mark = decode_removal(value.value.bytes()).ok()?;
        let (author, at) = self.origin(&value.made_by);
        mark.gone.then_some(Removal { reason: mark.reason, author, at })
    }

    pub(crate) fn entries(&self) -> Vec<EntryRecord> {
        let Some(map) = root_map(self.doc, ENTRIES) else { return Vec::new() };
        let all = self.all_keys(&[map]);
        all.into_iter().filter_map(|(key, values)| self.entry_of(key, values)).collect()
    }

    pub(crate) fn entry(&self, key: &str) -> Option<EntryRecord> {
        let map = root_map(self.doc, ENTRIES)?;
        self.entry_of(key.into(), candidates(self.doc, &[map], key))
    }

    fn entry_of(&self, key: String, values: Vec<Candidate>) -> Option<EntryRecord> {
        let (winner, losers) = values.split_first()?;
        let (author, at) = self.origin(&winner.made_by);
        let value = winner.value.text().to_owned();
        let losers = losers.iter().filter(|loser| loser.value.text() != value);
        let loser = |c: &Candidate| Loser { value: c.value.text().into(), author: self.origin(&c.made_by).0 };
        Some(EntryRecord { conflicts: losers.map(loser).collect(), key, value, author, at })
    }

    /// Every key of `maps` with all its values, the winner first.
    fn all_keys(&self, maps: &[ObjId]) -> BTreeMap<String, Vec<Candidate>> {
        if let [map] = maps
            && let Some(keys) = self.pages.get(map)
        {
            return keys.iter().map(|(key, value)| (key.clone(), vec![value.clone()])).collect();
        }
        let mut out: BTreeMap<String, Vec<Candidate>> = BTreeMap::new();
        for map in maps {
            for item in self.doc.map_range(map, ..) {
                let key = item.key.to_string();
                let values = out.entry(key.clone()).or_default();
                if maps.len() > 1 || item.conflict {
                    *values = candidates(self.doc, maps, &key);
                } else {
                    let made_by = item.id();
                    values.push(Candidate { value: held(item.value.into()), made_by });
                }
            }
        }
        out
    }

    fn text(&self, field: Field, mut values: Vec<Candidate>, conflicts: &mut Vec<FieldConflict>) -> String {
        self.note_conflict(field, &mut values, conflicts);
        values.first().map(|winner| winner.value.text().to_owned()).unwrap_or_default()
    }

    /// Puts the values in the order in which they count, and notes a conflict where they differ.
    fn note_conflict(&self, field: Field, values: &mut [Candidate], conflicts: &mut Vec<FieldConflict>) {
        if values.len() < 2 {
            return;
        }
        rank(&field, values);
        let Some((first, rest)) = values.split_first() else { return };
        let winner = shown(&field, &first.value);
        let mut losers: Vec<Loser> = Vec::new();
        for candidate in rest {
            if !agree(&field, &first.value, &candidate.value) {
                let value = shown(&field, &candidate.value);
                losers.push(Loser { value, author: self.origin(&candidate.made_by).0 });
            }
        }
        if !losers.is_empty() {
            conflicts.push(FieldConflict { winner, winner_author: self.origin(&first.made_by).0, losers, field });
        }
    }

    /// Who made an operation, and when: from the change that carries it.
    fn origin(&self, op: &ObjId) -> (LogId, Instant) {
        let found = match op {
            ObjId::Id(number, actor, _) => <[u8; 16]>::try_from(actor.to_bytes()).ok().map(|actor| {
                let at = self.graph.time_of(&actor, *number).unwrap_or_default();
                (self.graph.log_of(&actor), at)
            }),
            ObjId::Root => None,
        };
        // Every actor but the genesis's is bound: receiving, editing and loading make sure of it.
        let (log, at) = found.unwrap_or_default();
        (log.unwrap_or(LogId([0; 16])), Instant(at))
    }
}
