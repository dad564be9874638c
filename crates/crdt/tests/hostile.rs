//! Well-formed hostile changes: put aside with a reason, without a panic, without a loss, and without keeping anybody from working.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::Write;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{Change, ObjType, ScalarValue};
use common::hostile::{Scene, actor, body, chunk, hand_made, make, op, put, scene, start, uleb};
use common::{Device, SHARD, add, assert_sound, document, envelope, shown};
use enginus_crdt::{Edit, Field, Incoming, Quarantine, Received, Shard};
use enginus_model::LogId;
use proptest::prelude::*;

/// The envelope is put aside for the given reason; the shard is untouched; an honest change of the same device that built
/// the hostile one, and of another, still count; and every other device comes to the same verdict.
fn assert_refused(scene: &Scene, hostile: &Incoming, expected: &Quarantine) {
    let mut victim = scene.victim.clone();
    let before = (victim.shard.heads(), shown(&victim.shard));
    let received = victim.shard.receive(vec![hostile.clone()]);
    assert_eq!(reasons(&received), std::slice::from_ref(expected));
    assert_eq!(received.quarantined[0].0, *hostile, "it is handed back as it came");
    assert_eq!((received.waiting.len(), received.applied), (0, 0));
    assert_eq!((victim.shard.heads(), shown(&victim.shard)), before);
    assert_sound(&victim.shard);

    let (mut hand, mut other) = (scene.hostile.clone(), Device::new(3));
    let honest = hand.edit(&[add(9)]);
    let mut all = victim.sent.clone();
    all.extend(hand.sent.clone());
    all.push(hostile.clone());
    let at_once = other.shard.receive(all.clone());
    assert_eq!(reasons(&at_once), std::slice::from_ref(expected));
    let received = victim.shard.receive(vec![hostile.clone(), honest.clone()]);
    assert_eq!(reasons(&received), std::slice::from_ref(expected));
    other.receive(vec![honest]);
    assert_eq!(received.touched.documents.into_iter().collect::<Vec<_>>(), [document(9)]);
    assert_eq!((victim.shard.heads(), shown(&victim.shard)), (other.shard.heads(), shown(&other.shard)));
    assert_sound(&victim.shard);
}

fn reasons(received: &Received) -> Vec<Quarantine> {
    received.quarantined.iter().map(|(_, why)| why.clone()).collect()
}

fn not_allowed(what: &'static str) -> Quarantine {
    Quarantine::NotAllowed(what)
}

#[test]
fn the_honest_start_of_these_tests_counts() {
    let mut s = scene();
    let fine = s.spoilt(|_| {});
    assert_eq!(s.victim.receive(vec![fine]).applied, 1);
}

#[test]
fn a_gap_or_a_repetition_in_an_actors_numbers() {
    let s = scene();
    for found in [0, 1, 3, 4, u64::from(u32::MAX), u64::MAX] {
        assert_refused(&s, &s.spoilt(|c| c.seq = found), &Quarantine::SequenceGap { expected: 2, found });
    }
}

#[test]
fn a_second_change_under_a_number_that_is_taken() {
    let mut s = scene();
    let (mut one, mut two) = (s.hostile.clone(), s.hostile.clone());
    s.victim.receive(vec![one.edit(&[add(4)])]);
    let received = s.victim.shard.receive(vec![two.edit(&[add(5)])]);
    assert_eq!(reasons(&received), [Quarantine::ActorForked { seq: 2 }]);
    assert_eq!(s.victim.receive(vec![one.edit(&[add(6)])]).applied, 1);
    assert_sound(&s.victim.shard);
}

#[test]
fn operations_not_numbered_from_their_past() {
    let s = scene();
    let expected = s.next.start_op.get();
    for found in [1, 2, expected - 1, expected + 1, 1_000_000] {
        assert_refused(&s, &s.spoilt(|c| c.start_op = start(found)), &Quarantine::StartOp { expected, found });
    }
    let limit = Quarantine::TooLarge { what: "the operation number", limit: 2_000_000_000 };
    for found in [2_000_000_001, u64::from(u32::MAX) - 1] {
        assert_refused(&s, &s.spoilt(|c| c.start_op = start(found)), &limit);
    }
}

