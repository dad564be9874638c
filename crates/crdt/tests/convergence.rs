//! Devices that hold the same envelopes show the same, whatever the order of arrival.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Device, SHARD, add, assert_sound, document, file, new_revision, revision, shown};
use enginus_crdt::{Edit, Field, Incoming, RevisionField, Shard};
use proptest::prelude::*;

fn set(n: u8, field: Field, value: &str) -> Edit {
    Edit::SetField { document: document(n), field, value: value.into() }
}

/// Two devices that know document 1 and edit it offline; both then hold everything.
fn apart(edit_a: &[Edit], edit_b: &[Edit]) -> (Device, Device) {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    b.receive(vec![a.edit(&[add(1)])]);
    let (from_a, from_b) = (a.edit(edit_a), b.edit(edit_b));
    a.receive(vec![from_b]);
    b.receive(vec![from_a]);
    assert_eq!(a.shard.heads(), b.shard.heads());
    assert_eq!(shown(&a.shard), shown(&b.shard));
    assert_sound(&a.shard);
    (a, b)
}

#[test]
fn two_offline_revisions_with_one_code_are_two_revisions() {
    let mine = Edit::AddRevision { document: document(1), revision: new_revision(2, "P02") };
    let theirs = Edit::AddRevision { document: document(1), revision: new_revision(3, "P02") };
    let (a, b) = apart(&[mine], &[theirs]);
    let record = a.shard.document(&document(1)).unwrap();
    let seen: Vec<_> = record.revisions.iter().map(|r| (r.id, r.code.as_str(), r.author)).collect();
    assert_eq!(seen, [(revision(1), "P01", a.log), (revision(2), "P02", a.log), (revision(3), "P02", b.log)]);
    assert_eq!(
        (record.revisions[1].files.clone(), record.revisions[2].files.clone()),
        (vec![file(2), file(3)], vec![file(3), file(4)])
    );
}

#[test]
fn the_loser_of_a_concurrent_edit_is_kept_until_somebody_settles_it() {
    for keep_winner in [true, false] {
        let (mut a, mut b) = apart(&[set(1, Field::Title, "from a")], &[set(1, Field::Title, "from b")]);
        let record = a.shard.document(&document(1)).unwrap();
        let [conflict] = &record.conflicts[..] else { panic!("one conflict") };
        assert_eq!((&conflict.field, &conflict.winner), (&Field::Title, &record.title));
        let [loser] = &conflict.losers[..] else { panic!("one loser") };
        let mut values = [(conflict.winner.as_str(), conflict.winner_author), (loser.value.as_str(), loser.author)];
        values.sort_unstable();
        assert_eq!(values, [("from a", a.log), ("from b", b.log)]);

        let keep = if keep_winner { conflict.winner.clone() } else { loser.value.clone() };
        let settle = Edit::SettleConflict { document: document(1), field: Field::Title, keep: keep.clone() };
        b.receive(vec![a.edit(&[settle])]);
        let settled = b.shard.document(&document(1)).unwrap();
        assert_eq!((settled.title, settled.conflicts), (keep, vec![]));
        assert_sound(&b.shard);
    }
}

#[test]
fn equal_concurrent_values_are_no_conflict() {
    let (a, _) = apart(&[set(1, Field::Title, "same")], &[set(1, Field::Title, "same")]);
    let record = a.shard.document(&document(1)).unwrap();
    assert_eq!((record.title.as_str(), record.conflicts.len()), ("same", 0));
}

#[test]
fn files_and_revision_fields_in_conflict_are_shown_and_settled() {
    let files = |n| Edit::SetFiles { document: document(1), revision: revision(1), files: vec![file(n)] };
    let (mut a, mut b) = apart(&[files(10)], &[files(20)]);
    let record = a.shard.document(&document(1)).unwrap();
    let [conflict] = &record.conflicts[..] else { panic!("one conflict") };
    assert_eq!(conflict.field, Field::Revision(revision(1), RevisionField::Files));
    let keep = conflict.losers[0].value.clone();
    let kept = if keep.contains("drawing-10") { file(10) } else { file(20) };
    let field = conflict.field.clone();
    a.receive(vec![b.edit(&[Edit::SettleConflict { document: document(1), field, keep }])]);
    let settled = a.shard.document(&document(1)).unwrap();
    assert_eq!((&settled.revisions[0].files[..], settled.conflicts.len()), (&[kept][..], 0));
}

