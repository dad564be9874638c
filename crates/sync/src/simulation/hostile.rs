//! Peers that lie, flood, send garbage or fall silent.

use std::collections::BTreeSet;

use enginus_envelope::{DomainTip, Envelope, Tip};
use enginus_model::{DomainId, Hash, Instant, LogId, ProjectId};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::node::{Node, PROJECT, View, folder};
use crate::frame::Message;
use crate::limits::{
    ENVELOPES_BYTES, MAX_FRAME_BYTES, MAX_MISSING_LOGS, MAX_QUESTIONS, MAX_WANTS, SEND_WINDOW_BYTES, SILENCE_MS,
};
use crate::{Cursor, Effect, Event, Farewell, Link, Reason, SnapshotOffer};

/// One honest side under test, and what it said last.
pub(super) struct Victim {
    pub(super) link: Link,
    pub(super) node: Node,
    pub(super) peer_reads: BTreeSet<DomainId>,
    pub(super) rng: ChaCha20Rng,
    pub(super) now: i64,
}

impl Victim {
    /// A side that holds `held` envelopes in folder 1 and has just opened.
    pub(super) fn new(held: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut node = Node::new(1, [folder(1), folder(2)]);
        for _ in 0..held {
            node.write(folder(1), 20_000, &mut rng);
        }
        let mut victim =
            Self { link: Link::new(PROJECT), node, peer_reads: [folder(1), folder(2)].into(), rng, now: 0 };
        victim.event(Event::Opened { credentials: vec![] });
        victim
    }

    pub(super) fn greeted(held: usize) -> Self {
        let mut victim = Self::new(held);
        victim.say(&hello(PROJECT));
        victim
    }

    pub(super) fn event(&mut self, event: Event) -> Vec<Effect> {
        let view = View { me: &self.node, peer_reads: &self.peer_reads };
        self.link.handle(Instant(self.now), &mut self.rng, event, &view)
    }

    pub(super) fn say(&mut self, message: &Message) -> Vec<Effect> {
        self.event(Event::Received(message.encode()))
    }

    fn log(&self) -> LogId {
        *self.node.held.tips.keys().next().unwrap()
    }
}

fn hello(project: ProjectId) -> Message {
    Message::Hello { project, heard: true, credentials: vec![], digest: Hash([9; 32]) }
}

fn reason(effects: &[Effect]) -> Option<Reason> {
    match effects.last() {
        Some(Effect::Close(reason)) => Some(*reason),
        _ => None,
    }
}

pub(super) fn said(effects: &[Effect]) -> Vec<Message> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(frame) => Some(Message::decode(frame).unwrap()),
            _ => None,
        })
        .collect()
}

pub(super) fn lie(log: u8, seq: u64) -> DomainTip {
    DomainTip { domain: folder(1), tip: Tip { log: LogId([log; 16]), seq, hash: Hash([log; 32]) } }
}

/// Envelopes of another author, in order.
fn foreign(count: usize) -> Vec<Vec<u8>> {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let mut node = Node::new(2, []);
    for _ in 0..count {
        node.write(folder(1), 10, &mut rng);
    }
    node.held.entries.into_values().flat_map(std::collections::BTreeMap::into_values).collect()
}

#[test]
fn another_project_or_version_ends_it_and_says_why() {
    let effects = Victim::new(0).say(&hello(ProjectId([2; 32])));
    assert_eq!(reason(&effects), Some(Reason::WrongProject));
    assert_eq!(said(&effects), [Message::Bye { why: Farewell::WrongProject }]);
    let effects = Victim::new(0).event(Event::Received(vec![7, 1, 2]));
    assert_eq!(reason(&effects), Some(Reason::Version { theirs: 7 }));
    assert_eq!(said(&effects), [Message::Bye { why: Farewell::Version }]);
    let mut victim = Victim::greeted(0);
    let effects = victim.say(&Message::Bye { why: Farewell::Version });
    assert_eq!(effects, [Effect::Close(Reason::Theirs { why: Farewell::Version })]);
    assert_eq!(victim.say(&hello(PROJECT)), [], "a closed link answers nothing");
}

#[test]
fn garbage_ends_it() {
    for frame in [vec![], vec![1], vec![1, 0xFF], vec![1; MAX_FRAME_BYTES + 1]] {
        assert!(matches!(reason(&Victim::greeted(0).event(Event::Received(frame))), Some(Reason::Broken { .. })));
    }
}