#[test]
fn an_unknown_actor_in_an_operation() {
    let s = scene();
    let (_, entries) = s.roots();
    let nobody = OpId(3, actor([0xaa; 16]));
    let replaces = s.ops(vec![put(&entries, "k", "v", std::slice::from_ref(&nobody))]);
    assert_refused(&s, &replaces, &Quarantine::UnknownReference("an actor"));
    let writes_into = s.ops(vec![put(&ObjectId::Id(nobody), "t", "v", &[])]);
    assert_refused(&s, &writes_into, &Quarantine::UnknownReference("an actor"));
    let short = OpId(3, automerge::ActorId::from(&[1u8, 2, 3][..]));
    let replaces = s.ops(vec![put(&entries, "k", "v", &[short])]);
    assert_refused(&s, &replaces, &not_allowed("an actor that is not 16 bytes"));
}

#[test]
fn an_author_footer_or_anything_else_behind_the_operations() {
    let s = scene();
    for tail in [vec![1, 3, b'y', b'o', b'u'], vec![0], vec![9; 100]] {
        assert_refused(&s, &s.spoilt(|c| c.extra_bytes = tail), &Quarantine::AuthorFooter);
    }
    let message = s.spoilt(|c| c.message = Some("psst".into()));
    assert_refused(&s, &message, &not_allowed("a message beside the operations"));
}

#[test]
fn somebody_elses_actor() {
    let s = scene();
    // The victim's actor, announced in the hostile log.
    let mut theirs = s.spoilt(|c| c.actor_id = actor(s.victim.actor));
    assert_refused(&s, &theirs, &Quarantine::OtherActor);
    theirs.changes.actor = s.victim.actor;
    assert_refused(&s, &theirs, &Quarantine::ForeignActor);
    // An actor made up, and one of another generation.
    let mut made_up = s.spoilt(|c| c.actor_id = actor([7; 16]));
    made_up.changes.actor = [7; 16];
    assert_refused(&s, &made_up, &Quarantine::ForeignActor);
    let other = SHARD.next().actor(&s.hostile.log, &[1; 6]);
    made_up.changes.actor = other;
    assert_refused(&s, &made_up, &Quarantine::ForeignActor);
    // A device that never saw the victim's actor comes to the same verdict.
    let mut stranger = Device::new(5);
    let received = stranger.shard.receive(vec![theirs.clone()]);
    assert_eq!(received.quarantined, [(theirs, Quarantine::ForeignActor)]);
}

#[test]
fn a_past_that_is_missing_or_leaves_out_the_own_past() {
    let s = scene();
    assert_refused(&s, &s.spoilt(|c| c.deps.clear()), &Quarantine::NotOnOwnPast);
    let mut newcomer = Device::new(6);
    let mut first = common::hostile::expand(&newcomer.edit(&[add(6)]));
    first.deps.clear();
    let mut rootless = newcomer.sent.remove(0);
    rootless.changes.changes = vec![Change::from(first).raw_bytes().to_vec()];
    assert_refused(&s, &rootless, &Quarantine::NoPast);
    let victims = automerge::ChangeHash(s.victim.shard.heads()[0].0);
    assert_eq!(s.next.deps, [victims]);
    // Built on the victim's change alone, past its own.
    let honest = Change::from_bytes(s.honest.changes.changes[0].clone()).unwrap();
    let beside = s.spoilt(|c| {
        c.deps = vec![honest.hash()];
        c.start_op = start(honest.max_op() + 1);
    });
    assert_refused(&s, &beside, &Quarantine::NotOnOwnPast);
    // Its own past reached only through somebody else's change: the library would write the own one beside it.
    let mut later = s.victim.clone();
    let built_on = common::hostile::expand(&later.edit(&[add(8)]));
    let built_on = Change::from(built_on);
    let indirect = s.spoilt(|c| {
        c.deps = vec![built_on.hash()];
        c.start_op = start(built_on.max_op() + 1);
    });
    assert_eq!(reasons(&later.shard.receive(vec![indirect])), [Quarantine::NotOnOwnPast]);
    let mut disagrees = s.spoilt(|_| {});
    disagrees.changes.previous = None;
    assert_refused(&s, &disagrees, &Quarantine::NotOnOwnPast);
    disagrees.changes.generation = 1;
    assert_refused(&s, &disagrees, &Quarantine::Generation { expected: 0, found: 1 });
    assert_refused(&s, &s.spoilt(|c| c.deps.push(victims)), &Quarantine::NotCanonical);
}

