//! What a person does, and what is read back: here, elsewhere, after a failure of the disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Device, SHARD, add, assert_sound, document, file, new_revision, revision, shown};
use enginus_crdt::{Edit, EditError, Field, LoadError, MAX_TITLE_BYTES, NewRevision, RevisionField, Shard, ShardId};
use enginus_model::{Instant, Lane, LogId};

fn set(n: u8, field: Field, value: &str) -> Edit {
    Edit::SetField { document: document(n), field, value: value.into() }
}

#[test]
fn the_empty_shard_is_the_same_on_every_device_and_another_for_every_id() {
    let heads = Shard::new(SHARD).heads();
    assert_eq!(heads.len(), 1);
    assert_eq!(Shard::new(SHARD).heads(), heads);
    assert_eq!(Shard::new(SHARD).save(), Shard::new(SHARD).save());
    assert_ne!(Shard::new(SHARD.next()).heads(), heads);
    assert_ne!(Shard::new(ShardId { lane: Lane::Comments, ..SHARD }).heads(), heads);
    assert_eq!((Shard::new(SHARD).change_count(), Shard::new(SHARD).row_count()), (0, 0));
    assert_sound(&Shard::new(SHARD));
}

#[test]
fn a_document_is_read_back_whole_with_its_author_and_time() {
    let mut a = Device::new(1);
    a.edit(&[add(7)]);
    let record = a.shard.document(&document(7)).unwrap();
    assert_eq!((record.number.as_str(), record.title.as_str(), record.path.as_str()), ("EL-007", "Title 7", "a/b"));
    assert_eq!(record.fields["originator"], "design office");
    assert_eq!((record.author, record.at), (a.log, Instant(1_700_000_000_000)));
    let first = &record.revisions[0];
    assert_eq!((first.code.as_str(), first.status.as_str(), first.reason.as_str()), ("P01", "S0", "reason 7"));
    assert_eq!(first.files, [file(7), file(8)]);
    assert_eq!((first.author, first.at), (a.log, Instant(1_700_000_000_000)));
    assert_eq!((record.removed, record.conflicts), (None, vec![]));
    assert_eq!((a.shard.row_count(), a.shard.change_count()), (1, 1));
    assert_sound(&a.shard);
}

#[test]
fn what_is_not_known_yet_may_stay_empty() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let empty = |revision| Edit::AddDocument {
        id: document(1),
        number: String::new(),
        title: String::new(),
        path: String::new(),
        fields: Default::default(),
        revision,
    };
    let planned = NewRevision {
        id: revision(1),
        code: String::new(),
        status: String::new(),
        reason: String::new(),
        files: vec![],
    };
    let sent = [a.edit(&[empty(None)]), a.edit(&[Edit::AddRevision { document: document(1), revision: planned }])];
    b.receive(sent.to_vec());
    let record = b.shard.document(&document(1)).unwrap();
    assert_eq!((record.number.as_str(), record.fields.len(), record.revisions.len()), ("", 0, 1));
    assert_sound(&b.shard);
}

#[test]
fn one_list_of_edits_is_one_change_and_is_done_whole_or_not_at_all() {
    let mut a = Device::new(1);
    let all: Vec<Edit> = (0..200).map(add).collect();
    let sent = a.edit(&all);
    assert_eq!((sent.changes.changes.len(), a.shard.change_count(), a.shard.row_count()), (1, 1, 200));
    let (heads, before) = (a.shard.heads(), shown(&a.shard));
    let halfway = [set(0, Field::Title, "other"), add(201), add(0)];
    assert_eq!(a.try_edit(&halfway), Err(EditError::DocumentExists(document(0))));
    assert_eq!((a.shard.heads(), shown(&a.shard)), (heads, before));

    let mut b = Device::new(2);
    assert_eq!(b.receive(vec![sent]).touched.documents.len(), 200);
    assert_eq!(shown(&b.shard), shown(&a.shard));
    assert_sound(&b.shard);
}

