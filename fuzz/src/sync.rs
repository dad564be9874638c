//! One side of an exchange with a peer that says anything at any time: it never fails, never gives what it may not, takes nothing that
//! hangs in the air, and falls silent once it has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use enginus_envelope::{
    DomainTip, Draft, Envelope, HeldLog, Parts, Payload, Placement, ShardChanges, Tip, advance, blob, classify, log_id,
};
use enginus_model::{DomainId, Hash, Instant, Lane, LogId, ProjectId};
use enginus_sync::limits::{ENVELOPES_BYTES, MAX_FRAME_BYTES, SEND_WINDOW_BYTES};
use enginus_sync::{Cursor, Effect, Event, Farewell, Holdings, Link, SnapshotOffer};
use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};

use super::envelope::{PROJECT, secret};
use super::from::{From, key, rng};

const ACTS: usize = 120;
const SNAPSHOT: &[u8] = &[7; 3000];

/// The frames as docs/formats.md has them.
#[derive(Debug, Serialize, Deserialize)]
pub enum Message {
    Hello {
        project: ProjectId,
        heard: bool,
        #[serde(with = "blob::many")]
        credentials: Vec<Vec<u8>>,
        digest: Hash,
    },
    State {
        digest: Hash,
        seen: Option<Hash>,
    },
    Holds {
        tips: Vec<DomainTip>,
        end: bool,
    },
    List,
    Probe {
        domain: DomainId,
        log: LogId,
        seqs: Vec<u64>,
    },
    Hashes {
        log: LogId,
        at: Vec<(u64, Vec<Hash>)>,
    },
    Want {
        id: u32,
        domain: DomainId,
        log: LogId,
        after: Cursor,
    },
    Envelopes {
        want: Option<u32>,
        domain: DomainId,
        #[serde(with = "blob::many")]
        items: Vec<Vec<u8>>,
    },
    Piece {
        want: u32,
        domain: DomainId,
        total: u32,
        offset: u32,
        #[serde(with = "blob::one")]
        bytes: Vec<u8>,
    },
    Snapshots {
        domain: DomainId,
    },
    Offers {
        domain: DomainId,
        offers: Vec<SnapshotOffer>,
    },
    WantSnapshot {
        domain: DomainId,
        id: Hash,
        offset: u64,
    },
    SnapshotBytes {
        domain: DomainId,
        id: Hash,
        offset: u64,
        #[serde(with = "blob::one")]
        bytes: Vec<u8>,
    },
    Bye {
        why: Farewell,
    },
}

/// What one device holds in memory.
#[derive(Clone, Default)]
struct Held {
    entries: BTreeMap<LogId, BTreeMap<(u64, Hash), Vec<u8>>>,
    tips: BTreeMap<LogId, BTreeSet<Tip>>,
    domain_of: BTreeMap<LogId, DomainId>,
    sends: Vec<DomainId>,
    takes: Vec<DomainId>,
}

impl HeldLog for Held {
    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash> {
        let Some(entries) = self.entries.get(log) else { return Vec::new() };
        entries.range((seq, Hash([0; 32]))..=(seq, Hash([0xFF; 32]))).map(|((_, hash), _)| *hash).collect()
    }
    fn tips_of(&self, log: &LogId) -> BTreeSet<Tip> {
        self.tips.get(log).cloned().unwrap_or_default()
    }
}