#[test]
fn of_a_removal_and_a_restoration_at_once_the_document_stays() {
    let remove = |why: &str| Edit::Remove { document: document(1), reason: why.into() };
    let (mut a, mut b) = apart(&[remove("a")], &[remove("b")]);
    let both = a.shard.document(&document(1)).unwrap();
    assert!(both.removed.is_some() && both.conflicts.is_empty(), "two removals agree");

    let from_a = a.edit(&[Edit::Restore { document: document(1), reason: "needed".into() }]);
    let from_b = b.edit(&[
        Edit::Restore { document: document(1), reason: "x".into() },
        Edit::Remove { document: document(1), reason: "not needed".into() },
    ]);
    a.receive(vec![from_b]);
    b.receive(vec![from_a]);
    assert_eq!(shown(&a.shard), shown(&b.shard));
    let record = a.shard.document(&document(1)).unwrap();
    assert_eq!(record.removed, None);
    let conflict = &record.conflicts[0];
    assert_eq!((conflict.winner.as_str(), conflict.losers[0].value.as_str()), ("kept: needed", "removed: not needed"));
    let settle =
        Edit::SettleConflict { document: document(1), field: Field::Removal, keep: "removed: not needed".into() };
    b.receive(vec![a.edit(&[settle])]);
    let settled = b.shard.document(&document(1)).unwrap();
    assert_eq!((settled.removed.unwrap().reason.as_str(), settled.conflicts.len()), ("not needed", 0));
}

#[test]
fn a_revision_added_while_the_document_is_removed_elsewhere_is_kept_with_it() {
    let remove = Edit::Remove { document: document(1), reason: "obsolete".into() };
    let (a, _) = apart(&[remove], &[Edit::AddRevision { document: document(1), revision: new_revision(2, "P02") }]);
    let record = a.shard.document(&document(1)).unwrap();
    assert!(record.removed.is_some());
    assert_eq!(record.revisions.len(), 2);
}

#[test]
fn a_document_made_twice_is_read_as_one_and_hides_nothing() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let mut other = add(1);
    if let Edit::AddDocument { title, revision, .. } = &mut other {
        *title = "other title".into();
        *revision = Some(new_revision(2, "P01"));
    }
    let (from_a, from_b) = (a.edit(&[add(1)]), b.edit(&[other]));
    a.receive(vec![from_b]);
    b.receive(vec![from_a]);
    assert_eq!(shown(&a.shard), shown(&b.shard));
    let record = a.shard.document(&document(1)).unwrap();
    assert_eq!(record.revisions.len(), 2);
    assert_eq!(record.conflicts.iter().map(|c| c.field.clone()).collect::<Vec<_>>(), [Field::Title]);
    b.receive(vec![a.edit(&[set(1, Field::Title, "settled"), set(1, Field::Path, "p")])]);
    let record = b.shard.document(&document(1)).unwrap();
    assert_eq!((record.title.as_str(), record.path.as_str(), record.conflicts.len()), ("settled", "p", 0));
    assert_eq!(b.shard.row_count(), 1);
    assert_sound(&b.shard);
}

#[test]
fn what_arrives_before_its_past_waits_and_then_counts() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let sent = [a.edit(&[add(1)]), a.edit(&[add(2)]), a.edit(&[add(3)])];
    let received = b.shard.receive(vec![sent[2].clone()]);
    assert_eq!((received.waiting.len(), received.quarantined.len(), received.applied), (1, 0, 0));
    assert_eq!(received.missing.len(), 1);
    let received = b.receive(vec![received.waiting[0].clone(), sent[1].clone(), sent[0].clone(), sent[0].clone()]);
    assert_eq!((received.applied, received.touched.documents.len()), (3, 3));
    assert_eq!(shown(&a.shard), shown(&b.shard));
    assert!(b.receive(sent.to_vec()).touched.is_empty(), "a second time is nothing new");
}

/// One step of a random history.
#[derive(Debug, Clone)]
enum Step {
    Edit {
        device: usize,
        edit: Edit,
    },
    /// Some of the envelopes made so far reach a device, in any order.
    Deliver {
        device: usize,
        picks: Vec<prop::sample::Index>,
    },
    Restart {
        device: usize,
    },
}

