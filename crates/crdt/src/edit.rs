//! Local edits: what a person did, as operations of one change.

use std::collections::{BTreeMap, HashMap};

use automerge::hydrate::Value;
use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ScalarValue};
use enginus_model::{DocumentId, FileRef, RevisionId};

use crate::id::{document_key, revision_key};
use crate::layout::{
    CUSTOM, DOCS, ENTRIES, FILES, Field, NUMBER, PATH, REMOVAL, RemovalMark, RevisionField, TITLE, decode_removal,
    encode_files, encode_removal,
};
use crate::limits::{
    MAX_EDITS, MAX_ENTRY_KEY_BYTES, MAX_ENTRY_VALUE_BYTES, MAX_FIELD_NAME_BYTES, MAX_FILE_NAME_BYTES, MAX_FILES,
    MAX_TEXT_BYTES,
};
use crate::prevalidate::Touched;
use crate::record::{Held, candidates, document_maps, maps_at, rank, root_map, shown};

/// One thing a person did. A list of them becomes one change, whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Adds a document.
    AddDocument {
        /// Its id, fresh.
        id: DocumentId,
        /// The number as written.
        number: String,
        /// The title.
        title: String,
        /// The subfolder, empty at the top.
        path: String,
        /// Further columns by name.
        fields: BTreeMap<String, String>,
        /// Its first revision; `None` while the document is only planned.
        revision: Option<NewRevision>,
    },
    /// Adds a revision.
    AddRevision {
        /// To which document.
        document: DocumentId,
        /// The revision.
        revision: NewRevision,
    },
    /// Writes a text field: of the document, or code, status or reason of a revision. An empty value clears it.
    SetField {
        /// Of which document.
        document: DocumentId,
        /// Which field.
        field: Field,
        /// The new value.
        value: String,
    },
    /// Writes a revision's files: those of a planned one, or a correction.
    SetFiles {
        /// Of which document.
        document: DocumentId,
        /// Of which revision.
        revision: RevisionId,
        /// The files, the primary one first.
        files: Vec<FileRef>,
    },
    /// Removes a document; it can be restored.
    Remove {
        /// Which.
        document: DocumentId,
        /// Why.
        reason: String,
    },
    /// Brings a removed document back.
    Restore {
        /// Which.
        document: DocumentId,
        /// Why.
        reason: String,
    },
    /// Ends a conflict: keeps one of the values shown.
    SettleConflict {
        /// Of which document.
        document: DocumentId,
        /// Which field.
        field: Field,
        /// The value to keep, as the conflict shows it.
        keep: String,
    },
    /// Writes an entry of a settings or directory shard; also ends a conflict there.
    SetEntry {
        /// Its key.
        key: String,
        /// Its value, JSON text by convention.
        value: String,
    },
}

/// A revision to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevision {
    /// Its id, fresh.
    pub id: RevisionId,
    /// The code as written.
    pub code: String,
    /// The suitability; may be empty.
    pub status: String,
    /// Why it is added.
    pub reason: String,
    /// Its files, the primary one first; none while it is planned.
    pub files: Vec<FileRef>,
}

/// Why an edit was refused. Nothing of its list was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The list is empty.
    #[error("there is nothing to do: the list of edits is empty")]
    Empty,
    /// The list is too long for one change.
    #[error("{count} edits are too many for one change; split them into lists of at most {MAX_EDITS}")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// Everything is as it should become.
    #[error("nothing would change: every value is already the one given")]
    NothingChanges,
    /// A text is too long.
    #[error("{field} is {found} bytes long; at most {limit} are possible, shorten it")]
    TooLong {
        /// Which text.
        field: String,
        /// Its length in bytes.
        found: usize,
        /// The most there may be.
        limit: usize,
    },
    /// A revision has too many files.
    #[error(
        "a revision can have at most {MAX_FILES} files, not {found}; put them into one archive or several documents"
    )]
    TooManyFiles {
        /// How many were given.
        found: usize,
    },
    /// A further column has no name.
    #[error("a further column needs a name")]
    NamelessField,
    /// An entry has no key.
    #[error("an entry needs a key")]
    NamelessEntry,
    /// No such document in this shard.
    #[error("document {0} is not in this shard")]
    NoSuchDocument(DocumentId),
    /// No such revision in the document.
    #[error("document {0} has no revision {1}")]
    NoSuchRevision(DocumentId, RevisionId),
    /// A document with this id is there already.
    #[error("document {0} exists already; add a revision to it, or use a fresh id")]
    DocumentExists(DocumentId),
    /// A revision with this id is there already.
    #[error("revision {1} of document {0} exists already; use a fresh id")]
    RevisionExists(DocumentId, RevisionId),
    /// It is removed already.
    #[error("document {0} is already removed")]
    AlreadyRemoved(DocumentId),
    /// It is not removed.
    #[error("document {0} is not removed, so there is nothing to restore")]
    NotRemoved(DocumentId),
    /// This field is not written as a text.
    #[error("{0} cannot be set as a text; use the remove, restore or files edit")]
    NotAText(Field),
    /// The value to keep is none of those in conflict.
    #[error("{field} has no conflicting value \"{keep}\"; look at the document again, or set the field instead")]
    NoSuchConflict {
        /// Which field.
        field: Field,
        /// What was to be kept.
        keep: String,
    },
    /// The actor was not made for this log and shard.
    #[error("the actor does not belong to this log and shard; make one with ShardId::actor")]
    ForeignActor,
    /// The shard's operation numbers are used up.
    #[error("this shard cannot take any more changes; open the next generation")]
    Exhausted,
    /// The document library refused: a defect.
    #[error("the document library refused the edit: {0}")]
    Refused(String),
}