#[test]
fn removal_is_a_note_that_can_be_taken_back() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    b.receive(vec![a.edit(&[add(1)])]);
    let remove = Edit::Remove { document: document(1), reason: "wrong folder".into() };
    let gone = b.edit(std::slice::from_ref(&remove));
    assert_eq!(b.try_edit(&[remove]), Err(EditError::AlreadyRemoved(document(1))));
    a.receive(vec![gone]);
    let record = a.shard.document(&document(1)).unwrap();
    let removal = record.removed.unwrap();
    assert_eq!((removal.reason.as_str(), removal.author), ("wrong folder", b.log));
    assert_eq!(record.revisions.len(), 1);
    let restore = Edit::Restore { document: document(1), reason: "it was right".into() };
    b.receive(vec![a.edit(std::slice::from_ref(&restore))]);
    assert_eq!(b.shard.document(&document(1)).unwrap().removed, None);
    assert_eq!(b.try_edit(&[restore]), Err(EditError::NotRemoved(document(1))));
    assert_eq!(b.shard.row_count(), 1);
}

#[test]
fn every_field_can_be_changed_and_cleared() {
    let mut a = Device::new(1);
    a.edit(&[add(1)]);
    let status = Field::Revision(revision(1), RevisionField::Status);
    a.edit(&[
        set(1, Field::Number, "N2"),
        set(1, Field::Title, "T2"),
        set(1, Field::Path, ""),
        set(1, Field::Custom("originator".into()), ""),
        set(1, Field::Custom("zone".into()), "north"),
        set(1, status.clone(), "S3"),
        Edit::SetFiles { document: document(1), revision: revision(1), files: vec![file(9)] },
    ]);
    let record = a.shard.document(&document(1)).unwrap();
    assert_eq!((record.number.as_str(), record.title.as_str(), record.path.as_str()), ("N2", "T2", ""));
    assert_eq!(record.fields.into_iter().collect::<Vec<_>>(), [("zone".to_owned(), "north".to_owned())]);
    assert_eq!((record.revisions[0].status.as_str(), &record.revisions[0].files[..]), ("S3", &[file(9)][..]));
    assert_eq!(a.try_edit(&[set(1, status, "S3")]), Err(EditError::NothingChanges));
    assert_sound(&a.shard);
}

#[test]
fn impossible_edits_are_refused_in_words() {
    let mut a = Device::new(1);
    a.edit(&[add(1)]);
    let long = "x".repeat(MAX_TITLE_BYTES + 1);
    let refused = |a: &mut Device, edit: Edit| a.try_edit(&[edit]).unwrap_err().to_string();
    assert_eq!(
        refused(&mut a, set(1, Field::Title, &long)),
        "title is 4001 bytes long; at most 4000 are possible, shorten it"
    );
    assert_eq!(a.try_edit(&[set(9, Field::Title, "x")]), Err(EditError::NoSuchDocument(document(9))));
    assert_eq!(a.try_edit(&[set(1, Field::Removal, "x")]), Err(EditError::NotAText(Field::Removal)));
    assert_eq!(a.try_edit(&[set(1, Field::Custom(String::new()), "x")]), Err(EditError::NamelessField));
    let of_nothing = Field::Revision(revision(9), RevisionField::Code);
    assert_eq!(a.try_edit(&[set(1, of_nothing, "x")]), Err(EditError::NoSuchRevision(document(1), revision(9))));
    let again = Edit::AddRevision { document: document(1), revision: new_revision(1, "P02") };
    assert_eq!(a.try_edit(&[again]), Err(EditError::RevisionExists(document(1), revision(1))));
    let keep = Edit::SettleConflict { document: document(1), field: Field::Title, keep: "Title 1".into() };
    assert!(matches!(a.try_edit(&[keep]), Err(EditError::NoSuchConflict { .. })));
    assert_eq!(a.try_edit(&[]), Err(EditError::Empty));
    assert_eq!(a.try_edit(&[Edit::SetEntry { key: String::new(), value: "1".into() }]), Err(EditError::NamelessEntry));
    let theirs = SHARD.actor(&LogId([9; 16]), &[0; 6]);
    assert_eq!(a.shard.edit(theirs, a.log, Instant(0), &[add(2)]), Err(EditError::ForeignActor));
    assert_eq!(a.shard.change_count(), 1);
}