#[test]
fn a_past_that_never_comes_waits_and_hinders_nobody() {
    let mut s = scene();
    let nowhere = automerge::ChangeHash([0xcc; 32]);
    let hostile = s.spoilt(|c| c.deps.push(nowhere));
    let received = s.victim.shard.receive(vec![hostile.clone()]);
    assert_eq!((received.waiting, received.quarantined), (vec![hostile], vec![]));
    assert_eq!(received.missing.into_iter().collect::<Vec<_>>(), [enginus_model::Hash([0xcc; 32])]);
    let honest = s.hostile.edit(&[add(9)]);
    assert_eq!(s.victim.receive(vec![honest]).applied, 1);
    assert_sound(&s.victim.shard);
}

#[test]
fn values_to_replace_that_are_not_there() {
    let s = scene();
    let (docs, entries) = s.roots();
    let (map, title, number) = s.document_ops();
    let inside = ObjectId::Id(map.clone());
    let unknown = Quarantine::UnknownReference("a value to replace");
    let future = OpId(s.next.start_op.get() + 500, title.1.clone());
    let own_future = OpId(s.next.start_op.get() + 1, s.next.actor_id.clone());
    let itself = OpId(s.next.start_op.get(), s.next.actor_id.clone());
    for pred in
        [future, own_future, itself, number.clone(), map.clone(), OpId(0, title.1.clone()), OpId(1, title.1.clone())]
    {
        assert_refused(&s, &s.ops(vec![put(&inside, "t", "x", std::slice::from_ref(&pred))]), &unknown);
        let delete = op(OpType::Delete, &inside, "t", &[title.clone(), pred]);
        assert_refused(&s, &s.ops(vec![delete]), &unknown);
    }
    // The right key in the wrong map.
    assert_refused(&s, &s.ops(vec![put(&entries, "t", "x", std::slice::from_ref(&title))]), &unknown);
    let twice = put(&inside, "t", "x", &[title.clone(), title.clone()]);
    assert_refused(&s, &s.ops(vec![twice]), &not_allowed("the same value replaced twice"));
    assert_refused(&s, &s.ops(vec![op(OpType::Delete, &inside, "t", &[])]), &not_allowed("a removal of nothing"));
    // A value that exists, but not in what the change had seen.
    let mut later = s.victim.clone();
    later.edit(&[Edit::SetField { document: document(1), field: Field::Title, value: "later".into() }]);
    let unseen = OpId(s.next.start_op.get(), actor(later.actor));
    let hostile = s.ops(vec![put(&inside, "t", "x", &[unseen])]);
    let received = later.shard.receive(vec![hostile]);
    assert_eq!(reasons(&received), [unknown]);
    let _ = docs;
}

