//! One row of a log: one revision of one document, as plain data.

use std::collections::BTreeMap;

use enginus_model::{DocumentId, Instant, RevisionId};
use enginus_query::{Author, Cell, Column, DocumentRow, People, RevisionRow};

/// A revision, or a document that has none yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// The document.
    pub document: DocumentId,
    /// The revision; `None` for a document that is planned.
    pub revision: Option<RevisionId>,
    /// The subfolder, `/` between names; empty at the top.
    pub subfolder: String,
    /// The number as written.
    pub number: String,
    /// The title.
    pub title: String,
    /// The revision's code.
    pub code: String,
    /// True for the revision a register shows.
    pub current: bool,
    /// The revision's suitability.
    pub status: String,
    /// Who added the revision, by name.
    pub added_by: String,
    /// When, as the author's clock said.
    pub added_at: Instant,
    /// Why.
    pub reason: String,
    /// The primary file.
    pub file: Option<LogFile>,
    /// The names of the other files.
    pub other_files: Vec<String>,
    /// Further columns by id: the known ones (`discipline`, `form`, `originator`, `planned_date` …) and the project's own.
    pub fields: BTreeMap<String, String>,
    /// Another document of the folder carries the same number.
    pub number_clash: bool,
    /// Another revision of the document carries the same code.
    pub code_clash: bool,
    /// Concurrent edits not settled yet.
    pub conflicts: Vec<LogConflict>,
    /// Set while the document is removed.
    pub removed: Option<LogRemoval>,
}

/// The primary file of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Where it lies relative to the workbook, `/` between names; only where a readable copy lies there.
    pub link: Option<String>,
}

/// A field that was changed by two people at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConflict {
    /// The field's id.
    pub field: String,
    /// What else was written, and by whom.
    pub losers: Vec<(String, String)>,
}

/// A removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRemoval {
    /// Who, by name.
    pub by: String,
    /// When, as the author's clock said.
    pub at: Instant,
    /// Why.
    pub reason: String,
}

/// Columns whose value may also come out of the document number.
const FIELDS_IN_NUMBERS: [Column; 3] = [Column::Discipline, Column::Form, Column::Originator];

impl LogRow {
    /// The rows of one document: one per revision, oldest code first, or one alone while it is planned. `name` gives an author's
    /// name.
    #[must_use]
    pub fn from_document(document: &DocumentRow, name: impl Fn(&Author) -> String) -> Vec<Self> {
        let base = Self::without_revision(document, &name);
        let newest = document.revisions.len().saturating_sub(1);
        let with_revision = |(index, revision)| base.clone().with_revision(revision, index == newest, &name);
        let rows: Vec<Self> = document.revisions.iter().enumerate().map(with_revision).collect();
        if rows.is_empty() { vec![base] } else { rows }
    }

    fn without_revision(document: &DocumentRow, name: &impl Fn(&Author) -> String) -> Self {
        let mut fields = document.fields.to_map();
        let nobody = People::new();
        for column in FIELDS_IN_NUMBERS {
            if let Cell::Text(text) = column.cell(document, &nobody) {
                fields.insert(column.id().to_owned(), text.into_owned());
            }
        }
        fields.retain(|_, value| !value.is_empty());
        Self {
            document: document.id,
            revision: None,
            subfolder: document.path.to_string(),
            number: document.number.clone(),
            title: document.title.clone(),
            code: String::new(),
            current: true,
            status: String::new(),
            added_by: name(&document.by),
            added_at: document.at,
            reason: String::new(),
            file: None,
            other_files: Vec::new(),
            fields,
            number_clash: document.number_clash,
            code_clash: false,
            conflicts: document
                .conflicts
                .iter()
                .map(|conflict| LogConflict {
                    field: conflict.field.clone(),
                    losers: conflict.losers.iter().map(|(value, author)| (value.clone(), name(author))).collect(),
                })
                .collect(),
            removed: document.removed.as_ref().map(|removal| LogRemoval {
                by: name(&removal.by),
                at: removal.at,
                reason: removal.reason.clone(),
            }),
        }
    }

    fn with_revision(self, revision: &RevisionRow, current: bool, name: &impl Fn(&Author) -> String) -> Self {
        let primary = revision.files.first();
        Self {
            revision: Some(revision.id),
            code: revision.code.to_string(),
            current,
            status: revision.status.to_string(),
            added_by: name(&revision.by),
            added_at: revision.at,
            reason: revision.reason.to_string(),
            file: primary.map(|file| LogFile {
                name: file.name.clone(),
                size: file.size,
                sha256: file.sha256.to_string(),
                link: None,
            }),
            other_files: revision.files.iter().skip(1).map(|file| file.name.clone()).collect(),
            code_clash: revision.in_conflict,
            ..self
        }
    }

    /// Says where the primary file lies relative to the workbook; without a primary file nothing changes.
    #[must_use]
    pub fn linked_to(mut self, path: impl Into<String>) -> Self {
        if let Some(file) = &mut self.file {
            file.link = Some(path.into());
        }
        self
    }
}
