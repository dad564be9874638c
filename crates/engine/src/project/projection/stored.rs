//! The form in which the store keeps a row: a version byte, then postcard of [`RowForm`]. It is read without copying what is
//! shared anyway, since opening a project reads every row.

use std::borrow::Cow;

use enginus_model::{DocumentId, DomainId, FileRef, Instant, RevisionId};
use enginus_query::{Author, DocumentRow, FieldConflict, Pool, Removal, RevisionRow};
use serde::{Deserialize, Serialize};

use super::super::internal;
use super::ROW_VERSION;
use crate::api::Failure;

/// A row as the store keeps it.
#[derive(Debug)]
pub(in super::super) struct StoredRow {
    /// The generation of the shard that holds the document.
    pub(in super::super) generation: u32,
    /// The row.
    pub(in super::super) row: DocumentRow,
}

#[derive(Serialize, Deserialize)]
struct RowForm<'a> {
    generation: u32,
    id: DocumentId,
    domain: DomainId,
    number: &'a str,
    title: &'a str,
    path: &'a str,
    #[serde(borrow)]
    fields: Vec<(&'a str, &'a str)>,
    by: Author,
    at: Instant,
    removed: Option<Cow<'a, Removal>>,
    #[serde(borrow)]
    revisions: Vec<RevisionForm<'a>>,
    conflicts: Cow<'a, [FieldConflict]>,
    number_clash: bool,
}

#[derive(Serialize, Deserialize)]
struct RevisionForm<'a> {
    id: RevisionId,
    code: &'a str,
    status: &'a str,
    reason: &'a str,
    files: Cow<'a, [FileRef]>,
    by: Author,
    at: Instant,
    in_conflict: bool,
}

/// The bytes of a row.
pub(super) fn encode(generation: u32, row: &DocumentRow) -> Vec<u8> {
    let form = RowForm {
        generation,
        id: row.id,
        domain: row.domain,
        number: &row.number,
        title: &row.title,
        path: &row.path,
        fields: row.fields.iter().collect(),
        by: *row.by,
        at: row.at,
        removed: row.removed.as_deref().map(Cow::Borrowed),
        revisions: row.revisions.iter().map(RevisionForm::of).collect(),
        conflicts: Cow::Borrowed(&row.conflicts),
        number_clash: row.number_clash,
    };
    let mut bytes = vec![ROW_VERSION];
    bytes.extend(postcard::to_allocvec(&form).unwrap_or_default());
    bytes
}

impl StoredRow {
    /// Reads a row; what repeats is shared through `pool`.
    pub(in super::super) fn decode(bytes: &[u8], pool: &mut Pool) -> Result<Self, Failure> {
        let Some((&ROW_VERSION, body)) = bytes.split_first() else {
            return Err(internal("reading the register's cache", "it was written by another version"));
        };
        let form: RowForm<'_> =
            postcard::from_bytes(body).map_err(|error| internal("reading the register's cache", error))?;
        let row = DocumentRow {
            id: form.id,
            domain: form.domain,
            number: form.number.to_owned(),
            title: form.title.to_owned(),
            path: pool.text(form.path),
            fields: form.fields.into_iter().map(|(name, value)| (pool.text(name), pool.text(value))).collect(),
            by: pool.author(form.by),
            at: form.at,
            removed: form.removed.map(|removal| Box::new(removal.into_owned())),
            revisions: form.revisions.into_iter().map(|revision| revision.into_row(pool)).collect(),
            conflicts: form.conflicts.into_owned(),
            number_clash: form.number_clash,
        };
        Ok(Self { generation: form.generation, row })
    }
}

impl<'a> RevisionForm<'a> {
    fn of(row: &'a RevisionRow) -> Self {
        Self {
            id: row.id,
            code: &row.code,
            status: &row.status,
            reason: &row.reason,
            files: Cow::Borrowed(&row.files),
            by: *row.by,
            at: row.at,
            in_conflict: row.in_conflict,
        }
    }

    fn into_row(self, pool: &mut Pool) -> RevisionRow {
        RevisionRow {
            id: self.id,
            code: pool.text(self.code),
            status: pool.text(self.status),
            reason: pool.text(self.reason),
            files: self.files.into_owned(),
            by: pool.author(self.by),
            at: self.at,
            in_conflict: self.in_conflict,
        }
    }
}