#[test]
fn objects_that_are_not_there() {
    let s = scene();
    let (map, title, _) = s.document_ops();
    let unknown = Quarantine::UnknownReference("a document, revision or entry");
    let own = |n| OpId(s.next.start_op.get() + n, s.next.actor_id.clone());
    for object in [title, OpId(9_999, map.1.clone()), own(0), own(1)] {
        assert_refused(&s, &s.ops(vec![put(&ObjectId::Id(object), "t", "x", &[])]), &unknown);
    }
    let zero = s.ops(vec![put(&ObjectId::Id(OpId(0, map.1.clone())), "t", "x", &[])]);
    assert_refused(&s, &zero, &Quarantine::NotCanonical); // the library takes it for the root
    let root = s.ops(vec![put(&ObjectId::Root, "t", "x", &[])]);
    assert!(matches!(s.victim.clone().shard.receive(vec![root]).quarantined[..], [(_, Quarantine::Malformed(_))]));
    let (docs, _) = s.roots();
    let mixed = s
        .ops(vec![make(&docs, "AAAAAAAAAAAAAAAAAAAAAA", ObjType::Map, &[]), put(&ObjectId::Root, "docs", "gone", &[])]);
    assert_refused(&s, &mixed, &not_allowed("an empty place in a column"));
}

#[test]
fn what_only_lists_texts_counters_and_marks_need() {
    let s = scene();
    let (map, ..) = s.document_ops();
    let inside = ObjectId::Id(map);
    let other = not_allowed("a list, a text, an increment or a mark");
    for what in [ObjType::List, ObjType::Text, ObjType::Table] {
        assert_refused(&s, &s.ops(vec![make(&inside, "zz", what, &[])]), &other);
    }
    assert_refused(&s, &s.ops(vec![op(OpType::Increment(5), &inside, "t", &[])]), &other);
    let counter = put(&inside, "zz", ScalarValue::counter(i64::MAX), &[]);
    assert_refused(&s, &s.ops(vec![counter]), &not_allowed("a counter or an unknown kind of value"));
    let unknown = put(&inside, "zz", ScalarValue::Unknown { type_code: 13, bytes: vec![1, 2, 3] }, &[]);
    assert_refused(&s, &s.ops(vec![unknown]), &not_allowed("a counter or an unknown kind of value"));
    let column = not_allowed("a column that only lists, texts or marks need, or an unknown one");
    let insert = Op { key: Key::Seq(ElementId::Head), insert: true, ..put(&inside, "t", "x", &[]) };
    assert_refused(&s, &s.ops(vec![insert]), &column);
    let mark = op(OpType::MarkEnd(true), &inside, "t", &[]);
    assert_refused(&s, &s.ops(vec![mark]), &column);
    let inserted = Op { insert: true, ..put(&inside, "t", "x", &[]) };
    assert_refused(&s, &s.ops(vec![inserted]), &not_allowed("an operation on a list"));
}

#[test]
fn taking_over_hiding_or_garbling_what_others_made() {
    let s = scene();
    let (docs, entries) = s.roots();
    let (map, title, _) = s.document_ops();
    let inside = ObjectId::Id(map.clone());
    let key = match &common::hostile::expand(&s.honest).operations[0].key {
        Key::Map(key) => key.to_string(),
        Key::Seq(_) => panic!("a document has a key"),
    };
    let overwritten = not_allowed("a document or revision overwritten");
    assert_refused(&s, &s.ops(vec![make(&docs, &key, ObjType::Map, std::slice::from_ref(&map))]), &overwritten);
    assert_refused(&s, &s.ops(vec![put(&docs, &key, "gone", std::slice::from_ref(&map))]), &overwritten);
    assert_refused(&s, &s.ops(vec![op(OpType::Delete, &docs, &key, &[map])]), &overwritten);
    let twice = not_allowed("a document or revision made twice");
    assert_refused(&s, &s.ops(vec![make(&docs, &key, ObjType::Map, &[])]), &twice);
    let fresh = make(&docs, "AAAAAAAAAAAAAAAAAAAAAA", ObjType::Map, &[]);
    assert_refused(&s, &s.ops(vec![fresh.clone(), fresh]), &twice);
    let bad_id = make(&docs, "not an id", ObjType::Map, &[]);
    assert_refused(&s, &s.ops(vec![bad_id]), &not_allowed("a document id that is not one"));
    for key in ["r:x", "f:"] {
        let named = put(&inside, key, "x", &[]);
        assert_refused(&s, &s.ops(vec![named]), &not_allowed("a revision or column name that is not one"));
    }
    let text = not_allowed("something else where a text belongs");
    assert_refused(&s, &s.ops(vec![put(&inside, "t", 5_i64, &[title])]), &text);
    assert_refused(&s, &s.ops(vec![make(&entries, "k", ObjType::Map, &[])]), &text);
    let removal = put(&inside, "x", ScalarValue::Bytes(vec![1, 9, 9, 9]), &[]);
    assert_refused(&s, &s.ops(vec![removal]), &not_allowed("files or a removal that cannot be read"));
    let removal = put(&inside, "x", "gone", &[]);
    assert_refused(&s, &s.ops(vec![removal]), &not_allowed("the wrong kind of value for files or a removal"));
}

