//! One side of an exchange with a peer that says anything at any time: it never fails, never gives what it may not, takes nothing that
//! hangs in the air, and falls silent once it has ended.

mod frames;
mod held;

use enginus_envelope::{DomainTip, Envelope, log_id};
use enginus_model::{DomainId, Hash, Instant, LogId, ProjectId};
use enginus_sync::limits::{ENVELOPES_BYTES, MAX_FRAME_BYTES, SEND_WINDOW_BYTES};
use enginus_sync::{Cursor, Effect, Event, Farewell, Holdings as _, Link, SnapshotOffer};
use rand_chacha::ChaCha20Rng;

use super::envelope::PROJECT;
use super::from::{From, rng};
use frames::Message;
use held::{Held, POOL, SNAPSHOT};

const ACTS: usize = 120;

struct Play<'a> {
    from: From<'a>,
    link: Link,
    held: Held,
    rng: ChaCha20Rng,
    now: i64,
    /// Questions that were asked here.
    asked: Vec<u32>,
    /// Taken and not yet durable.
    taken: Vec<Envelope>,
    sent_bytes: usize,
    closed: bool,
    agreed: bool,
}

pub fn run(data: &[u8]) -> bool {
    let mut play = Play {
        from: From::new(data),
        link: Link::new(PROJECT),
        held: POOL.own.clone(),
        rng: rng(),
        now: 0,
        asked: Vec::new(),
        taken: Vec::new(),
        sent_bytes: 0,
        closed: false,
        agreed: false,
    };
    play.happens(Event::Opened { credentials: vec![vec![1, 2, 3]] });
    let mut acts = 0;
    while !play.from.is_empty() && acts < ACTS {
        acts += 1;
        let event = play.event();
        play.happens(event);
    }
    !play.closed && acts > 0
}