#[test]
fn nothing_is_said_to_a_peer_that_did_not_say_hello() {
    let mut victim = Victim::new(3);
    let want = Message::Want { id: 1, domain: folder(1), log: victim.log(), after: Cursor::START };
    for _ in 0..64 {
        assert_eq!(victim.say(&want), []);
    }
    assert!(matches!(reason(&victim.say(&want)), Some(Reason::Broken { .. })));
}

#[test]
fn what_a_peer_may_not_pull_is_not_sent_however_it_asks() {
    let mut victim = Victim::greeted(3);
    let (domain, log) = (folder(1), victim.log());
    victim.node.snapshots.insert(domain, vec![1; 100]);
    victim.peer_reads.clear();
    victim.event(Event::ScopeChanged);
    for (question, answer) in [
        (
            Message::Want { id: 1, domain, log, after: Cursor::START },
            Message::Envelopes { want: Some(1), domain, items: vec![] },
        ),
        // The right log under a domain the peer may pull.
        (
            Message::Want { id: 2, domain: folder(2), log, after: Cursor::START },
            Message::Envelopes { want: Some(2), domain: folder(2), items: vec![] },
        ),
        (Message::Probe { domain, log, seqs: vec![1] }, Message::Hashes { log, at: vec![] }),
        (Message::Probe { domain: folder(2), log, seqs: vec![1] }, Message::Hashes { log, at: vec![] }),
        (Message::Snapshots { domain }, Message::Offers { domain, offers: vec![] }),
        (
            Message::WantSnapshot { domain, id: Hash([0; 32]), offset: 0 },
            Message::SnapshotBytes { domain, id: Hash([0; 32]), offset: 0, bytes: vec![] },
        ),
        (Message::List, Message::Holds { tips: vec![], end: true }),
    ] {
        victim.peer_reads = [folder(2)].into();
        assert_eq!(said(&victim.say(&question)), [answer]);
    }
}

#[test]
fn a_peer_that_does_not_read_cannot_fill_the_memory() {
    let mut victim = Victim::greeted(30);
    let (domain, log) = (folder(1), victim.log());
    let mut sent = 0;
    let mut held_back = false;
    let mut closed = None;
    for id in 0..1000 {
        let effects = victim.say(&Message::Want { id, domain, log, after: Cursor::START });
        for effect in &effects {
            match effect {
                Effect::Send(frame) => sent += frame.len(),
                Effect::MoreToSend => held_back = true,
                _ => {}
            }
        }
        closed = reason(&effects);
        if closed.is_some() {
            break;
        }
    }
    assert!(held_back && sent < SEND_WINDOW_BYTES + 2 * ENVELOPES_BYTES, "{sent} bytes");
    assert_eq!(closed, Some(Reason::Flooded { what: "questions" }));
}

#[test]
fn after_a_drain_the_rest_is_answered() {
    let mut victim = Victim::greeted(30);
    let (domain, log) = (folder(1), victim.log());
    let mut answers = 0;
    let questions = SEND_WINDOW_BYTES / ENVELOPES_BYTES + MAX_QUESTIONS / 2;
    for id in 0..questions {
        let effects = victim.say(&Message::Want { id: id as u32, domain, log, after: Cursor::START });
        answers += said(&effects).len();
    }
    assert!(answers < questions);
    for _ in 0..10 {
        answers += said(&victim.event(Event::Drained)).len();
    }
    assert_eq!(answers, questions);
}

#[test]
fn invented_logs_are_asked_for_and_forgotten() {
    let mut victim = Victim::greeted(0);
    let mut effects = victim.say(&Message::Holds { tips: vec![lie(1, 5), lie(2, u64::MAX), lie(3, 0)], end: true });
    for _ in 0..50 {
        let mut next = vec![];
        for question in said(&effects) {
            next.extend(match question {
                Message::Want { id, domain, .. } => {
                    victim.say(&Message::Envelopes { want: Some(id), domain, items: vec![] })
                }
                Message::Probe { log, .. } => victim.say(&Message::Hashes { log, at: vec![] }),
                Message::Snapshots { domain } => victim.say(&Message::Offers { domain, offers: vec![] }),
                _ => vec![],
            });
        }
        effects = next;
    }
    assert_eq!(effects, [], "the questions came to an end");
    assert!(!victim.link.is_in_sync());
}