#[test]
fn what_a_later_version_writes_is_kept_or_waits_for_the_update() {
    let s = scene();
    let (map, ..) = s.document_ops();
    let inside = ObjectId::Id(map);
    let newer = s.ops(vec![make(&inside, "z", ObjType::Map, &[])]);
    assert_refused(&s, &newer, &Quarantine::NewerVersion("a new kind of record"));
    assert!(Quarantine::NewerVersion("x").may_heal());
    let removal = s.ops(vec![put(&inside, "x", ScalarValue::Bytes(vec![2, 9, 9, 9]), &[])]);
    assert_refused(&s, &removal, &Quarantine::NewerVersion("files or a removal"));
    // A plain value under an unknown key passes through: this version shows the rest.
    let mut victim = s.victim.clone();
    let values = [
        ScalarValue::Int(-5),
        ScalarValue::F64(0.5),
        ScalarValue::Timestamp(1),
        ScalarValue::Null,
        true.into(),
        "x".into(),
    ];
    let ops = values.into_iter().enumerate().map(|(i, value)| put(&inside, &format!("z{i}"), value, &[])).collect();
    let before = shown(&victim.shard);
    assert_eq!(victim.receive(vec![s.ops(ops)]).applied, 1);
    assert_eq!(shown(&victim.shard), before);
    assert_sound(&victim.shard);
}

#[test]
fn numbers_texts_and_times_past_their_limits() {
    let s = scene();
    let (map, ..) = s.document_ops();
    let (_, entries) = s.roots();
    let inside = ObjectId::Id(map);
    for time in [i64::MAX, i64::MIN, 1 << 53] {
        assert_refused(&s, &s.spoilt(|c| c.time = time), &not_allowed("a time outside the calendar"));
    }
    let key = put(&inside, &"k".repeat(1_025), "x", &[]);
    assert_refused(&s, &s.ops(vec![key]), &Quarantine::TooLarge { what: "bytes of a key", limit: 1_024 });
    let value = put(&inside, "t", "v".repeat((1 << 20) + 1), &[]);
    assert_refused(&s, &s.ops(vec![value]), &Quarantine::TooLarge { what: "bytes of a value", limit: 1 << 20 });
    let entry = put(&entries, "k", "v".repeat((512 << 10) + 1), &[]);
    assert_refused(&s, &s.ops(vec![entry]), &Quarantine::TooLarge { what: "bytes of an entry", limit: 512 << 10 });
    assert_refused(&s, &s.ops(vec![]), &Quarantine::Malformed("it has no operations"));
    let none = s.wrap(vec![]);
    assert_refused(&s, &none, &Quarantine::Malformed("the envelope has no changes for this shard"));
    let many = s.wrap(vec![vec![0]; 4_097]);
    assert_refused(&s, &many, &Quarantine::TooLarge { what: "changes in one envelope", limit: 4_096 });
}