impl Play<'_> {
    fn event(&mut self) -> Event {
        match self.from.below(16) {
            0 => {
                self.now += i64::from(self.from.byte()) * 250;
                Event::Tick
            }
            1 => {
                self.sent_bytes = 0;
                Event::Drained
            }
            2 => {
                let (sends, takes) = (self.from.byte(), self.from.byte());
                let some = |bits: u8| POOL.domains.iter().enumerate().filter(move |(n, _)| bits & (1 << n) != 0);
                self.held.sends = some(!sends).map(|(_, domain)| *domain).collect();
                self.held.takes = some(!takes).map(|(_, domain)| *domain).collect();
                Event::ScopeChanged
            }
            3 => Event::Confirm,
            4 | 5 => {
                let taken = std::mem::take(&mut self.taken);
                taken.iter().for_each(|envelope| self.held.store(envelope));
                Event::Stored { tips: taken.iter().map(Envelope::tip).collect() }
            }
            6 => Event::Received(self.from.bytes().to_vec()),
            7 if self.from.below(8) == 0 => {
                Event::Refused { tips: self.taken.drain(..).map(|one| one.tip()).collect() }
            }
            _ => {
                let message = self.message();
                let mut frame = postcard::to_extend(&message, vec![1]).unwrap();
                if self.from.below(8) == 0 {
                    let place = usize::from(self.from.byte()) % frame.len();
                    frame[place] ^= self.from.byte();
                }
                Event::Received(frame)
            }
        }
    }

    fn domain(&mut self) -> DomainId {
        POOL.domains[usize::from(self.from.below(5))]
    }

    fn one(&mut self) -> &'static Envelope {
        // Two bytes, since one author wrote much.
        let n = usize::from(u16::from_le_bytes(self.from.array()));
        &POOL.envelopes[n % POOL.envelopes.len()]
    }

    fn tip(&mut self) -> DomainTip {
        let one = self.one();
        let mut tip = DomainTip { domain: one.header.domain, tip: one.tip() };
        match self.from.below(8) {
            0 => tip.tip.seq = self.number(),
            1 => tip.tip.hash = self.hash(),
            2 => tip.domain = self.domain(),
            3 => tip.tip.log = LogId([self.from.byte(); 16]),
            _ => {}
        }
        tip
    }

    fn number(&mut self) -> u64 {
        match self.from.below(4) {
            0 => self.from.number(),
            1 => u64::MAX,
            _ => u64::from(self.from.byte()),
        }
    }

    fn hash(&mut self) -> Hash {
        match self.from.below(4) {
            0 => Hash([self.from.byte(); 32]),
            1 => Hash::of(SNAPSHOT),
            _ => self.one().hash(),
        }
    }

    /// The clock of this side, as an honest peer that holds the same would state it.
    fn digest(&mut self) -> Hash {
        if self.from.below(3) == 0 {
            return self.hash();
        }
        enginus_envelope::digest(self.held.tips().into_iter().filter(|tip| self.held.may_send(&tip.domain)))
    }

    fn question(&mut self) -> u32 {
        let n = usize::from(self.from.byte());
        self.asked.get(self.asked.len().saturating_sub(1 + n % 6)).copied().unwrap_or(7)
    }

    fn bytes(&mut self) -> Vec<u8> {
        match self.from.below(8) {
            0 => self.from.bytes().to_vec(),
            1 => SNAPSHOT.to_vec(),
            _ => self.one().encode(),
        }
    }

    /// A run of neighbours, mostly what follows in a log.
    fn items(&mut self) -> Vec<Vec<u8>> {
        if self.from.below(4) == 0 {
            return (0..self.from.below(3)).map(|_| self.bytes()).collect();
        }
        let (first, count) = (usize::from(u16::from_le_bytes(self.from.array())), usize::from(self.from.below(6)));
        let all = &POOL.envelopes;
        (0..count).map(|n| all[(first + n) % all.len()].encode()).collect()
    }

    fn message(&mut self) -> Message {
        match self.from.below(14) {
            0 | 1 => Message::Hello {
                project: if self.from.below(16) == 0 { ProjectId([9; 32]) } else { PROJECT },
                heard: self.from.below(2) == 0,
                credentials: (0..self.from.below(3)).map(|_| self.bytes()).collect(),
                digest: self.digest(),
            },
            2 => {
                let (digest, seen) = (self.digest(), self.digest());
                Message::State { digest, seen: (self.from.below(3) > 0).then_some(seen) }
            }
            3 | 4 => {
                let tips = (0..self.from.below(6)).map(|_| self.tip()).collect();
                Message::Holds { tips, end: self.from.below(2) == 0 }
            }
            5 => Message::List,
            6 => {
                let DomainTip { domain, tip } = self.tip();
                Message::Probe { domain, log: tip.log, seqs: (0..self.from.below(5)).map(|_| self.number()).collect() }
            }
            7 => {
                let at = (0..self.from.below(4)).map(|_| (self.number(), vec![self.hash(), self.hash()])).collect();
                Message::Hashes { log: self.tip().tip.log, at }
            }
            8 => {
                let DomainTip { domain, tip } = self.tip();
                let after =
                    if self.from.below(2) == 0 { Cursor::START } else { Cursor { seq: tip.seq, hash: tip.hash } };
                Message::Want { id: u32::from(self.from.byte()), domain, log: tip.log, after }
            }
            9 | 10 => {
                let want = (self.from.below(3) > 0).then(|| self.question());
                let items = self.items();
                let domain = if self.from.below(6) == 0 { self.domain() } else { self.domain_of(&items) };
                Message::Envelopes { want, domain, items }
            }
            11 => {
                let (whole, want) = (self.bytes(), self.question());
                let (total, at) = (whole.len() as u32, usize::from(self.from.byte()) * 2048 % whole.len().max(1));
                let total = if self.from.below(6) == 0 { self.number() as u32 } else { total };
                let end = whole.len().min(at + ENVELOPES_BYTES);
                Message::Piece { want, domain: self.domain(), total, offset: at as u32, bytes: whole[at..end].to_vec() }
            }
            12 => match self.from.below(3) {
                0 => Message::Snapshots { domain: self.domain() },
                1 => Message::WantSnapshot { domain: self.domain(), id: self.hash(), offset: self.number() },
                _ => Message::Bye { why: Farewell::Broken },
            },
            _ if self.from.below(2) == 0 => {
                let domain = self.domain();
                let offers = (0..self.from.below(3))
                    .map(|_| SnapshotOffer {
                        id: self.hash(),
                        size: 3000 + self.number() % 2,
                        label: vec![1],
                        covers: vec![self.tip().tip],
                    })
                    .collect();
                Message::Offers { domain, offers }
            }
            _ => {
                let (domain, id, offset) = (self.domain(), self.hash(), self.number());
                Message::SnapshotBytes { domain, id, offset, bytes: self.bytes() }
            }
        }
    }

    fn domain_of(&mut self, items: &[Vec<u8>]) -> DomainId {
        let first = items.first().and_then(|bytes| Envelope::decode(bytes).ok());
        first.map_or_else(|| self.domain(), |envelope| envelope.header.domain)
    }

    fn happens(&mut self, event: Event) {
        let effects = self.link.handle(Instant(self.now), &mut self.rng, event, &self.held);
        assert!(!self.closed || effects.is_empty(), "it ended, and goes on: {effects:?}");
        for (n, effect) in effects.iter().enumerate() {
            assert!(!self.closed, "something follows the end: {effects:?}");
            match effect {
                Effect::Send(frame) => self.sends(frame),
                Effect::Take { envelopes } => self.takes(envelopes),
                Effect::Snapshot { domain, offer, bytes } => {
                    assert_eq!((Hash::of(bytes), bytes.len() as u64), (offer.id, offer.size));
                    assert!(self.held.may_take(domain));
                }
                Effect::InSync(agreed) => self.agreed = *agreed,
                Effect::Close(_) => {
                    assert_eq!(n + 1, effects.len());
                    self.closed = true;
                }
                Effect::MoreToSend | Effect::Credentials(_) | Effect::PeerHolds(_) => {}
            }
        }
        assert_eq!(self.link.is_in_sync(), self.agreed);
    }

    fn sends(&mut self, frame: &[u8]) {
        assert!(frame.len() <= MAX_FRAME_BYTES);
        self.sent_bytes += frame.len();
        assert!(
            self.sent_bytes <= SEND_WINDOW_BYTES + 4 * MAX_FRAME_BYTES,
            "{} bytes to a peer that does not read",
            self.sent_bytes
        );
        match postcard::from_bytes(&frame[1..]).expect("it sends what the formats say") {
            Message::Want { id, domain, .. } => {
                assert!(self.held.may_take(&domain), "it asks for what it may not have");
                self.asked.push(id);
            }
            Message::Envelopes { domain, items, .. } if !items.is_empty() => {
                assert!(self.held.may_send(&domain), "it gives what the peer may not have");
                for item in items {
                    assert_eq!(Envelope::decode(&item).unwrap().header.domain, domain);
                }
            }
            _ => {}
        }
    }

    /// Everything taken is of this project and a domain that is wanted, and hangs on something that is here or comes before it.
    fn takes(&mut self, envelopes: &[Vec<u8>]) {
        let mut after = self.held.clone();
        self.taken.iter().for_each(|envelope| after.store(envelope));
        for bytes in envelopes {
            let envelope = Envelope::decode(bytes).expect("what is taken was read");
            assert_eq!(envelope.header.project, PROJECT);
            assert!(self.held.may_take(&envelope.header.domain), "it takes what it does not want");
            assert_eq!(envelope.tip().log, log_id(&envelope.header.device, &envelope.header.domain, &[1; 16]));
            after.store(&envelope);
            self.taken.push(envelope);
        }
    }
}
