//! What one side asks for when the other holds more: from where, how much at a time, and when again.

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DomainId, Hash, LogId};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::hostile::{Victim, lie, said};
use super::node::{Node, folder};
use crate::frame::Message;
use crate::limits::{
    ANSWER_TIMEOUT_MS, MAX_BRANCHES, MAX_MISSING_LOGS, MAX_TAKEN_BYTES, SNAPSHOT_THRESHOLD, STORE_TIMEOUT_MS,
    TIPS_PER_FRAME,
};
use crate::{Cursor, Effect, Event};

/// The log of another author, whole.
fn other(count: usize, size: usize) -> (Node, Vec<(Tip, Vec<u8>)>) {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let mut node = Node::new(3, []);
    for _ in 0..count {
        node.write(folder(1), size, &mut rng);
    }
    let log = node.held.tips.keys().next().copied();
    let entries = log.map(|log| {
        let entries = node.held.entries[&log].iter();
        entries.map(|((seq, hash), bytes)| (Tip { log, seq: *seq, hash: *hash }, bytes.clone())).collect()
    });
    (node, entries.unwrap_or_default())
}

fn holds(tips: Vec<DomainTip>) -> Message {
    Message::Holds { tips, end: true }
}

fn in_folder(tip: Tip) -> DomainTip {
    DomainTip { domain: folder(1), tip }
}

fn wants(messages: &[Message]) -> Vec<(u32, LogId, Cursor)> {
    let wants = messages.iter().filter_map(|message| match message {
        Message::Want { id, log, after, .. } => Some((*id, *log, *after)),
        _ => None,
    });
    wants.collect()
}

fn probes(messages: &[Message]) -> bool {
    messages.iter().any(|message| matches!(message, Message::Probe { .. }))
}

impl Victim {
    /// Stores what is handed over, as its engine does, and says what that makes it say.
    fn keep(&mut self, effects: &[Effect]) -> Vec<Message> {
        let taken = effects.iter().filter_map(|effect| match effect {
            Effect::Take { envelopes } => Some(envelopes),
            _ => None,
        });
        let tips = taken.flatten().map(|bytes| self.node.held.store(bytes)).collect::<Vec<Tip>>();
        said(&self.event(Event::Stored { tips }))
    }
}

#[test]
fn what_lies_ahead_is_asked_for_behind_what_is_held() {
    let (_, entries) = other(5, 10);
    let mut victim = Victim::greeted(0);
    for (_, bytes) in &entries[..2] {
        victim.node.held.store(bytes);
    }
    victim.event(Event::Stored { tips: vec![entries[1].0] });
    let asked = said(&victim.say(&holds(vec![in_folder(entries[4].0)])));
    assert_eq!(wants(&asked).iter().map(|(.., after)| *after).collect::<Vec<_>>(), [Cursor::after_seq(2)]);
    assert!(!probes(&asked), "there is no branch to look for");
}

#[test]
fn of_what_is_new_the_beginning_is_asked_for() {
    let (_, entries) = other(3, 10);
    let asked = said(&Victim::greeted(0).say(&holds(vec![in_folder(entries[2].0)])));
    assert_eq!(wants(&asked).iter().map(|(.., after)| *after).collect::<Vec<_>>(), [Cursor::START]);
}

#[test]
fn what_lies_beside_is_looked_for_by_a_probe() {
    let (_, entries) = other(3, 10);
    let mut victim = Victim::greeted(0);
    for (_, bytes) in &entries {
        victim.node.held.store(bytes);
    }
    victim.event(Event::Stored { tips: vec![entries[2].0] });
    // At the newest seq that is held, and of another hash: a branch.
    let beside = Tip { hash: Hash([7; 32]), ..entries[2].0 };
    let asked = said(&victim.say(&holds(vec![in_folder(beside)])));
    assert!(probes(&asked) && wants(&asked).is_empty(), "{asked:?}");
}

#[test]
fn of_many_branches_the_newest_are_looked_for() {
    let mut victim = Victim::greeted(0);
    let branches: Vec<DomainTip> = (1..=MAX_BRANCHES as u64 + 1).map(|seq| lie(4, seq)).collect();
    victim.say(&holds(branches.clone()));
    // Once all that is kept in mind is here, nothing more is asked for.
    let log = branches[0].tip.log;
    victim.node.held.domain_of.insert(log, folder(1));
    for DomainTip { tip, .. } in &branches[1..] {
        victim.node.held.entries.entry(log).or_default().insert((tip.seq, tip.hash), vec![0]);
        victim.node.held.tips.entry(log).or_default().insert(*tip);
    }
    let all: Vec<Tip> = branches[1..].iter().map(|tip| tip.tip).collect();
    assert!(wants(&said(&victim.event(Event::Stored { tips: all }))).is_empty());
    let mut partly = Victim::greeted(0);
    partly.say(&holds(branches.clone()));
    partly.node.held = victim.node.held.clone();
    if let Some(entries) = partly.node.held.entries.get_mut(&log) {
        entries.retain(|(seq, _), _| *seq != 2);
    }
    let but_one: Vec<Tip> = branches[2..].iter().map(|tip| tip.tip).collect();
    partly.event(Event::Stored { tips: but_one });
    // One that is kept in mind is missing: an answer that leads nowhere makes it go on looking.
    partly.now += ANSWER_TIMEOUT_MS;
    let asked = said(&partly.event(Event::Tick));
    assert!(probes(&asked) || !wants(&asked).is_empty(), "{asked:?}");
}

