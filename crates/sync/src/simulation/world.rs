//! A seeded world: devices, connections between them, and a network that loses, repeats, delays and overtakes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DomainId, Instant};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::node::{Node, PROJECT, View};
use crate::frame::Message;
use crate::{Effect, Event, Holdings, Link, Reason};

/// How bad the network is, in percent; delays are up to `delay_ms`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Faults {
    pub(crate) lost: u32,
    pub(crate) repeated: u32,
    pub(crate) delay_ms: i64,
    pub(crate) disconnects: u32,
}

impl Faults {
    pub(crate) const NONE: Self = Self { lost: 0, repeated: 0, delay_ms: 5, disconnects: 0 };
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Frame { from: usize, to: usize, connection: u32, frame: Vec<u8> },
    Durable { node: usize, envelopes: Vec<Vec<u8>> },
    Drained { me: usize, peer: usize, connection: u32 },
    Tick,
    Connect { a: usize, b: usize },
}

#[derive(Debug)]
struct Side {
    link: Link,
    connection: u32,
}

pub(crate) struct World {
    pub(crate) nodes: Vec<Node>,
    pub(crate) faults: Faults,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) now: i64,
    sides: BTreeMap<(usize, usize), Side>,
    queue: BinaryHeap<Reverse<(i64, u64, What)>>,
    order: u64,
    connections: u32,
    /// Newest arrival per direction, while the network keeps order.
    arrivals: BTreeMap<(usize, usize), i64>,
    durable_at: BTreeMap<usize, i64>,
    pub(crate) credentials: BTreeMap<usize, Vec<Vec<u8>>>,
    pub(crate) log: Vec<(i64, usize, usize, Effect)>,
    /// Kinds of messages sent, for looking at what a scenario took.
    pub(crate) sent: BTreeMap<&'static str, usize>,
    pub(crate) sent_bytes: usize,
}

impl World {
    pub(crate) fn new(seed: u64, nodes: Vec<Node>) -> Self {
        let mut world = Self {
            nodes,
            faults: Faults::NONE,
            rng: ChaCha20Rng::seed_from_u64(seed),
            now: 0,
            sides: BTreeMap::new(),
            queue: BinaryHeap::new(),
            order: 0,
            connections: 0,
            arrivals: BTreeMap::new(),
            durable_at: BTreeMap::new(),
            credentials: BTreeMap::new(),
            log: vec![],
            sent: BTreeMap::new(),
            sent_bytes: 0,
        };
        world.later(1000, What::Tick);
        world
    }

    pub(crate) fn connect_all(&mut self) {
        for a in 0..self.nodes.len() {
            for b in a + 1..self.nodes.len() {
                self.connect(a, b);
            }
        }
    }

    pub(crate) fn connect(&mut self, a: usize, b: usize) {
        self.connections += 1;
        for (me, peer) in [(a, b), (b, a)] {
            self.sides.insert((me, peer), Side { link: Link::new(PROJECT), connection: self.connections });
            let credentials = self.credentials.get(&me).cloned().unwrap_or_default();
            self.event(me, peer, Event::Opened { credentials });
        }
    }