#[test]
fn a_run_that_claims_more_operations_than_anybody_could_make() {
    let s = scene();
    let endless = |value: &[u8]| [vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f], value.to_vec()].concat();
    let columns = [
        (0x01, endless(&[0])),
        (0x02, endless(&[1])),
        (0x15, endless(&[1, b'k'])),
        (0x34, vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f]),
        (0x42, endless(&[1])),
        (0x56, endless(&[0])),
        (0x70, endless(&[0])),
    ];
    let deps = s.victim.shard.heads();
    let raw = chunk(1, &hand_made(&deps, &s.hostile.actor, 2, s.next.start_op.get(), &columns, &[]));
    assert!(raw.len() < 250);
    assert_refused(&s, &s.wrap(vec![raw]), &Quarantine::TooLarge { what: "operations", limit: 250_000 });
}

#[test]
fn a_second_spelling_of_the_same_content() {
    let s = scene();
    let honest = Change::from(s.next.clone()).raw_bytes().to_vec();
    // Not the shortest number: the chunk's length with a superfluous byte.
    let mut long = honest[..9].to_vec();
    let content = body(&honest);
    let mut len = uleb(content.len() as u64);
    *len.last_mut().unwrap() |= 0x80;
    len.push(0);
    long.extend(len);
    long.extend(&content);
    let received = s.victim.clone().shard.receive(vec![s.wrap(vec![long])]);
    assert!(matches!(received.quarantined[..], [(_, Quarantine::Malformed(_) | Quarantine::NotCanonical)]));
    // Two heads in the wrong order: the library would save them sorted, and then not find its own hash.
    let (mut a, mut b) = (s.victim.clone(), s.hostile.clone());
    let (from_a, from_b) = (a.edit(&[add(20)]), b.edit(&[add(21)]));
    b.receive(vec![from_a]);
    a.receive(vec![from_b]);
    let draft = b.edit(&[add(22)]);
    let mut content = body(Change::from_bytes(draft.changes.changes[0].clone()).unwrap().raw_bytes());
    assert_eq!(content[0], 2);
    let (one, two) = content[1..65].split_at_mut(32);
    one.swap_with_slice(two);
    let mut swapped = draft;
    swapped.changes.changes = vec![chunk(1, &content)];
    let received = a.shard.receive(vec![swapped]);
    assert_eq!(reasons(&received), [Quarantine::NotCanonical]);
    // A column nobody knows, at the end and in the middle.
    for number in [0x2000_u64, 0x20, 0x08 | 0x42] {
        let columns = [(number, vec![1, 2, 3])];
        let raw =
            chunk(1, &hand_made(&s.victim.shard.heads(), &s.hostile.actor, 2, s.next.start_op.get(), &columns, &[]));
        let column = not_allowed("a column that only lists, texts or marks need, or an unknown one");
        assert_refused(&s, &s.wrap(vec![raw]), &column);
    }
}

#[test]
fn bytes_that_are_no_change() {
    let s = scene();
    let honest = Change::from(s.next.clone()).raw_bytes().to_vec();
    let mut checksum = honest.clone();
    checksum[5] ^= 1;
    assert_refused(&s, &s.wrap(vec![checksum]), &Quarantine::Checksum);
    let whole = Quarantine::Malformed("it is not exactly one change");
    assert_refused(&s, &s.wrap(vec![[honest.clone(), vec![0]].concat()]), &whole);
    assert_refused(&s, &s.wrap(vec![[&honest[..], &honest[..]].concat()]), &whole);
    // A whole saved document in place of a change.
    let saved = automerge::Automerge::new().save();
    assert_refused(&s, &s.wrap(vec![saved]), &not_allowed("a chunk that is not a change"));
    for cut in 0..honest.len() {
        let received = s.victim.clone().shard.receive(vec![s.wrap(vec![honest[..cut].to_vec()])]);
        assert!(matches!(received.quarantined[..], [(_, Quarantine::Malformed(_))]), "cut at {cut}");
    }
}