impl From<AutomergeError> for EditError {
    fn from(error: AutomergeError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Writes edits into an open transaction.
pub(crate) struct Editor<'a, T> {
    pub(crate) tx: &'a mut T,
    pub(crate) touched: Touched,
}

impl<T: Transactable> Editor<'_, T> {
    pub(crate) fn apply(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::AddDocument { id, number, title, path, fields, revision } => {
                let text = [(Field::Number, NUMBER, number), (Field::Title, TITLE, title), (Field::Path, PATH, path)];
                self.add_document(id, text, fields, revision.as_ref())
            }
            Edit::AddRevision { document, revision } => self.add_revision(document, revision),
            Edit::SetField { document, field, value } => self.set_field(document, field, value),
            Edit::SetFiles { document, revision, files } => {
                check_files(files)?;
                let maps = self.revision_maps(document, revision)?;
                self.write(&maps, FILES, ScalarValue::Bytes(encode_files(files)))
            }
            Edit::Remove { document, reason } => self.mark(document, true, reason),
            Edit::Restore { document, reason } => self.mark(document, false, reason),
            Edit::SettleConflict { document, field, keep } => self.settle(document, field, keep),
            Edit::SetEntry { key, value } => self.set_entry(key, value),
        }
    }

    /// The document's maps, the first made first; never empty.
    fn maps(&mut self, document: &DocumentId) -> Result<Vec<ObjId>, EditError> {
        let maps = document_maps(self.tx, document);
        if maps.is_empty() {
            return Err(EditError::NoSuchDocument(*document));
        }
        self.touched.documents.insert(*document);
        Ok(maps)
    }

    /// The revision's maps, the first made first; never empty.
    fn revision_maps(&mut self, document: &DocumentId, revision: &RevisionId) -> Result<Vec<ObjId>, EditError> {
        let parents = self.maps(document)?;
        let maps = maps_at(self.tx, &parents, &revision_key(revision));
        if maps.is_empty() { Err(EditError::NoSuchRevision(*document, *revision)) } else { Ok(maps) }
    }

    fn add_document(
        &mut self,
        id: &DocumentId,
        texts: [(Field, &str, &String); 3],
        fields: &BTreeMap<String, String>,
        revision: Option<&NewRevision>,
    ) -> Result<(), EditError> {
        let mut map = HashMap::new();
        for (field, key, value) in &texts {
            check_len(field, value, field.limit())?;
            put_text(&mut map, key, value);
        }
        for (name, value) in fields {
            check_custom(name, value)?;
            put_text(&mut map, &format!("{CUSTOM}{name}"), value);
        }
        if let Some(revision) = revision {
            map.insert(revision_key(&revision.id), revision_map(revision)?);
        }
        let docs = root_map(self.tx, DOCS).ok_or_else(|| EditError::Refused("the shard has no root".into()))?;
        let key = document_key(id);
        if self.tx.get(&docs, key.as_str())?.is_some() {
            return Err(EditError::DocumentExists(*id));
        }
        self.tx.batch_create_object(&docs, key, &Value::Map(map.into()), false)?;
        self.touched.documents.insert(*id);
        Ok(())
    }

    fn add_revision(&mut self, document: &DocumentId, revision: &NewRevision) -> Result<(), EditError> {
        let made = revision_map(revision)?;
        let maps = self.maps(document)?;
        let key = revision_key(&revision.id);
        if !maps_at(self.tx, &maps, &key).is_empty() {
            return Err(EditError::RevisionExists(*document, revision.id));
        }
        if let Some(first) = maps.first() {
            self.tx.batch_create_object(first, key, &made, false)?;
        }
        Ok(())
    }

    fn set_field(&mut self, document: &DocumentId, field: &Field, value: &str) -> Result<(), EditError> {
        match field {
            Field::Removal | Field::Revision(_, RevisionField::Files) => {
                return Err(EditError::NotAText(field.clone()));
            }
            Field::Custom(name) => check_custom(name, value)?,
            _ => check_len(field, value, field.limit())?,
        }
        let maps = self.maps_of_field(document, field)?;
        let key = field.key();
        if value.is_empty() && candidates(self.tx, &maps, &key).is_empty() {
            return Ok(());
        }
        self.write(&maps, &key, value.into())
    }

    fn maps_of_field(&mut self, document: &DocumentId, field: &Field) -> Result<Vec<ObjId>, EditError> {
        match field {
            Field::Revision(revision, _) => self.revision_maps(document, revision),
            _ => self.maps(document),
        }
    }

    /// Makes `value` the only one at `key`. Where two people made the same map at once, it stands in the first and nowhere else.
    fn write(&mut self, maps: &[ObjId], key: &str, value: ScalarValue) -> Result<(), EditError> {
        let Some((first, others)) = maps.split_first() else { return Ok(()) };
        self.tx.put(first, key, value)?;
        for other in others {
            if self.tx.get(other, key)?.is_some() {
                self.tx.delete(other, key)?;
            }
        }
        Ok(())
    }

    fn mark(&mut self, document: &DocumentId, gone: bool, reason: &str) -> Result<(), EditError> {
        check_len("the reason", reason, MAX_TEXT_BYTES)?;
        let maps = self.maps(document)?;
        let mut values = candidates(self.tx, &maps, REMOVAL);
        rank(&Field::Removal, &mut values);
        let is_gone = values.first().is_some_and(|c| match &c.value {
            Held::Scalar(ScalarValue::Bytes(bytes)) => decode_removal(bytes).is_ok_and(|mark| mark.gone),
            _ => false,
        });
        match (is_gone, gone) {
            (true, true) => Err(EditError::AlreadyRemoved(*document)),
            (false, false) => Err(EditError::NotRemoved(*document)),
            _ => {
                let mark = RemovalMark { gone, reason: reason.into() };
                self.write(&maps, REMOVAL, ScalarValue::Bytes(encode_removal(&mark)))
            }
        }
    }

    fn settle(&mut self, document: &DocumentId, field: &Field, keep: &str) -> Result<(), EditError> {
        let maps = self.maps_of_field(document, field)?;
        let key = field.key();
        let mut values = candidates(self.tx, &maps, &key);
        rank(field, &mut values);
        let kept = values.iter().find(|c| shown(field, &c.value) == keep).map(|c| c.value.clone());
        match kept {
            Some(Held::Scalar(value)) if values.len() > 1 => self.write(&maps, &key, value),
            _ => Err(EditError::NoSuchConflict { field: field.clone(), keep: keep.chars().take(100).collect() }),
        }
    }

    fn set_entry(&mut self, key: &str, value: &str) -> Result<(), EditError> {
        if key.is_empty() {
            return Err(EditError::NamelessEntry);
        }
        check_len("the entry's key", key, MAX_ENTRY_KEY_BYTES)?;
        check_len(key, value, MAX_ENTRY_VALUE_BYTES)?;
        let map = root_map(self.tx, ENTRIES).ok_or_else(|| EditError::Refused("the shard has no root".into()))?;
        self.touched.entries.insert(key.into());
        Ok(self.tx.put(&map, key, value)?)
    }
}