impl Holdings for Held {
    fn tips(&self) -> Vec<DomainTip> {
        let tips = self.tips.values().flatten();
        tips.map(|tip| DomainTip { domain: self.domain_of[&tip.log], tip: *tip }).collect()
    }
    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash> {
        HeldLog::hashes_at(self, log, seq)
    }
    fn range(&self, domain: &DomainId, log: &LogId, after: Cursor, max_bytes: usize) -> Vec<Vec<u8>> {
        let (mut out, mut bytes) = (Vec::new(), 0);
        if self.domain_of.get(log) == Some(domain) {
            for (&(seq, hash), envelope) in &self.entries[log] {
                bytes += if (Cursor { seq, hash }) > after { envelope.len() } else { continue };
                if bytes > max_bytes && !out.is_empty() {
                    break;
                }
                out.push(envelope.clone());
            }
        }
        out
    }
    fn may_send(&self, domain: &DomainId) -> bool {
        self.sends.contains(domain)
    }
    fn may_take(&self, domain: &DomainId) -> bool {
        self.takes.contains(domain)
    }
    fn snapshots(&self, domain: &DomainId) -> Vec<SnapshotOffer> {
        let covers = self.tips().into_iter().filter(|tip| tip.domain == *domain).map(|tip| tip.tip).collect();
        vec![SnapshotOffer { id: Hash::of(SNAPSHOT), size: SNAPSHOT.len() as u64, label: vec![1], covers }]
    }
    fn snapshot_bytes(&self, _: &DomainId, id: &Hash, offset: u64, max_bytes: usize) -> Vec<u8> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = SNAPSHOT.get(from..).filter(|_| *id == Hash::of(SNAPSHOT)).unwrap_or_default();
        rest[..rest.len().min(max_bytes)].to_vec()
    }
}

impl Held {
    /// Stores what may be stored: it hangs on something that is here.
    fn store(&mut self, envelope: &Envelope) {
        let tip = envelope.tip();
        match classify(&envelope.header, self) {
            Placement::Duplicate => {}
            Placement::Gap { have } => panic!("taken before its predecessor: {tip:?}, have {have}"),
            Placement::Next | Placement::Fork { .. } => {
                self.entries.entry(tip.log).or_default().insert((tip.seq, tip.hash), envelope.encode());
                self.domain_of.insert(tip.log, envelope.header.domain);
                advance(self.tips.entry(tip.log).or_default(), &envelope.header);
            }
        }
    }
}

/// Everything anybody may speak of.
struct Pool {
    domains: Vec<DomainId>,
    /// Chains of several authors, one of them forked, and envelopes of another project and in the wrong domain.
    envelopes: Vec<Envelope>,
    own: Held,
}

fn write(
    author: u8,
    domain: DomainId,
    project: ProjectId,
    before: Option<Tip>,
    size: usize,
    rng: &mut ChaCha20Rng,
) -> Envelope {
    let (seq, prev) = before.map_or((1, Hash::ZERO), |tip| (tip.seq + 1, tip.hash));
    let draft = Draft { project, domain, lane: Lane::Records, incarnation: [1; 16], seq, prev, authority: Vec::new() };
    let keys = domain == DomainId::keys(&project);
    let shard = ShardChanges { generation: 0, actor: [0; 16], previous: None, changes: vec![vec![7; size]] };
    let parts = if keys { Parts::Keys(vec![vec![7; size]]) } else { Parts::Changes(vec![shard]) };
    let payload = Payload { salt: [0; 16], parts, gained: Vec::new() };
    Envelope::seal(draft, &payload, (!keys).then(secret).as_ref(), &key(author), rng).unwrap()
}

static POOL: LazyLock<Pool> = LazyLock::new(|| {
    let mut rng = rng();
    let folder = |n| DomainId::from_bytes([n; 16]);
    let domains = vec![folder(1), folder(2), folder(3), DomainId::keys(&PROJECT), DomainId::directory(&PROJECT)];
    let mut own = Held { sends: domains.clone(), takes: domains.clone(), ..Held::default() };
    let mut envelopes = Vec::new();
    for (author, domain, count, size) in
        [(1, 0, 4, 20_000), (1, 3, 2, 10), (2, 0, 4, 10), (2, 1, 2, 300_000), (3, 3, 3, 10), (4, 0, 300, 1)]
    {
        let mut before: Option<Tip> = None;
        for n in 0..count {
            let envelope = write(author, domains[domain], PROJECT, before, size, &mut rng);
            if author == 2 && n == 2 {
                // The other branch of a copied home.
                envelopes.push(write(author, domains[domain], PROJECT, before, size + 1, &mut rng));
            }
            before = Some(envelope.tip());
            if author == 1 {
                own.store(&envelope);
            }
            envelopes.push(envelope);
        }
    }
    envelopes.push(write(5, domains[0], ProjectId([9; 32]), None, 10, &mut rng));
    Pool { domains, envelopes, own }
});

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