#[test]
fn a_few_bytes_that_inflate_to_gigabytes() {
    let s = scene();
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..40 {
        deflate.write_all(&zeros).unwrap();
    }
    let bomb = chunk(2, &deflate.finish().unwrap());
    assert!(bomb.len() < 100_000);
    assert_refused(&s, &s.wrap(vec![bomb]), &Quarantine::TooLarge { what: "bytes", limit: 32 << 20 });
    let garbage = chunk(2, &[0xff; 50]);
    assert_refused(&s, &s.wrap(vec![garbage]), &Quarantine::Malformed("it cannot be inflated"));
}

#[test]
fn an_envelope_with_one_bad_change_counts_not_at_all() {
    let s = scene();
    let (first, mut hand) = (Change::from(s.next.clone()), s.hostile.clone());
    hand.edit(&[add(3)]);
    let mut second = common::hostile::expand(&hand.edit(&[add(4)]));
    second.seq += 1;
    let both = s.wrap(vec![first.raw_bytes().to_vec(), Change::from(second).raw_bytes().to_vec()]);
    let (mut victim, before) = (s.victim.clone(), s.victim.shard.heads());
    let received = victim.shard.receive(vec![both]);
    assert_eq!((reasons(&received), received.applied), (vec![Quarantine::SequenceGap { expected: 3, found: 4 }], 0));
    assert_eq!((victim.shard.heads(), victim.shard.document(&document(3))), (before, None));
    assert_sound(&victim.shard);
}

