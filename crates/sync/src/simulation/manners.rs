//! What one honest side says when, and what it leaves unsaid.

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{Hash, Instant, LogId};

use super::hostile::{Victim, said};
use super::node::{PROJECT, folder};
use crate::frame::Message;
use crate::limits::{HELLO_AGAIN_MS, KEEPALIVE_MS, MAX_FRAME_BYTES, MAX_RESYNC_MS, RESYNC_MS};
use crate::{Effect, Event, Link};

fn hello(heard: bool, digest: Hash) -> Message {
    Message::Hello { project: PROJECT, heard, credentials: vec![], digest }
}

fn greets(messages: &[Message]) -> bool {
    messages.iter().any(|message| matches!(message, Message::Hello { .. }))
}

impl Victim {
    /// The digest of what it holds.
    fn own_digest(&self) -> Hash {
        enginus_envelope::digest(self.node.held.clock().into_iter())
    }

    /// When it says something of a kind, in milliseconds, while a second passes after the other.
    fn when(&mut self, seconds: i64, peer: Option<&Message>, is_it: impl Fn(&Message) -> bool) -> Vec<i64> {
        let mut times = Vec::new();
        for _ in 0..seconds {
            self.now += 1000;
            if let Some(message) = peer {
                assert!(!self.say(message).iter().any(|effect| matches!(effect, Effect::Close(_))));
            }
            if said(&self.event(Event::Tick)).iter().any(&is_it) {
                times.push(self.now);
            }
        }
        times
    }

    /// What it says once it has waited for an answer to its hello.
    fn after_a_while(&mut self) -> Vec<Message> {
        self.now += HELLO_AGAIN_MS;
        said(&self.event(Event::Tick))
    }
}

#[test]
fn credentials_take_no_more_than_half_a_frame() {
    // Each takes 4096 bytes with its length.
    let credentials = vec![vec![7; 4091]; 200];
    let mut victim = Victim::new(0);
    victim.link = Link::new(PROJECT);
    let opened = said(&victim.event(Event::Opened { credentials }));
    let Message::Hello { credentials, .. } = &opened[0] else { panic!("{opened:?}") };
    assert_eq!(credentials.len(), MAX_FRAME_BYTES / 2 / 4096 - 1);
}

#[test]
fn hello_is_said_again_until_the_other_side_shows_that_it_was_heard() {
    let digest = Hash([9; 32]);
    assert!(greets(&Victim::new(0).after_a_while()), "nothing was heard");
    let mut victim = Victim::new(0);
    victim.say(&hello(false, digest));
    assert!(greets(&victim.after_a_while()), "it says that it heard nothing");
    let mut victim = Victim::new(0);
    victim.say(&hello(true, digest));
    assert!(!greets(&victim.after_a_while()));
    // Whoever says anything else has heard a hello.
    let mut victim = Victim::new(0);
    victim.say(&hello(false, digest));
    victim.say(&Message::State { digest, seen: None });
    assert!(!greets(&victim.after_a_while()));
}

#[test]
fn hello_is_answered_at_once_where_it_is_said_again_because_ours_was_lost() {
    let digest = Hash([9; 32]);
    let mut victim = Victim::new(0);
    victim.say(&hello(false, digest));
    assert!(greets(&said(&victim.say(&hello(false, digest)))));
    assert!(!greets(&said(&victim.say(&hello(true, digest)))), "it was heard");
}

#[test]
fn what_equal_digests_say_is_not_asked_again_before_news_are_pushed() {
    let mut victim = Victim::new(3);
    let (mut link, mut rng) = (Link::new(PROJECT), victim.rng.clone());
    let view = super::node::View { me: &victim.node, peer_reads: &[folder(1), folder(2)].into() };
    let opened = said(&link.handle(Instant(0), &mut rng, Event::Opened { credentials: vec![] }, &view));
    let Message::Hello { digest, .. } = opened[0] else { panic!("{opened:?}") };
    victim.say(&hello(true, digest));
    let tip = victim.node.write(folder(1), 10, &mut rng);
    let told = said(&victim.event(Event::Stored { tips: vec![tip] }));
    let pushed: Vec<usize> = told
        .iter()
        .filter_map(|message| match message {
            Message::Envelopes { want: None, items, .. } => Some(items.len()),
            _ => None,
        })
        .collect();
    assert_eq!(pushed, [1], "the new one alone, unasked");
}

#[test]
fn what_was_offered_too_early_is_asked_for_once_it_may_be_taken() {
    let mut victim = Victim::greeted(0);
    let tip = Tip { log: LogId([5; 16]), seq: 1, hash: Hash([5; 32]) };
    let asked = |messages: Vec<Message>| messages.contains(&Message::List);
    let told = said(&victim.say(&Message::Holds { tips: vec![DomainTip { domain: folder(3), tip }], end: true }));
    assert!(!asked(told));
    victim.node.reads.insert(folder(3));
    assert!(asked(said(&victim.event(Event::ScopeChanged))));
    assert!(!asked(said(&victim.event(Event::ScopeChanged))), "once");
}

/// The other side goes on saying that it holds something else.
const DIFFERS: Message = Message::State { digest: Hash([9; 32]), seen: None };

#[test]
fn hello_is_said_again_after_its_time_and_not_before() {
    assert_eq!(Victim::new(0).when(12, None, |message| greets(std::slice::from_ref(message))), [5_000, 10_000]);
}