#[test]
fn of_too_many_invented_logs_a_part_is_kept_in_mind() {
    let mut victim = Victim::greeted(0);
    let invent = |n: usize| {
        let mut log = [0; 16];
        log[..8].copy_from_slice(&(n as u64).to_le_bytes());
        DomainTip { domain: folder(1), tip: Tip { log: LogId(log), seq: 1, hash: Hash([1; 32]) } }
    };
    let all: Vec<DomainTip> = (0..=MAX_MISSING_LOGS).map(invent).collect();
    let mut asked = 0;
    for tips in all.chunks(4096) {
        let effects = victim.say(&Message::Holds { tips: tips.to_vec(), end: false });
        assert_eq!(reason(&effects), None, "a project may have more logs than this");
        asked += said(&effects).iter().filter(|message| matches!(message, Message::Want { .. })).count();
    }
    assert!(asked <= MAX_WANTS, "{asked}");
}

#[test]
fn answers_that_are_not_what_was_asked_for_end_it() {
    let envelopes = foreign(2);
    let tip = Envelope::decode(&envelopes[1]).unwrap().tip();
    let asked = || {
        let mut victim = Victim::greeted(0);
        let effects = victim.say(&Message::Holds { tips: vec![DomainTip { domain: folder(1), tip }], end: true });
        let id = said(&effects).iter().find_map(|message| match message {
            Message::Want { id, .. } => Some(*id),
            _ => None,
        });
        (victim, id.unwrap())
    };
    let broken = |items: Vec<Vec<u8>>, domain: DomainId| {
        let (mut victim, id) = asked();
        let effects = victim.say(&Message::Envelopes { want: Some(id), domain, items });
        reason(&effects)
    };
    assert!(matches!(broken(vec![vec![1, 2, 3]], folder(1)), Some(Reason::Broken { .. })));
    assert!(matches!(broken(envelopes.clone(), folder(2)), Some(Reason::Broken { .. })));
    let other_log = Victim::new(1).node.held.entries.into_values().next().unwrap().into_values().collect();
    assert!(matches!(broken(other_log, folder(1)), Some(Reason::Broken { .. })));
    let mut newer = envelopes[0].clone();
    newer[0] = 2;
    assert_eq!(broken(vec![newer], folder(1)), Some(Reason::NewerEnvelope));
    assert_eq!(broken(envelopes, folder(1)), None);
}

#[test]
fn a_push_that_hangs_in_the_air_is_not_taken_but_asked_for() {
    let envelopes = foreign(3);
    let mut victim = Victim::greeted(0);
    let effects = victim.say(&Message::Envelopes { want: None, domain: folder(1), items: vec![envelopes[2].clone()] });
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Take { .. })));
    let want = |message: &Message| matches!(message, Message::Want { after, .. } if *after == Cursor::START);
    assert!(said(&effects).iter().any(want));
}

#[test]
fn envelopes_of_a_domain_this_device_may_not_take_are_dropped() {
    let mut victim = Victim::greeted(0);
    victim.node.reads.clear();
    let effects = victim.say(&Message::Envelopes { want: None, domain: folder(1), items: foreign(1) });
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Take { .. })));
}

#[test]
fn forged_envelopes_end_it() {
    let mut victim = Victim::greeted(0);
    let mut envelope = Envelope::decode(&foreign(1)[0]).unwrap();
    envelope.signature.0[0] ^= 1;
    let effects = victim.say(&Message::Envelopes { want: None, domain: folder(1), items: vec![envelope.encode()] });
    let taken = effects.iter().any(|effect| matches!(effect, Effect::Take { .. }));
    assert!(taken, "signatures are the engine's to check");
    let effects = victim.event(Event::Refused { tips: vec![envelope.tip()] });
    assert_eq!(reason(&effects), Some(Reason::Forged));
}

