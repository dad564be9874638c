//! What one honest side says when, and what it leaves unsaid.

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{Hash, Instant, LogId};

use super::hostile::{Victim, said};
use super::node::{PROJECT, folder};
use crate::frame::Message;
use crate::limits::{HELLO_AGAIN_MS, MAX_FRAME_BYTES};
use crate::{Event, Link};

fn hello(heard: bool, digest: Hash) -> Message {
    Message::Hello { project: PROJECT, heard, credentials: vec![], digest }
}

fn greets(messages: &[Message]) -> bool {
    messages.iter().any(|message| matches!(message, Message::Hello { .. }))
}

impl Victim {
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
