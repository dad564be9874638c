//! From the read model to rows of a log.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use enginus_excel::{LogConflict, LogRow};
use enginus_model::{
    DeviceId, DocumentId, DomainId, EpochId, FileRef, Hash, Instant, ManifestRef, PersonId, RevisionId, Sha256,
};
use enginus_query::{Author, DocumentRow, FieldConflict, Fields, Removal, RevisionRow};

fn author(n: u8) -> Author {
    Author { person: Some(PersonId([n; 32])), device: DeviceId([n; 32]) }
}

fn name(author: &Author) -> String {
    format!("person {}", author.device.0[0])
}

fn file(name: &str, size: u64) -> FileRef {
    let manifest = ManifestRef { object: Hash::ZERO, content: Hash::ZERO, epoch: EpochId::NONE };
    FileRef { name: name.to_owned(), size, sha256: Sha256([0xab; 32]), manifest }
}

fn revision(n: u8, code: &str, files: Vec<FileRef>) -> RevisionRow {
    RevisionRow {
        id: RevisionId::from_bytes([n; 16]),
        code: code.into(),
        status: "S3".into(),
        reason: format!("why {code}").into(),
        files,
        by: author(n).into(),
        at: Instant(i64::from(n)),
        in_conflict: n == 2,
    }
}

fn document() -> DocumentRow {
    DocumentRow {
        id: DocumentId::from_bytes([9; 16]),
        domain: DomainId::from_bytes([1; 16]),
        number: "GES-ABC-00-ZZ-DR-E-0001".to_owned(),
        title: "Plan".to_owned(),
        path: "Elektrik".into(),
        fields: Fields::from([("discipline", "M"), ("zone", "")]),
        by: author(1).into(),
        at: Instant(7),
        removed: None,
        revisions: Vec::new(),
        conflicts: Vec::new(),
        number_clash: false,
    }
}

#[test]
fn every_revision_has_a_row_and_the_last_is_current() {
    let mut one = document();
    one.revisions = vec![
        revision(1, "P01", vec![]),
        revision(2, "P02", vec![file("a.pdf", 12), file("a.dwg", 99), file("b.dwg", 1)]),
    ];
    let rows = LogRow::from_document(&one, name);
    let seen: Vec<_> =
        rows.iter().map(|row| (row.code.as_str(), row.current, row.code_clash, row.added_by.as_str())).collect();
    assert_eq!(seen, [("P01", false, false, "person 1"), ("P02", true, true, "person 2")]);
    assert_eq!(rows[1].revision, Some(RevisionId::from_bytes([2; 16])));
    assert_eq!((rows[1].added_at, rows[1].reason.as_str()), (Instant(2), "why P02"));
    let primary = rows[1].file.clone().unwrap();
    assert_eq!((primary.name.as_str(), primary.size, primary.sha256), ("a.pdf", 12, "ab".repeat(32)));
    assert_eq!(rows[1].other_files, ["a.dwg", "b.dwg"]);
    assert_eq!((&rows[0].file, rows[0].subfolder.as_str()), (&None, "Elektrik"));
}

#[test]
fn a_planned_document_has_one_row() {
    let rows = LogRow::from_document(&document(), name);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].revision, rows[0].current, rows[0].added_at), (None, true, Instant(7)));
}

#[test]
fn columns_come_from_fields_or_else_from_the_number() {
    let row = LogRow::from_document(&document(), name).remove(0);
    let expected = [("discipline", "M"), ("form", "DR"), ("originator", "ABC")];
    let expected: BTreeMap<_, _> = expected.into_iter().map(|(id, value)| (id.to_owned(), value.to_owned())).collect();
    assert_eq!(row.fields, expected, "what is empty is not there");
}

#[test]
fn what_waits_for_a_person_is_named() {
    let mut one = document();
    one.number_clash = true;
    one.conflicts = vec![FieldConflict {
        field: "title".to_owned(),
        winner: "Plan".to_owned(),
        losers: vec![("Layout".to_owned(), author(3))],
    }];
    one.removed = Some(Removal { reason: "wrong folder".to_owned(), by: author(4), at: Instant(5) }.into());
    let row = LogRow::from_document(&one, name).remove(0);
    assert!(row.number_clash);
    assert_eq!(
        row.conflicts,
        [LogConflict { field: "title".to_owned(), losers: vec![("Layout".to_owned(), "person 3".to_owned())] }]
    );
    let removed = row.removed.unwrap();
    assert_eq!((removed.by.as_str(), removed.at, removed.reason.as_str()), ("person 4", Instant(5), "wrong folder"));
}