    pub(crate) fn disconnect(&mut self, a: usize, b: usize) {
        for (me, peer) in [(a, b), (b, a)] {
            self.event(me, peer, Event::Closed);
            self.sides.remove(&(me, peer));
        }
    }

    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.rng.next_u32() % 100 < percent
    }

    fn later(&mut self, delay_ms: i64, what: What) {
        self.order += 1;
        self.queue.push(Reverse((self.now + delay_ms, self.order, what)));
    }

    /// Runs for `ms` of simulated time.
    pub(crate) fn run(&mut self, ms: i64) {
        let until = self.now + ms;
        while self.queue.peek().is_some_and(|Reverse((at, _, _))| *at <= until) {
            let Some(Reverse((at, _, what))) = self.queue.pop() else { break };
            self.now = at;
            self.happen(what);
        }
        self.now = until;
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Frame { from, to, connection, frame } => {
                if self.sides.get(&(to, from)).is_some_and(|side| side.connection == connection) {
                    self.event(to, from, Event::Received(frame));
                }
            }
            What::Durable { node, envelopes } => {
                let tips: Vec<Tip> = envelopes.iter().map(|bytes| self.nodes[node].held.store(bytes)).collect();
                self.stored(node, tips);
            }
            What::Drained { me, peer, connection } => {
                if self.sides.get(&(me, peer)).is_some_and(|side| side.connection == connection) {
                    self.event(me, peer, Event::Drained);
                }
            }
            What::Tick => self.tick(),
            What::Connect { a, b } => self.connect(a, b),
        }
    }

    fn tick(&mut self) {
        let pairs: Vec<(usize, usize)> = self.sides.keys().copied().collect();
        for (me, peer) in pairs {
            if me < peer && self.percent(self.faults.disconnects) {
                self.disconnect(me, peer);
                let pause = i64::from(self.rng.next_u32() % 5000);
                self.later(pause, What::Connect { a: me, b: peer });
            } else {
                self.event(me, peer, Event::Tick);
            }
        }
        self.later(1000, What::Tick);
    }

    /// Tells every link of a device that something became durable.
    pub(crate) fn stored(&mut self, node: usize, tips: Vec<Tip>) {
        for peer in 0..self.nodes.len() {
            self.event(node, peer, Event::Stored { tips: tips.clone() });
        }
    }

    pub(crate) fn write(&mut self, node: usize, domain: DomainId, size: usize) -> Tip {
        let tip = self.nodes[node].write(domain, size, &mut self.rng);
        self.stored(node, vec![tip]);
        tip
    }

    pub(crate) fn event(&mut self, me: usize, peer: usize, event: Event) {
        let Some(side) = self.sides.get_mut(&(me, peer)) else { return };
        let connection = side.connection;
        let view = View { me: &self.nodes[me], peer_reads: &self.nodes[peer].reads };
        let effects = side.link.handle(Instant(self.now), &mut self.rng, event, &view);
        for effect in effects {
            self.effect(me, peer, connection, effect);
        }
    }

    fn effect(&mut self, me: usize, peer: usize, connection: u32, effect: Effect) {
        match &effect {
            Effect::Send(frame) => return self.send(me, peer, connection, frame.clone()),
            Effect::MoreToSend => return self.later(20, What::Drained { me, peer, connection }),
            Effect::Take { envelopes } => {
                let delay = 1 + i64::from(self.rng.next_u32() % 30);
                let at = (self.now + delay).max(self.durable_at.get(&me).copied().unwrap_or(0) + 1);
                self.durable_at.insert(me, at); // one writer per device: batches become durable in order
                self.later(at - self.now, What::Durable { node: me, envelopes: envelopes.clone() });
            }
            Effect::InSync(true) => self.assert_peer_has_all(me, peer),
            Effect::PeerHolds(tips) => {
                for tip in tips {
                    let held = self.nodes[peer].held.entries.get(&tip.tip.log);
                    assert!(
                        held.is_some_and(|log| log.contains_key(&(tip.tip.seq, tip.tip.hash))),
                        "a false acknowledgement"
                    );
                }
            }
            Effect::Close(reason) => {
                assert_eq!(*reason, Reason::Silent, "honest devices found fault with each other");
                self.sides.remove(&(me, peer));
                self.later(1000, What::Connect { a: me.min(peer), b: me.max(peer) });
            }
            Effect::Credentials(_) | Effect::InSync(false) | Effect::Snapshot { .. } => {}
        }
        self.log.push((self.now, me, peer, effect));
    }

    fn send(&mut self, me: usize, peer: usize, connection: u32, frame: Vec<u8>) {
        self.assert_allowed(me, peer, &frame);
        self.sent_bytes += frame.len();
        let copies =
            if self.percent(self.faults.lost) { 0 } else { 1 + usize::from(self.percent(self.faults.repeated)) };
        for _ in 0..copies {
            let delay = 1 + i64::from(self.rng.next_u32()) % self.faults.delay_ms;
            let mut at = self.now + delay;
            if self.faults.lost + self.faults.repeated == 0 {
                // A good network keeps order.
                at = at.max(self.arrivals.get(&(me, peer)).copied().unwrap_or(0));
                self.arrivals.insert((me, peer), at);
            }
            self.later(at - self.now, What::Frame { from: me, to: peer, connection, frame: frame.clone() });
        }
    }

    /// Nothing about a domain leaves for a peer that may not pull it.
    fn assert_allowed(&mut self, me: usize, peer: usize, frame: &[u8]) {
        assert!(frame.len() <= crate::limits::MAX_FRAME_BYTES);
        let view = View { me: &self.nodes[me], peer_reads: &self.nodes[peer].reads };
        let domains: BTreeSet<DomainId> = match Message::decode(frame).unwrap() {
            Message::Envelopes { domain, items, .. } if !items.is_empty() => {
                assert!(
                    items
                        .iter()
                        .all(|item| { enginus_envelope::Envelope::decode(item).unwrap().header.domain == domain })
                );
                *self.sent.entry("envelopes").or_default() += items.len();
                [domain].into()
            }
            Message::Piece { domain, .. } => {
                *self.sent.entry("pieces").or_default() += 1;
                [domain].into()
            }
            Message::SnapshotBytes { domain, bytes, .. } if !bytes.is_empty() => [domain].into(),
            Message::Offers { domain, offers } if !offers.is_empty() => [domain].into(),
            Message::Holds { tips, .. } => {
                *self.sent.entry("holds").or_default() += 1;
                tips.iter().map(|tip| tip.domain).collect()
            }
            Message::Hashes { log, at } if !at.is_empty() => {
                *self.sent.entry("probes").or_default() += 1;
                [self.nodes[me].held.domain_of[&log]].into()
            }
            Message::Want { .. } => {
                *self.sent.entry("wants").or_default() += 1;
                [].into()
            }
            Message::State { .. } => {
                *self.sent.entry("states").or_default() += 1;
                [].into()
            }
            _ => [].into(),
        };
        assert!(
            domains.iter().all(|domain| view.may_send(domain)),
            "device {me} told {peer} of a domain it may not pull"
        );
    }

    /// What "in sync" promises at the moment it is said: the other side durably holds all of this.
    fn assert_peer_has_all(&self, me: usize, peer: usize) {
        let theirs = &self.nodes[peer].held.entries;
        for DomainTip { tip, .. } in self.shared(me, peer) {
            let held = theirs.get(&tip.log).is_some_and(|log| log.contains_key(&(tip.seq, tip.hash)));
            assert!(held, "device {me} says it is in sync with {peer}, which lacks {tip:?}");
        }
    }

    /// The clock of `me` over the domains both may pull.
    pub(crate) fn shared(&self, me: usize, peer: usize) -> BTreeSet<DomainTip> {
        let both: BTreeSet<_> = self.nodes[me].reads.intersection(&self.nodes[peer].reads).copied().collect();
        self.nodes[me].held.clock().into_iter().filter(|tip| both.contains(&tip.domain)).collect()
    }

    /// Every two connected devices hold the same of what both may pull, and say so.
    pub(crate) fn assert_converged(&self) {
        for (&(me, peer), side) in &self.sides {
            let (mine, theirs) = (self.shared(me, peer), self.shared(peer, me));
            assert_eq!(mine, theirs, "devices {me} and {peer} differ");
            assert_eq!(side.link.is_in_sync(), !mine.is_empty(), "{me} → {peer} at {} ms", self.now);
        }
        for (n, node) in self.nodes.iter().enumerate() {
            let domains = node.held.clock().iter().map(|tip| tip.domain).collect::<BTreeSet<_>>();
            assert!(domains.is_subset(&node.reads), "device {n} was given what it may not have");
        }
    }

    /// When `me` first reported this effect about `peer`, if it did.
    pub(crate) fn first(&self, me: usize, peer: usize, is: impl Fn(&Effect) -> bool) -> Option<i64> {
        self.log.iter().find(|(_, a, b, effect)| (*a, *b) == (me, peer) && is(effect)).map(|(at, ..)| *at)
    }
}
