//! What the gate alone holds back, and what it says a received change concerns.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use automerge::legacy::{ObjectId, OpId};
use automerge::{Change, ObjType};
use common::hostile::{actor, expand, make, put, scene, start};
use common::{Device, add, document, envelope, new_revision, revision};
use enginus_crdt::{Edit, Field, MAX_ENTRY_KEY_BYTES, MAX_ENTRY_VALUE_BYTES, Quarantine, RevisionField, Touched};
use enginus_model::DocumentId;

fn document_alone(n: u8) -> Touched {
    Touched { documents: [document(n)].into(), ..Touched::default() }
}

#[test]
fn a_received_change_says_what_it_concerns() {
    let (mut author, mut other) = (Device::new(1), Device::new(2));
    other.receive(vec![author.edit(&[add(1), add(2)])]);
    let value = |value: &str| value.to_owned();
    let edits = [
        Edit::SetField { document: document(1), field: Field::Title, value: value("later") },
        Edit::SetField { document: document(1), field: Field::Custom("zone".into()), value: value("north") },
        Edit::SetField {
            document: document(1),
            field: Field::Revision(revision(1), RevisionField::Code),
            value: value("C01"),
        },
        Edit::AddRevision { document: document(1), revision: new_revision(7, "P02") },
        Edit::SetFiles { document: document(1), revision: revision(1), files: vec![] },
        Edit::Remove { document: document(1), reason: value("wrong folder") },
        Edit::Restore { document: document(1), reason: value("right after all") },
    ];
    for edit in edits {
        let received = other.receive(vec![author.edit(std::slice::from_ref(&edit))]);
        assert_eq!(received.touched, document_alone(1), "{edit:?}");
    }
    let entry = Edit::SetEntry { key: "name".into(), value: value("1") };
    let touched = other.receive(vec![author.edit(&[entry])]).touched;
    assert_eq!(touched, Touched { entries: ["name".to_owned()].into(), ..Touched::default() });
    assert!(Touched::default().is_empty() && !touched.is_empty() && !document_alone(1).is_empty());
}

#[test]
fn a_document_without_any_field_is_told_too() {
    let mut s = scene();
    let (docs, _) = s.roots();
    let bare = s.ops(vec![make(&docs, "AAAAAAAAAAAAAAAAAAAAAA", ObjType::Map, &[])]);
    let touched = s.victim.receive(vec![bare]).touched;
    assert_eq!(touched.documents.into_iter().collect::<Vec<_>>(), [DocumentId::from_bytes([0; 16])]);
}

/// What is here already says nothing about the change behind it: that one has to name its author's past itself.
#[test]
fn a_change_behind_a_known_one_names_its_own_past_too() {
    let s = scene();
    let mut victim = s.victim.clone();
    let built_on = Change::from(expand(&victim.edit(&[add(8)])));
    let first = s.hostile.sent[0].changes.clone();
    let mut second = s.next.clone();
    second.deps = vec![built_on.hash()];
    second.start_op = start(built_on.max_op() + 1);
    let mut both = first;
    both.changes.push(Change::from(second).raw_bytes().to_vec());
    let received = victim.shard.receive(vec![envelope(s.hostile.log, both)]);
    assert_eq!(received.quarantined.iter().map(|(_, why)| why).collect::<Vec<_>>(), [&Quarantine::NotOnOwnPast]);
}

/// Another's operation of the number that an own one has is not the own one.
#[test]
fn an_own_number_under_another_actor_is_no_own_operation() {
    let s = scene();
    let (_, entries) = s.roots();
    let theirs = OpId(s.next.start_op.get(), actor(s.victim.actor));
    let twice = vec![put(&entries, "k", "1", &[]), put(&entries, "k", "2", std::slice::from_ref(&theirs))];
    let inside = vec![
        make(&s.roots().0, "AAAAAAAAAAAAAAAAAAAAAA", ObjType::Map, &[]),
        put(&ObjectId::Id(theirs), "t", "title", &[]),
    ];
    for (ops, what) in [(twice, "a value to replace"), (inside, "a document, revision or entry")] {
        let received = s.victim.clone().shard.receive(vec![s.ops(ops)]);
        let reasons: Vec<_> = received.quarantined.iter().map(|(_, why)| why).collect();
        assert_eq!(reasons, [&Quarantine::UnknownReference(what)]);
    }
}

#[test]
fn entries_have_exactly_their_limits() {
    let s = scene();
    let (_, entries) = s.roots();
    let verdict = |key: usize, value: usize| {
        let hostile = s.ops(vec![put(&entries, &"k".repeat(key), "v".repeat(value), &[])]);
        s.victim.clone().shard.receive(vec![hostile]).quarantined.pop().map(|(_, why)| why)
    };
    let too_large = |what, limit: usize| Some(Quarantine::TooLarge { what, limit: limit as u64 });
    assert_eq!(verdict(MAX_ENTRY_KEY_BYTES, 1), None);
    assert_eq!(verdict(MAX_ENTRY_KEY_BYTES + 1, 1), too_large("bytes of an entry's key", MAX_ENTRY_KEY_BYTES));
    assert_eq!(verdict(1, MAX_ENTRY_VALUE_BYTES), None);
    assert_eq!(verdict(1, MAX_ENTRY_VALUE_BYTES + 1), too_large("bytes of an entry", MAX_ENTRY_VALUE_BYTES));
}
