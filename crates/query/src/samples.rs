//! Rows for tests.

use std::sync::Arc;

use enginus_model::{
    DeviceId, DocumentId, DomainId, EpochId, FileRef, Hash, Instant, ManifestRef, PersonId, RevisionId, Sha256,
};

use crate::{Author, DocumentRow, Fields, Removal, RevisionRow};

/// The folder all sample rows are in.
pub(crate) const FOLDER: DomainId = DomainId::from_bytes([9; 16]);

pub(crate) fn author(n: u8) -> Author {
    Author { person: Some(PersonId([n; 32])), device: DeviceId([n; 32]) }
}

pub(crate) fn id(n: u32) -> DocumentId {
    let mut bytes = [0; 16];
    bytes[12..].copy_from_slice(&n.to_be_bytes());
    DocumentId::from_bytes(bytes)
}

pub(crate) fn revision(n: u8, code: &str, at: i64) -> RevisionRow {
    RevisionRow {
        id: RevisionId::from_bytes([n; 16]),
        code: code.into(),
        status: "".into(),
        reason: "".into(),
        files: Vec::new(),
        by: Arc::new(author(n)),
        at: Instant(at),
        in_conflict: false,
    }
}

pub(crate) fn file(name: &str, size: u64) -> FileRef {
    let manifest = ManifestRef { object: Hash::ZERO, content: Hash::ZERO, epoch: EpochId::NONE };
    FileRef { name: name.to_owned(), size, sha256: Sha256([0; 32]), manifest }
}

pub(crate) fn row(n: u32, number: &str) -> DocumentRow {
    DocumentRow {
        id: id(n),
        domain: FOLDER,
        number: number.to_owned(),
        title: format!("Title {n}"),
        path: "".into(),
        fields: Fields::new(),
        by: Arc::new(author(1)),
        at: Instant(i64::from(n)),
        removed: None,
        revisions: vec![revision(1, "P01", i64::from(n))],
        conflicts: Vec::new(),
        number_clash: false,
    }
}

pub(crate) fn removed(mut row: DocumentRow) -> DocumentRow {
    row.removed = Some(Box::new(Removal { reason: "superseded".to_owned(), by: author(1), at: Instant(0) }));
    row
}