#[test]
fn two_stories_under_one_number_come_out_the_same_after_a_rebuild() {
    let mut a = Device::new(1);
    let base = a.edit(&[add(1)]);
    let (mut left, mut right) = (a.clone(), a.clone()); // a copied home, running twice from one memory image
    let stories = [left.edit(&[add(2)]), right.edit(&[add(3)]), left.edit(&[add(4)]), right.edit(&[add(5)])];
    let (mut x, mut y) = (Device::new(8), Device::new(9));
    x.receive(vec![base.clone(), stories[0].clone()]);
    y.receive(vec![base.clone(), stories[1].clone()]);
    let received = x.shard.receive(stories.to_vec());
    assert!(received.quarantined.contains(&(stories[1].clone(), Quarantine::ActorForked { seq: 2 })));
    assert!(!y.shard.receive(stories.to_vec()).quarantined.is_empty());
    assert_ne!(x.shard.heads(), y.shard.heads());

    let mut all = stories.to_vec();
    all.push(base);
    let (mut x, mut y) = (Shard::new(SHARD), Shard::new(SHARD));
    x.receive(all.clone());
    all.reverse();
    let received = y.receive(all);
    assert_eq!(x.heads(), y.heads());
    assert_eq!(x.change_count(), 3);
    assert_eq!(received.quarantined.len() + received.waiting.len(), 2, "the other branch is handed back whole");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Any bytes of a change altered, the checksum mended: whatever the verdict, nothing breaks, and another device agrees.
    #[test]
    fn a_tampered_change_never_breaks_a_shard(
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
        bulk in any::<bool>(),
    ) {
        let s = scene();
        let change = if bulk {
            let mut hand = s.hostile.clone();
            let edits: Vec<Edit> = (10..14).map(add).chain([
                Edit::SetField { document: document(1), field: Field::Title, value: "new".into() },
                Edit::Remove { document: document(2), reason: "x".into() },
            ]).collect();
            Change::from_bytes(hand.edit(&edits).changes.changes[0].clone()).unwrap()
        } else {
            Change::from(s.next.clone())
        };
        let mut content = body(change.raw_bytes());
        for (at, with) in hits {
            let at = at.index(content.len());
            content[at] = with;
        }
        if let Some(cut) = cut {
            content.truncate(cut.index(content.len()));
        }
        let tampered = s.wrap(vec![chunk(1, &content)]);
        let (mut one, mut two) = (s.victim.clone(), Device::new(4));
        let received = one.shard.receive(vec![tampered.clone()]);
        let refused = received.quarantined.iter().any(|(_, why)| matches!(why, Quarantine::Refused(_)));
        prop_assert!(!refused, "the gate let through what the library refuses: {:?}", received.quarantined);
        let mut all = vec![tampered];
        all.extend(one.sent.clone());
        all.extend(s.hostile.sent.clone());
        two.shard.receive(all);
        prop_assert_eq!(one.shard.heads(), two.shard.heads());
        assert_sound(&one.shard);
    }

    /// Any operations at all, in the library's own notation: what passes can be saved, loaded and agreed on.
    #[test]
    fn arbitrary_operations_never_break_a_shard(picks in prop::collection::vec((0u8..6, 0u8..9, 0u8..8, 0u8..5), 1..8)) {
        let s = scene();
        let (docs, entries) = s.roots();
        let (map, title, number) = s.document_ops();
        let own = |n: u64| OpId(s.next.start_op.get() + n, s.me());
        let Key::Map(document) = common::hostile::expand(&s.honest).operations[0].key.clone() else { panic!("a document has a key") };
        let revision = "r:AAAAAAAAAAAAAAAAAAAAAA";
        let ops = picks.into_iter().map(|(object, key_pick, action, pred)| {
            let object = match object {
                0 => docs.clone(),
                1 => entries.clone(),
                2 | 3 => ObjectId::Id(map.clone()),
                4 => ObjectId::Id(own(0)),
                _ => ObjectId::Id(own(1)),
            };
            let key = match key_pick {
                0 | 1 => "t",
                2 => "n",
                3 => revision,
                4 => &document,
                5 => "AAAAAAAAAAAAAAAAAAAAAA",
                6 => "c",
                7 => "zz",
                _ => "f:x",
            };
            let action = match action {
                0 | 1 => OpType::Make(ObjType::Map),
                2 => OpType::Delete,
                3 => OpType::Put(1_i64.into()),
                4 => OpType::Put(ScalarValue::Bytes(vec![1, 0])),
                _ => OpType::Put("x".into()),
            };
            let pred: SortedVec<OpId> = match pred {
                0 | 1 => vec![],
                2 => vec![title.clone()],
                3 => vec![own(0)],
                _ => vec![number.clone()],
            }
            .into();
            Op { action, obj: object, key: Key::Map(key.into()), pred, insert: false }
        }).collect();
        let hostile = s.ops(ops);
        let (mut one, mut two) = (s.victim.clone(), Device::new(4));
        let received = one.shard.receive(vec![hostile.clone()]);
        prop_assert!(!reasons(&received).iter().any(|why| matches!(why, Quarantine::Refused(_))), "{:?}", reasons(&received));
        let mut all = vec![hostile];
        all.extend(one.sent.clone());
        all.extend(s.hostile.sent.clone());
        two.shard.receive(all);
        prop_assert_eq!(one.shard.heads(), two.shard.heads());
        assert_sound(&one.shard);
    }
}

#[test]
fn an_honest_compressed_import_counts() {
    let mut a = Device::new(1);
    let sent = a.edit(&(0..100).map(add).collect::<Vec<_>>());
    assert_eq!(sent.changes.changes[0][8], 2, "a large change travels compressed");
    let mut b = Device::new(2);
    b.receive(vec![sent.clone()]);
    assert_eq!(shown(&a.shard), shown(&b.shard));
    // The same envelope in another log is not the same author's.
    let stolen = envelope(LogId([7; 16]), sent.changes);
    let received = Device::new(3).shard.receive(vec![stolen]);
    assert!(matches!(received.quarantined[..], [(_, Quarantine::ForeignActor)]));
}