/// A text of something new: absent means empty.
fn put_text(map: &mut HashMap<String, Value>, key: &str, value: &str) {
    if !value.is_empty() {
        map.insert(key.into(), value.into());
    }
}

/// A new revision as the map it becomes.
fn revision_map(revision: &NewRevision) -> Result<Value, EditError> {
    let mut map = HashMap::new();
    let texts = [
        (RevisionField::Code, &revision.code),
        (RevisionField::Status, &revision.status),
        (RevisionField::Reason, &revision.reason),
    ];
    for (field, value) in texts {
        let named = Field::Revision(revision.id, field);
        check_len(&named, value, named.limit())?;
        put_text(&mut map, field.key(), value);
    }
    check_files(&revision.files)?;
    if !revision.files.is_empty() {
        map.insert(FILES.into(), ScalarValue::Bytes(encode_files(&revision.files)).into());
    }
    Ok(Value::Map(map.into()))
}

fn check_len(what: impl ToString, value: &str, limit: usize) -> Result<(), EditError> {
    if value.len() > limit {
        return Err(EditError::TooLong { field: what.to_string(), found: value.len(), limit });
    }
    Ok(())
}

fn check_custom(name: &str, value: &str) -> Result<(), EditError> {
    if name.is_empty() {
        return Err(EditError::NamelessField);
    }
    check_len("the column's name", name, MAX_FIELD_NAME_BYTES)?;
    check_len(Field::Custom(name.into()), value, MAX_TEXT_BYTES)
}

fn check_files(files: &[FileRef]) -> Result<(), EditError> {
    if files.len() > MAX_FILES {
        return Err(EditError::TooManyFiles { found: files.len() });
    }
    for file in files {
        check_len("a file's name", &file.name, MAX_FILE_NAME_BYTES)?;
    }
    Ok(())
}