#[test]
fn an_edit_that_could_not_be_stored_leaves_no_trace() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let base = a.edit(&[add(1)]);
    b.receive(vec![base.clone()]);
    let from_b = b.edit(&[set(1, Field::Path, "from b")]);
    let (saved, heads, before) = (a.shard.save(), a.shard.heads(), shown(&a.shard));

    let first = a.shard.edit(a.actor, a.log, Instant(5), &[set(1, Field::Title, "lost 1")]).unwrap();
    let second = a.shard.edit(a.actor, a.log, Instant(6), &[add(2)]).unwrap();
    assert!(a.shard.has_pending());
    assert_eq!(a.shard.save(), saved, "what is not durable is not saved");
    let touched = a.shard.undo(first.id);
    assert_eq!(touched.documents.into_iter().collect::<Vec<_>>(), [document(1), document(2)]);
    assert_eq!((a.shard.heads(), shown(&a.shard), a.shard.has_pending()), (heads, before, false));
    assert!(a.shard.undo(second.id).is_empty(), "it went with the first");
    a.shard.confirm(second.id);

    // Life goes on with the same actor, and what arrived while an edit waited stays.
    let waits = a.shard.edit(a.actor, a.log, Instant(7), &[set(1, Field::Title, "kept")]).unwrap();
    let fails = a.shard.edit(a.actor, a.log, Instant(8), &[set(1, Field::Title, "lost 2")]).unwrap();
    a.receive(vec![from_b.clone()]);
    a.shard.undo(fails.id);
    a.shard.confirm(waits.id);
    assert!(!a.shard.has_pending());
    let record = a.shard.document(&document(1)).unwrap();
    assert_eq!((record.title.as_str(), record.path.as_str()), ("kept", "from b"));
    b.receive(vec![common::envelope(a.log, waits.changes)]);
    assert_eq!(shown(&a.shard), shown(&b.shard));
    a.edit(&[add(3)]);
    assert_sound(&a.shard);
}

#[test]
fn a_saved_shard_of_another_form_is_refused_in_words() {
    let mut a = Device::new(1);
    a.edit(&[add(1)]);
    let saved = a.shard.save();
    assert!(matches!(Shard::load(&[]), Err(LoadError::Damaged(_))));
    let mut newer = saved.clone();
    newer[0] = 9;
    assert_eq!(Shard::load(&newer).unwrap_err(), LoadError::NewerVersion { found: 9 });
    for cut in (0..saved.len()).step_by(7) {
        assert!(Shard::load(&saved[..cut]).is_err(), "cut at {cut}");
    }
    // Who owns an actor is part of the actor itself, so a binding cannot be rewritten.
    let at = saved.windows(16).position(|w| w == a.log.0).unwrap();
    let mut forged = saved.clone();
    forged[at] ^= 1;
    assert!(matches!(Shard::load(&forged), Err(LoadError::Damaged(_))));
    // Nor can one shard be passed off as another.
    let mut moved = saved;
    let at = moved.windows(16).position(|w| w == SHARD.domain.as_bytes()).unwrap();
    moved[at] ^= 1;
    assert!(matches!(Shard::load(&moved), Err(LoadError::Damaged(_))));
}

#[test]
fn entries_hold_the_latest_value_and_its_author() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let entry = |value: &str| [Edit::SetEntry { key: "project/name".into(), value: value.into() }];
    b.receive(vec![a.edit(&entry("\"one\""))]);
    let from_b = b.edit(&entry("\"two\""));
    assert!(a.receive(vec![from_b]).touched.entries.contains("project/name"));
    let found = a.shard.entry("project/name").unwrap();
    assert_eq!((found.value.as_str(), found.author, found.conflicts.len()), ("\"two\"", b.log, 0));
    assert_eq!((a.shard.entries(), a.shard.row_count()), (vec![found], 1));
    assert_eq!(a.shard.entry("other"), None);
    assert_sound(&a.shard);
}

#[test]
fn a_full_shard_says_so_and_still_takes_edits() {
    let mut a = Device::new(1);
    let rows: Vec<Edit> = (0..enginus_crdt::SHARD_ROW_LIMIT)
        .map(|n| Edit::SetEntry { key: format!("key {n}"), value: "1".into() })
        .collect();
    a.edit(&rows[1..]);
    assert!(!a.shard.is_full());
    a.edit(&rows[..1]);
    assert!(a.shard.is_full());
    a.edit(&[add(1)]);
    assert_sound(&a.shard);
}