#[test]
fn no_more_is_taken_than_may_wait_to_be_stored_and_what_was_stored_makes_room() {
    const SIZE: usize = 500_000;
    let most = MAX_TAKEN_BYTES / SIZE + 1;
    let (_, entries) = other(most * 5 / 2, SIZE);
    let mut victim = Victim::greeted(0);
    let mut asked = wants(&said(&victim.say(&holds(vec![in_folder(entries[entries.len() - 1].0)]))));
    let (mut rounds, mut waiting): (usize, Vec<Effect>) = (0, Vec::new());
    for (tip, bytes) in &entries {
        if asked.is_empty() {
            // No room: once what waits is stored it goes on by itself, and takes as much again.
            assert_eq!(waiting.len(), most, "in round {rounds}");
            asked = wants(&victim.keep(&std::mem::take(&mut waiting)));
            rounds += 1;
        }
        let [(id, _, after)] = asked[..] else { panic!("{asked:?}") };
        assert_eq!(after.seq + 1, tip.seq);
        let effects = victim.say(&Message::Envelopes { want: Some(id), domain: folder(1), items: vec![bytes.clone()] });
        asked = wants(&said(&effects));
        waiting.extend(effects.into_iter().filter(|effect| matches!(effect, Effect::Take { .. })));
    }
    assert_eq!(rounds, 2);
}

#[test]
fn a_list_longer_than_what_is_kept_in_mind_is_asked_for_again_once_something_came_of_it() {
    let (_, entries) = other(1, 10);
    let mut victim = Victim::greeted(0);
    let lies = |n: usize| {
        let mut log = [9; 16];
        log[..8].copy_from_slice(&(n as u64).to_le_bytes());
        DomainTip { domain: folder(2), tip: Tip { log: LogId(log), seq: 1, hash: Hash([9; 32]) } }
    };
    let mut listed = vec![in_folder(entries[0].0)];
    listed.extend((0..MAX_MISSING_LOGS).map(lies));
    let mut first = Vec::new();
    for tips in listed.chunks(TIPS_PER_FRAME) {
        first.extend(said(&victim.say(&Message::Holds { tips: tips.to_vec(), end: false })));
    }
    assert!(!first.iter().any(|message| matches!(message, Message::List)));
    // All that was kept in mind may not be taken any more, but for what came.
    let (id, ..) = wants(&first)[0];
    let answer = Message::Envelopes { want: Some(id), domain: folder(1), items: vec![entries[0].1.clone()] };
    let effects = victim.say(&answer);
    victim.node.reads.remove(&folder(2));
    let mut after = victim.keep(&effects);
    after.extend(said(&victim.event(Event::ScopeChanged)));
    assert!(after.iter().any(|message| matches!(message, Message::List)), "{after:?}");
}

#[test]
fn pieces_that_do_not_belong_together_make_no_envelope() {
    let (_, entries) = other(1, 3_000_000);
    let whole = &entries[0].1;
    let (total, half) = (whole.len() as u32, 1_000_000);
    let piece = |want, total, offset: usize, bytes: &[u8]| Message::Piece {
        want,
        domain: folder(1),
        total,
        offset: offset as u32,
        bytes: bytes.to_vec(),
    };
    let takes = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Take { .. }));
    let begun = || {
        let mut victim = Victim::greeted(0);
        let asked = wants(&said(&victim.say(&holds(vec![in_folder(entries[0].0), lie(8, 1)]))));
        assert_eq!(asked.len(), 2);
        let of = |log: LogId| asked.iter().find(|(_, asked, _)| *asked == log).map(|(id, ..)| *id);
        let (this, that) = (of(entries[0].0.log), of(lie(8, 1).tip.log));
        let (this, that) = (this.expect("asked for"), that.expect("asked for"));
        assert!(!takes(&victim.say(&piece(this, total, 0, &whole[..half]))));
        (victim, this, that)
    };
    let rest = |mut victim: Victim, want: u32| {
        let mut took = false;
        for offset in (half..whole.len()).step_by(half) {
            let end = (offset + half).min(whole.len());
            let effects = victim.say(&piece(want, total, offset, &whole[offset..end]));
            assert!(!effects.iter().any(|effect| matches!(effect, Effect::Close(_))), "{effects:?}");
            took |= takes(&effects);
        }
        took
    };
    let (victim, this, that) = begun();
    assert!(rest(victim, this), "in order it is whole");
    let (victim, ..) = begun();
    assert!(!rest(victim, that), "of another question");
    let (mut victim, this, _) = begun();
    let shorter = victim.say(&piece(this, 2 * half as u32, half, &whole[half..2 * half]));
    assert!(!takes(&shorter) && !shorter.iter().any(|effect| matches!(effect, Effect::Close(_))), "of another length");
    let (mut victim, this, _) = begun();
    let skipped = victim.say(&piece(this, total, 2 * half, &whole[2 * half..]));
    assert!(!takes(&skipped) && !skipped.iter().any(|effect| matches!(effect, Effect::Close(_))), "one was lost");
    let (mut victim, this, _) = begun();
    let empty = victim.say(&piece(this, total, half, &[]));
    assert!(empty.iter().any(|effect| matches!(effect, Effect::Close(_))), "nothing is no piece");
    let (mut victim, this, _) = begun();
    let long = victim.say(&piece(this, total, half, &vec![0; whole.len() - half + 1][..]));
    assert!(long.iter().any(|effect| matches!(effect, Effect::Close(_))), "more than there is");
}