fn edits() -> impl Strategy<Value = Edit> {
    let number = 0u8..4;
    let value = prop::sample::select(vec!["", "x", "y", "zğıİ"]).prop_map(str::to_owned);
    let field = (0u8..3, 0u8..8).prop_map(|(rev, kind)| match kind {
        0 => Field::Number,
        1 | 2 => Field::Title,
        3 => Field::Path,
        4 => Field::Custom("zone".into()),
        5 => Field::Revision(revision(rev), RevisionField::Code),
        _ => Field::Revision(revision(rev), RevisionField::Status),
    });
    prop_oneof![
        3 => number.clone().prop_map(add),
        3 => (number.clone(), 0u8..5).prop_map(|(n, r)| Edit::AddRevision { document: document(n), revision: new_revision(r, "P02") }),
        6 => (number.clone(), field.clone(), value.clone())
            .prop_map(|(n, field, value)| Edit::SetField { document: document(n), field, value }),
        1 => (number.clone(), 0u8..5)
            .prop_map(|(n, r)| Edit::SetFiles { document: document(n), revision: revision(n), files: vec![file(r)] }),
        2 => number.clone().prop_map(|n| Edit::Remove { document: document(n), reason: "r".into() }),
        1 => number.clone().prop_map(|n| Edit::Restore { document: document(n), reason: "s".into() }),
        2 => (number, field, value.clone()).prop_map(|(n, field, keep)| Edit::SettleConflict { document: document(n), field, keep }),
        2 => (0u8..3, value).prop_map(|(k, value)| Edit::SetEntry { key: format!("k{k}"), value }),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0usize..3, edits()).prop_map(|(device, edit)| Step::Edit { device, edit }),
        3 => (0usize..3, prop::collection::vec(any::<prop::sample::Index>(), 1..6))
            .prop_map(|(device, picks)| Step::Deliver { device, picks }),
        1 => (0usize..3).prop_map(|device| Step::Restart { device }),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn replicas_agree_whatever_the_order(
        steps in steps(),
        orders in prop::collection::vec(prop::collection::vec(any::<u32>(), 60), 3),
    ) {
        let mut devices: Vec<Device> = (1..=3).map(Device::new).collect();
        let mut all: Vec<Incoming> = Vec::new();
        for (i, step) in steps.into_iter().enumerate() {
            match step {
                // Impossible edits are refused and leave no trace; the rest becomes an envelope.
                Step::Edit { device, edit } => all.extend(devices[device].try_edit(&[edit]).ok()),
                Step::Deliver { device, picks } if !all.is_empty() => {
                    let batch = picks.iter().map(|pick| pick.get(&all).clone()).collect();
                    prop_assert_eq!(devices[device].shard.receive(batch).quarantined, []);
                }
                Step::Deliver { .. } => {}
                Step::Restart { device } => {
                    let it = &mut devices[device];
                    it.shard = Shard::load(&it.shard.save()).unwrap();
                    it.actor = SHARD.actor(&it.log, &[i as u8 + 10; 6]);
                }
            }
        }
        // One envelope at a time or all at once, in any order, everything arrives.
        for (device, order) in devices.iter_mut().zip(&orders) {
            let mut batch: Vec<Incoming> = all.clone();
            batch.sort_by_key(|one| order[usize::from(one.envelope.0[0]) % order.len()]);
            let mut waiting = Vec::new();
            for one in batch {
                waiting.push(one);
                let received = device.shard.receive(std::mem::take(&mut waiting));
                prop_assert_eq!(received.quarantined, []);
                waiting = received.waiting;
            }
            prop_assert_eq!(waiting, []);
        }
        let mut fresh = Device::new(9);
        fresh.receive(all.clone());
        for device in &devices {
            prop_assert_eq!(device.shard.heads(), fresh.shard.heads());
            prop_assert_eq!(shown(&device.shard), shown(&fresh.shard));
        }
        for device in &devices {
            // In one pass or one by one: the same, conflicts too.
            let ids: std::collections::BTreeSet<_> = device.shard.documents().collect();
            let each: Vec<_> = ids.iter().filter_map(|id| device.shard.document(id)).collect();
            prop_assert_eq!(device.shard.records(&ids), each);
        }
        assert_sound(&fresh.shard);
        prop_assert_eq!(fresh.shard.change_count(), all.len());
    }
}