#[test]
fn snapshots_other_than_offered_end_it_and_too_large_ones_are_not_asked_for() {
    let begin = |size: u64| {
        let mut victim = Victim::greeted(0);
        let domain = folder(2);
        let tip = Tip { log: LogId([1; 16]), seq: 9999, hash: Hash([1; 32]) };
        let effects = victim.say(&Message::Holds { tips: vec![DomainTip { domain, tip }], end: true });
        assert!(said(&effects).contains(&Message::Snapshots { domain }));
        let offer = SnapshotOffer { id: Hash::of(b"right"), size, label: vec![], covers: vec![] };
        let effects = victim.say(&Message::Offers { domain, offers: vec![offer] });
        (victim, said(&effects))
    };
    let (_, asked) = begin(crate::limits::MAX_SNAPSHOT_BYTES + 1);
    assert!(asked.iter().all(|message| matches!(message, Message::Want { .. })), "{asked:?}");
    let bytes = |bytes: &[u8]| Message::SnapshotBytes {
        domain: folder(2),
        id: Hash::of(b"right"),
        offset: 0,
        bytes: bytes.to_vec(),
    };
    assert!(matches!(reason(&begin(5).0.say(&bytes(b"wrong"))), Some(Reason::Broken { .. })));
    assert!(matches!(reason(&begin(5).0.say(&bytes(b"right and more"))), Some(Reason::Broken { .. })));
    assert!(begin(5).0.say(&bytes(b"right")).iter().any(|effect| matches!(effect, Effect::Snapshot { .. })));
}

#[test]
fn a_false_digest_never_makes_it_in_sync() {
    let mut victim = Victim::greeted(1);
    for _ in 0..5 {
        let effects = victim.say(&Message::State { digest: Hash([5; 32]), seen: Some(Hash([5; 32])) });
        assert!(!effects.contains(&Effect::InSync(true)));
    }
}

#[test]
fn a_silent_peer_is_given_up_and_a_slow_clock_does_no_harm() {
    let mut victim = Victim::greeted(1);
    victim.now = SILENCE_MS - 1;
    assert_eq!(reason(&victim.event(Event::Tick)), None);
    victim.now = -1_000_000; // a clock that was set back
    assert_eq!(reason(&victim.event(Event::Tick)), None);
    victim.now = SILENCE_MS;
    assert_eq!(reason(&victim.event(Event::Tick)), Some(Reason::Silent));
}