#[test]
fn a_folder_that_lacks_much_in_all_its_logs_together_begins_with_a_snapshot() {
    let mut victim = Victim::greeted(0);
    let half = SNAPSHOT_THRESHOLD / 2;
    let asked = said(&victim.say(&holds(vec![lie(4, half), lie(5, half)])));
    let begins = |domain: DomainId| asked.iter().any(|m| matches!(m, Message::Snapshots { domain: d } if *d == domain));
    assert!(begins(folder(1)), "{asked:?}");
    let mut victim = Victim::greeted(0);
    let little = lie(4, half);
    let elsewhere = DomainTip { domain: folder(2), ..lie(5, half) };
    let asked = said(&victim.say(&holds(vec![little, elsewhere])));
    assert!(!asked.iter().any(|message| matches!(message, Message::Snapshots { .. })), "each folder counts alone");
}

#[test]
fn nothing_more_is_listed_once_everything_that_was_listed_is_here() {
    let (_, entries) = other(1, 10);
    let mut victim = Victim::greeted(0);
    let asked = wants(&said(&victim.say(&holds(vec![in_folder(entries[0].0)]))));
    let answer = Message::Envelopes { want: Some(asked[0].0), domain: folder(1), items: vec![entries[0].1.clone()] };
    let effects = victim.say(&answer);
    let mut after = said(&effects);
    after.extend(victim.keep(&effects));
    assert!(!after.iter().any(|message| matches!(message, Message::List)), "{after:?}");
}

#[test]
fn what_is_on_its_way_to_be_stored_is_not_in_sync() {
    let mut victim = Victim::new(2);
    let digest = enginus_envelope::digest(victim.node.held.clock().into_iter());
    let project = super::node::PROJECT;
    victim.say(&Message::Hello { project, heard: true, credentials: vec![], digest });
    victim.say(&Message::State { digest, seen: Some(digest) });
    assert!(victim.link.is_in_sync());
    let (_, entries) = other(1, 10);
    victim.say(&Message::Envelopes { want: None, domain: folder(1), items: vec![entries[0].1.clone()] });
    assert!(!victim.link.is_in_sync());
}

/// A side whose clock does not begin at nothing.
fn late() -> Victim {
    let mut victim = Victim::greeted(0);
    victim.now = 1_000_000;
    victim
}

#[test]
fn a_question_without_an_answer_is_asked_again_after_a_while() {
    let (_, entries) = other(1, 10);
    let mut victim = late();
    victim.say(&holds(vec![in_folder(entries[0].0)]));
    victim.now += ANSWER_TIMEOUT_MS - 1;
    assert!(wants(&said(&victim.event(Event::Tick))).is_empty());
    victim.now += 1;
    assert_eq!(wants(&said(&victim.event(Event::Tick))).len(), 1);
}

#[test]
fn what_was_handed_over_and_never_stored_is_fetched_again_after_a_while() {
    const SIZE: usize = 500_000;
    let most = MAX_TAKEN_BYTES / SIZE + 1;
    let (_, entries) = other(most + 1, SIZE);
    let mut victim = late();
    let mut asked = wants(&said(&victim.say(&holds(vec![in_folder(entries[most].0)]))));
    for (_, bytes) in &entries[..most] {
        let (id, ..) = asked[0];
        let answer = Message::Envelopes { want: Some(id), domain: folder(1), items: vec![bytes.clone()] };
        asked = wants(&said(&victim.say(&answer)));
    }
    assert!(asked.is_empty(), "there is no room for more");
    victim.now += STORE_TIMEOUT_MS - 1;
    assert!(wants(&said(&victim.event(Event::Tick))).is_empty());
    victim.now += 1;
    assert_eq!(wants(&said(&victim.event(Event::Tick))).len(), 1, "all the room is there again");
    // Nothing waits to be stored any more.
    let digest = enginus_envelope::digest(std::iter::empty());
    victim.node.write(folder(2), 10, &mut ChaCha20Rng::seed_from_u64(4));
    let own = enginus_envelope::digest(victim.node.held.clock().into_iter());
    assert_ne!(own, digest);
    victim.event(Event::ScopeChanged);
    victim.say(&Message::State { digest: own, seen: Some(own) });
    assert!(victim.link.is_in_sync());
}