#[test]
fn lists_are_asked_for_again_ever_more_seldom_where_nothing_helps() {
    let mut victim = Victim::greeted(1);
    let times = victim.when(2_000, Some(&DIFFERS), |message| *message == Message::List);
    assert_eq!(times[0], RESYNC_MS);
    let (mut least, mut most) = (RESYNC_MS, RESYNC_MS);
    for pair in times.windows(2) {
        // Twice as long each time, a little spread, told by the second.
        (least, most) = ((least * 2).min(MAX_RESYNC_MS), (most * 2).min(MAX_RESYNC_MS) + 2_000);
        let gap = pair[1] - pair[0];
        assert!((least..=most).contains(&gap), "{gap} is not in {least}..={most}: {times:?}");
    }
    assert!(times.len() > 8);
}

#[test]
fn progress_begins_the_waiting_anew() {
    let mut victim = Victim::greeted(1);
    let is_list = |message: &Message| *message == Message::List;
    assert_eq!(victim.when(25, Some(&DIFFERS), is_list), [10_000]);
    let mut rng = victim.rng.clone();
    let tip = victim.node.write(folder(1), 10, &mut rng);
    victim.event(Event::Stored { tips: vec![tip] });
    assert_eq!(victim.when(12, Some(&DIFFERS), is_list), [35_000]);
}

#[test]
fn whoever_agrees_is_not_asked() {
    let mut victim = Victim::new(0);
    let opened = Victim::new(0);
    let view = super::node::View { me: &opened.node, peer_reads: &[folder(1), folder(2)].into() };
    let mut link = Link::new(PROJECT);
    let hello =
        said(&link.handle(Instant(0), &mut opened.rng.clone(), Event::Opened { credentials: vec![] }, &view)).remove(0);
    victim.say(&hello);
    let Message::Hello { digest, .. } = hello else { panic!("no hello") };
    let state = Message::State { digest, seen: Some(digest) };
    assert!(victim.when(100, Some(&state), |message| *message == Message::List).is_empty());
}

#[test]
fn where_there_is_nothing_to_say_the_state_is_said_from_time_to_time() {
    let mut victim = Victim::greeted(0);
    let times = victim.when(60, None, |message| matches!(message, Message::State { .. }));
    assert_eq!(times, [1, 2, 3, 4].map(|n| n * KEEPALIVE_MS));
}

#[test]
fn a_scope_that_did_not_change_is_not_told_and_one_that_did_is() {
    let mut victim = Victim::greeted(1);
    let lists = |messages: Vec<Message>| messages.iter().any(|message| matches!(message, Message::Holds { .. }));
    assert!(!lists(said(&victim.event(Event::ScopeChanged))));
    victim.peer_reads.remove(&folder(1));
    assert!(lists(said(&victim.event(Event::ScopeChanged))));
    assert!(!lists(said(&victim.event(Event::ScopeChanged))));
    victim.peer_reads.insert(folder(1));
    assert!(lists(said(&victim.event(Event::ScopeChanged))));
}

#[test]
fn sides_that_are_equal_list_nothing_again() {
    let mut victim = Victim::new(2);
    let digest = victim.own_digest();
    victim.say(&hello(true, digest));
    let agreed = Message::State { digest, seen: Some(digest) };
    victim.say(&agreed);
    let lists = |message: &Message| matches!(message, Message::List | Message::Holds { .. });
    assert_eq!(victim.when(120, Some(&agreed), lists), [] as [i64; 0]);
}

#[test]
fn what_this_side_may_not_take_any_more_is_offered_again_ever_more_rarely() {
    let mut victim = Victim::new(2);
    victim.node.reads.clear();
    let digest = enginus_envelope::digest(std::iter::empty());
    let tells = |message: &Message| matches!(message, Message::Holds { tips, .. } if !tips.is_empty());
    let first = said(&victim.say(&hello(true, digest)));
    assert!(first.iter().any(tells), "{first:?}");
    let agreed = Message::State { digest, seen: Some(digest) };
    victim.say(&agreed);
    let times = victim.when(1_200, Some(&agreed), tells);
    assert!(times.len() > 3 && times.len() < 12, "{times:?}");
    let waited: Vec<i64> = times.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(waited.iter().any(|ms| *ms >= MAX_RESYNC_MS), "{waited:?}");
}

#[test]
fn what_a_peer_may_have_from_now_on_is_listed_also_where_this_side_takes_none_of_it() {
    let mut victim = Victim::new(2);
    victim.node.reads.clear();
    victim.peer_reads.clear();
    victim.event(Event::ScopeChanged);
    victim.say(&hello(true, Hash([9; 32])));
    victim.peer_reads.insert(folder(1));
    let listed = said(&victim.event(Event::ScopeChanged));
    let tells = |message: &Message| matches!(message, Message::Holds { tips, .. } if !tips.is_empty());
    assert!(listed.iter().any(tells), "{listed:?}");
}

#[test]
fn while_an_answer_is_waited_for_nothing_is_listed_again() {
    let mut victim = Victim::new(2);
    let digest = Hash([9; 32]);
    victim.say(&hello(true, digest));
    let asked = said(&victim.say(&Message::Holds { tips: vec![super::hostile::lie(4, 3)], end: true }));
    assert!(asked.iter().any(|message| matches!(message, Message::Want { .. })), "{asked:?}");
    let alive = Message::State { digest, seen: None };
    let lists = |message: &Message| matches!(message, Message::List | Message::Holds { .. });
    assert_eq!(victim.when(RESYNC_MS / 1000 * 3, Some(&alive), lists), [] as [i64; 0]);
}