fn message() -> impl Strategy<Value = Message> {
    let (domain, log) = ((1u8..4).prop_map(folder), (0u8..4).prop_map(|n| LogId([n; 16])));
    let hash = (0u8..4).prop_map(|n| Hash([n; 32]));
    let seq = prop_oneof![0u64..6, Just(u64::MAX)];
    let bytes = proptest::collection::vec(any::<u8>(), 0..20);
    let tip = (domain.clone(), log.clone(), seq.clone(), hash.clone())
        .prop_map(|(domain, log, seq, hash)| DomainTip { domain, tip: Tip { log, seq, hash } });
    let genuine = proptest::sample::subsequence(foreign(4), 0..=4);
    prop_oneof![
        any::<bool>().prop_map(|heard| Message::Hello {
            project: PROJECT,
            heard,
            credentials: vec![],
            digest: Hash([1; 32])
        }),
        (hash.clone(), proptest::option::of(hash.clone())).prop_map(|(digest, seen)| Message::State { digest, seen }),
        (proptest::collection::vec(tip, 0..4), any::<bool>()).prop_map(|(tips, end)| Message::Holds { tips, end }),
        Just(Message::List),
        (domain.clone(), log.clone(), proptest::collection::vec(seq.clone(), 0..4))
            .prop_map(|(domain, log, seqs)| Message::Probe { domain, log, seqs }),
        (log.clone(), seq.clone(), hash.clone())
            .prop_map(|(log, seq, hash)| Message::Hashes { log, at: vec![(seq, vec![hash])] }),
        (any::<u32>(), domain.clone(), log, seq, hash.clone()).prop_map(|(id, domain, log, seq, hash)| Message::Want {
            id,
            domain,
            log,
            after: Cursor { seq, hash }
        }),
        genuine.prop_map(|items| Message::Envelopes { want: None, domain: folder(1), items }),
        (domain.clone(), 0u32..50, 0u32..50, bytes.clone()).prop_map(|(domain, total, offset, bytes)| Message::Piece {
            want: 1,
            domain,
            total,
            offset,
            bytes
        }),
        domain.clone().prop_map(|domain| Message::Snapshots { domain }),
        (domain.clone(), hash.clone(), 0u64..30).prop_map(|(domain, id, size)| Message::Offers {
            domain,
            offers: vec![SnapshotOffer { id, size, label: vec![], covers: vec![] }],
        }),
        (domain.clone(), hash.clone(), any::<u64>()).prop_map(|(domain, id, offset)| Message::WantSnapshot {
            domain,
            id,
            offset
        }),
        (domain, hash, 0u64..30, bytes).prop_map(|(domain, id, offset, bytes)| Message::SnapshotBytes {
            domain,
            id,
            offset,
            bytes
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a peer says in whatever order: no panic, nothing taken that does not follow, no end of answers to one message.
    #[test]
    fn any_conversation_is_survived(messages in proptest::collection::vec(message(), 0..60)) {
        let mut victim = Victim::greeted(2);
        for message in messages {
            victim.now += 700;
            let effects = victim.say(&message);
            prop_assert!(effects.len() < 100);
            for effect in effects {
                if let Effect::Take { envelopes } = effect {
                    let tips = envelopes.iter().map(|bytes| victim.node.held.store(bytes)).collect();
                    victim.event(Event::Stored { tips });
                }
            }
            victim.event(Event::Tick);
        }
    }
}

fn asks(effects: &[Effect]) -> Vec<Message> {
    let question = |message: &Message| matches!(message, Message::Want { .. } | Message::Probe { .. });
    said(effects).into_iter().filter(question).collect()
}

fn id_of(question: Option<&Message>) -> Option<u32> {
    match question {
        Some(Message::Want { id, .. }) => Some(*id),
        _ => None,
    }
}

#[test]
fn what_may_not_be_taken_any_more_is_not_asked_for() {
    let mut victim = Victim::greeted(0);
    let tips = (1..=MAX_WANTS as u8 + 3).map(|log| lie(log, 1)).collect();
    let asked = asks(&victim.say(&Message::Holds { tips, end: true }));
    assert_eq!(asked.len(), MAX_WANTS);
    victim.node.reads.clear();
    assert_eq!(asks(&victim.event(Event::ScopeChanged)), []);
    let answer = Message::Envelopes { want: id_of(asked.first()), domain: folder(1), items: vec![] };
    assert_eq!(asks(&victim.say(&answer)), [], "there is room for the next question, and none to be asked");
}

#[test]
fn what_was_taken_and_is_not_durable_yet_is_not_asked_for_again() {
    let envelopes = foreign(3);
    let tips: Vec<Tip> = envelopes.iter().map(|bytes| Envelope::decode(bytes).unwrap().tip()).collect();
    let mut victim = Victim::greeted(0);
    let holds = Message::Holds { tips: vec![DomainTip { domain: folder(1), tip: tips[2] }], end: true };
    let asked = asks(&victim.say(&holds));
    let answer = Message::Envelopes { want: id_of(asked.first()), domain: folder(1), items: envelopes.clone() };
    let effects = victim.say(&answer);
    assert!(effects.contains(&Effect::Take { envelopes: envelopes.clone() }));
    // The store takes them one by one.
    for (bytes, tip) in envelopes.iter().zip(&tips).take(2) {
        victim.node.held.store(bytes);
        assert_eq!(asks(&victim.event(Event::Stored { tips: vec![*tip] })), []);
        assert_eq!(asks(&victim.say(&holds)), []);
    }
}

#[test]
fn of_several_branches_at_one_place_one_that_is_held_is_enough_to_agree() {
    let mut victim = Victim::greeted(3);
    let log = victim.log();
    let (_, held) = *victim.node.held.entries[&log].keys().find(|(seq, _)| *seq == 2).unwrap();
    let beside = DomainTip { domain: folder(1), tip: Tip { log, seq: 3, hash: Hash([7; 32]) } };
    let asked = asks(&victim.say(&Message::Holds { tips: vec![beside], end: true }));
    assert!(matches!(asked[..], [Message::Probe { .. }]), "{asked:?}");
    let hashes = Message::Hashes { log, at: vec![(2, vec![Hash([8; 32]), held])] };
    let asked = asks(&victim.say(&hashes));
    assert!(matches!(&asked[..], [Message::Want { after, .. }] if *after == Cursor::after_seq(2)), "{asked:?}");
}

#[test]
fn a_long_envelope_comes_in_pieces_up_to_its_limit() {
    let begin = |total: usize| {
        let mut victim = Victim::greeted(0);
        let asked = asks(&victim.say(&Message::Holds { tips: vec![lie(1, 1)], end: true }));
        let want = id_of(asked.first()).unwrap();
        let piece = Message::Piece { want, domain: folder(1), total: total as u32, offset: 0, bytes: vec![1] };
        reason(&victim.say(&piece))
    };
    assert_eq!(begin(enginus_envelope::MAX_ENVELOPE_BYTES), None);
    assert!(matches!(begin(enginus_envelope::MAX_ENVELOPE_BYTES + 1), Some(Reason::Broken { .. })));
}
