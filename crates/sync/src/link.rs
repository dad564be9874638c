//! The state machine between two holders of one project.

mod speak;

use std::collections::{BTreeSet, VecDeque};

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DomainId, Hash, Instant, LogId, ProjectId};
use rand_core::CryptoRng;

use crate::frame::Message;
use crate::holdings::{holds, rank};
use crate::join::Join;
use crate::limits::{
    HELLO_AGAIN_MS, KEEPALIVE_MS, MAX_CREDENTIALS, MAX_EARLY_FRAMES, MAX_FRAME_BYTES, MAX_MISSING_LOGS, MAX_RESYNC_MS,
    RESYNC_MS, SILENCE_MS,
};
use crate::outbox::Outbox;
use crate::own::Own;
use crate::peer::Peer;
use crate::pull::Pull;
use crate::serve::{Question, Serve};
use crate::{Effect, Event, Holdings, Reason};

/// What this side still has to say, besides answers.
#[derive(Debug, Default)]
struct Owed {
    hello: bool,
    /// The whole list of tips, and where it stands.
    list: Option<VecDeque<DomainTip>>,
    /// Tips that became durable since they were last stated.
    tips: BTreeSet<DomainTip>,
    /// Logs in which something became durable that the peer may not have yet.
    pushes: BTreeSet<(u8, DomainId, LogId)>,
    /// "Tell me all your tips."
    ask_list: bool,
    state: bool,
}

/// Moments this side goes by.
#[derive(Debug, Clone, Copy)]
struct Times {
    now: Instant,
    /// Anything.
    received: Instant,
    /// An answer to a question.
    answered: Instant,
    sent_hello: Instant,
    sent_state: Instant,
    progress: Instant,
    resync_ms: i64,
}

/// One side of the exchange with one peer about one project. Make a new one for each connection.
///
/// A pure function of what it is told: it does no IO and reads no clock; see the crate's documentation for how to drive it.
#[derive(Debug)]
pub struct Link {
    project: ProjectId,
    credentials: Vec<Vec<u8>>,
    own: Option<Own>,
    peer: Peer,
    pull: Pull,
    serve: Serve,
    join: Join,
    out: Outbox,
    owed: Owed,
    times: Option<Times>,
    last_state: Option<(Hash, Option<Hash>)>,
    early_frames: u32,
    in_sync: bool,
    closed: bool,
}

impl Link {
    /// A link about `project`, before its connection stands.
    #[must_use]
    pub fn new(project: ProjectId) -> Self {
        Self {
            project,
            credentials: Vec::new(),
            own: None,
            peer: Peer::default(),
            pull: Pull::default(),
            serve: Serve::default(),
            join: Join::default(),
            out: Outbox::default(),
            owed: Owed::default(),
            times: None,
            last_state: None,
            early_frames: 0,
            in_sync: false,
            closed: false,
        }
    }

    /// Whether both sides have stated and acknowledged equal clocks, as last told by [`Effect::InSync`].
    #[must_use]
    pub const fn is_in_sync(&self) -> bool {
        self.in_sync
    }

    /// What both sides hold where they are in sync: the entries that the stated clock is over, of the domains both may pull.
    pub fn shared(&self) -> impl Iterator<Item = DomainTip> {
        self.own.iter().flat_map(Own::shared_tips)
    }

    /// Takes in what happened and answers what to do about it, in order. `now` is any clock that runs forward; `rng` spreads retries
    /// and numbers questions.
    pub fn handle(
        &mut self,
        now: Instant,
        rng: &mut impl CryptoRng,
        event: Event,
        holdings: &impl Holdings,
    ) -> Vec<Effect> {
        if self.closed {
            return Vec::new();
        }
        let outcome = match (event, self.times) {
            (Event::Closed, _) => {
                self.closed = true;
                self.tell_sync(false);
                return self.out.finish();
            }
            (Event::Opened { credentials }, None) => {
                self.opened(now, rng, credentials, holdings);
                Ok(())
            }
            (Event::Opened { .. }, Some(_)) | (_, None) => Ok(()),
            (event, Some(times)) => {
                let now = now.max(times.now);
                self.times = Some(Times { now, ..times });
                self.happened(now, rng, event, holdings)
            }
        };
        match outcome {
            Ok(()) => self.speak(holdings),
            Err(reason) => self.close(reason),
        }
        self.out.finish()
    }

    fn opened(
        &mut self,
        now: Instant,
        rng: &mut impl CryptoRng,
        mut credentials: Vec<Vec<u8>>,
        holdings: &impl Holdings,
    ) {
        // What does not fit into one hello is not worth a second one: the peer learns it from the authority domain.
        credentials.truncate(MAX_CREDENTIALS);
        let mut bytes = 0;
        credentials.retain(|statement| {
            bytes += statement.len() + 5;
            bytes < MAX_FRAME_BYTES / 2
        });
        self.credentials = credentials;
        self.pull = Pull::new(rng.next_u32());
        self.own = Some(Own::read(holdings));
        self.owed.hello = true;
        self.times = Some(Times {
            now,
            received: now,
            answered: now,
            sent_hello: now,
            sent_state: now,
            progress: now,
            resync_ms: RESYNC_MS,
        });
    }

    fn happened(
        &mut self,
        now: Instant,
        rng: &mut impl CryptoRng,
        event: Event,
        holdings: &impl Holdings,
    ) -> Result<(), Reason> {
        match event {
            Event::Opened { .. } | Event::Closed => {}
            Event::Received(frame) => {
                let message = Message::decode(&frame)?;
                self.set_times(|times| times.received = now);
                self.received(now, message, holdings)?;
            }
            Event::Stored { tips } => self.stored(&tips, holdings),
            Event::Refused { .. } => return Err(Reason::Forged),
            Event::ScopeChanged => self.scope_changed(holdings),
            Event::Confirm => self.confirm(holdings),
            Event::Drained => self.out.drained(),
            Event::Tick => self.tick(now, rng)?,
        }
        Ok(())
    }

    // ---- what the peer says -------------------------------------------------------------------------------------------------

    fn received(&mut self, now: Instant, message: Message, holdings: &impl Holdings) -> Result<(), Reason> {
        if message.is_answer() {
            self.set_times(|times| times.answered = now);
        }
        // Nobody says anything else before they have heard a hello.
        self.peer.heard |= !matches!(message, Message::Hello { .. });
        match message {
            Message::Hello { project, heard, credentials, digest } => {
                return self.hello(project, heard, credentials, digest);
            }
            Message::Bye { why } => return Err(Reason::Theirs { why }),
            _ if !self.peer.hello => {
                self.early_frames += 1;
                let early = self.early_frames > MAX_EARLY_FRAMES;
                return if early { Err(Reason::Broken { rule: "it did not say hello" }) } else { Ok(()) };
            }
            Message::State { digest, seen } => {
                self.peer.digest = Some(digest);
                self.peer.seen = seen;
                // It says that it has not heard ours: it was lost, or it wants to hear it anew.
                self.owed.state |= self.own.as_ref().is_some_and(|own| seen != Some(own.digest));
                self.note_agreement();
            }
            Message::Holds { tips, end } => self.peer_holds(now, tips, end, holdings)?,
            // Asking again while the list is being sent changes nothing, so that asking often gains nobody anything.
            Message::List if self.owed.list.is_some() => {}
            Message::List => self.owe_list(),
            Message::Probe { domain, log, seqs } => self.serve.ask(Question::Probe { domain, log, seqs })?,
            Message::Hashes { log, at } => self.pull.hashes(log, &at, holdings),
            Message::Want { id, domain, log, after } => self.serve.ask(Question::Want { id, domain, log, after })?,
            Message::Envelopes { want, domain, items } => self.envelopes(now, want, domain, items, holdings)?,
            Message::Piece { want, domain, total, offset, bytes } => {
                if let Some(whole) = self.pull.piece(want, total, offset, bytes)? {
                    self.envelopes(now, Some(want), domain, vec![whole], holdings)?;
                }
            }
            Message::Snapshots { domain } => self.serve.ask(Question::Snapshots { domain })?,
            Message::Offers { domain, offers } => {
                let next = self.join.offers(now, domain, offers);
                self.say(next);
            }
            Message::WantSnapshot { domain, id, offset } => {
                self.serve.ask(Question::WantSnapshot { domain, id, offset })?;
            }
            Message::SnapshotBytes { domain, id, offset, bytes } => {
                let (effect, next) = self.join.bytes(now, (domain, id, offset), &bytes)?;
                if let Some(effect) = effect {
                    self.out.push(effect);
                }
                self.say(next);
            }
        }
        Ok(())
    }

    fn hello(
        &mut self,
        project: ProjectId,
        heard: bool,
        credentials: Vec<Vec<u8>>,
        digest: Hash,
    ) -> Result<(), Reason> {
        if project != self.project {
            return Err(Reason::WrongProject);
        }
        self.peer.heard |= heard;
        if !heard && self.peer.hello {
            // It says hello again because ours was lost.
            self.owed.hello = true;
        }
        if !self.peer.hello {
            self.peer.hello = true;
            self.peer.digest = Some(digest);
            if !credentials.is_empty() {
                self.out.push(Effect::Credentials(credentials));
            }
            self.note_agreement();
            if self.own.as_ref().is_none_or(|own| own.digest != digest || own.has_more_to_give()) {
                self.owe_list();
            }
        }
        Ok(())
    }

    /// Where the digests are equal the peer holds exactly what we hold of what both may pull.
    fn note_agreement(&mut self) {
        if let Some(own) = &self.own
            && self.peer.digest == Some(own.digest)
        {
            for DomainTip { tip, .. } in own.shared_tips() {
                self.peer.note(&tip);
            }
            self.peer.listed = true;
        }
    }

    fn peer_holds(
        &mut self,
        now: Instant,
        tips: Vec<DomainTip>,
        end: bool,
        holdings: &impl Holdings,
    ) -> Result<(), Reason> {
        for DomainTip { domain, tip } in &tips {
            if holds(holdings, &tip.log, tip.seq, &tip.hash) {
                self.peer.note(tip);
            } else if holdings.may_take(domain) {
                self.pull.add(now, &self.project, *domain, tip);
            } else if self.peer.untaken.len() < MAX_MISSING_LOGS {
                self.peer.untaken.insert(*domain);
            }
        }
        self.peer.listed |= end;
        if !tips.is_empty() {
            self.out.push(Effect::PeerHolds(tips));
        }
        Ok(())
    }

    fn envelopes(
        &mut self,
        now: Instant,
        want: Option<u32>,
        domain: DomainId,
        items: Vec<Vec<u8>>,
        holdings: &impl Holdings,
    ) -> Result<(), Reason> {
        let received = self.pull.receive(now, &self.project, (want, domain), items, holdings)?;
        for (tip, prev) in &received.shown {
            self.peer.note_next(tip, prev);
        }
        if !received.take.is_empty() {
            self.progressed(now);
            self.out.push(Effect::Take { envelopes: received.take });
        }
        Ok(())
    }

    // ---- what happens here --------------------------------------------------------------------------------------------------

    fn stored(&mut self, tips: &[Tip], holdings: &impl Holdings) {
        let own = Own::read(holdings);
        self.pull.stored(&self.project, &own, tips, holdings);
        let logs: BTreeSet<LogId> = tips.iter().map(|tip| tip.log).collect();
        for log in logs {
            let Some(held) = own.logs.get(&log) else { continue };
            if !own.sendable.contains(&held.domain) {
                continue;
            }
            self.owed.pushes.insert((rank(&self.project, &held.domain), held.domain, log));
            let newest =
                held.tips.iter().map(|&(seq, hash)| DomainTip { domain: held.domain, tip: Tip { log, seq, hash } });
            self.owed.tips.extend(newest);
        }
        self.own = Some(own);
        self.note_agreement();
        if let Some(times) = self.times {
            self.progressed(times.now);
        }
    }

    fn scope_changed(&mut self, holdings: &impl Holdings) {
        let own = Own::read(holdings);
        let before = self.own.as_ref();
        let changed = before.is_none_or(|before| before.sendable != own.sendable || before.digest != own.digest);
        self.owed.tips.retain(|tip| own.sendable.contains(&tip.domain));
        self.own = Some(own);
        if changed {
            self.owe_list();
        }
        self.pull.keep_takeable(holdings);
        let takeable: Vec<DomainId> =
            self.peer.untaken.iter().filter(|domain| holdings.may_take(domain)).copied().collect();
        if !takeable.is_empty() {
            self.owed.ask_list = true;
            self.peer.untaken.retain(|domain| !takeable.contains(domain));
        }
        self.note_agreement();
        if let Some(times) = self.times {
            self.progressed(times.now);
        }
    }

    /// What the peer stated is forgotten and asked for again. What is held here is read again too, since something may have become
    /// durable that was not told yet.
    fn confirm(&mut self, holdings: &impl Holdings) {
        self.own = Some(Own::read(holdings));
        self.peer.digest = None;
        self.peer.seen = None;
        self.owed.state = true;
    }

    fn tick(&mut self, now: Instant, rng: &mut impl CryptoRng) -> Result<(), Reason> {
        let Some(times) = self.times else { return Ok(()) };
        if now.0 - times.received.0 >= SILENCE_MS {
            return Err(Reason::Silent);
        }
        if !self.peer.hello || !self.peer.heard {
            self.owed.hello |= now.0 - times.sent_hello.0 >= HELLO_AGAIN_MS;
        }
        self.owed.state |= now.0 - times.sent_state.0 >= KEEPALIVE_MS;
        self.pull.tick(now, times.answered);
        self.join.tick(now, times.answered);
        self.resync(now, times, rng);
        Ok(())
    }

    /// Nothing moves and the digests still differ: something was lost, or one side's scope is not what the other believes. Or there is
    /// something to give of which no digest tells whether it arrived.
    fn resync(&mut self, now: Instant, times: Times, rng: &mut impl CryptoRng) {
        let differs = self.own.as_ref().map(|own| own.digest) != self.peer.digest;
        let gives = self.own.as_ref().is_some_and(Own::has_more_to_give);
        let idle = self.pull.is_idle() && self.serve.is_idle() && !self.join.is_busy();
        if !(self.peer.hello && (differs || gives) && idle) || now.0 - times.progress.0 < times.resync_ms {
            return;
        }
        self.owed.ask_list |= differs;
        self.owe_list();
        let spread = i64::from(rng.next_u32() % 1000);
        self.set_times(|times| {
            times.progress = now;
            times.resync_ms = (times.resync_ms * 2).min(MAX_RESYNC_MS) + spread;
        });
    }

    fn close(&mut self, reason: Reason) {
        self.closed = true;
        self.tell_sync(false);
        if let Some(why) = reason.farewell() {
            self.out.send(&Message::Bye { why });
        }
        self.out.push(Effect::Close(reason));
    }

    // ---- small helpers ------------------------------------------------------------------------------------------------------

    fn say(&mut self, message: Option<Message>) {
        if let Some(message) = message {
            self.out.send(&message);
        }
    }

    /// Begins the whole list (anew).
    fn owe_list(&mut self) {
        self.owed.list = self.own.as_ref().map(|own| own.sendable_tips().collect());
    }

    fn progressed(&mut self, now: Instant) {
        self.set_times(|times| {
            times.progress = now;
            times.resync_ms = RESYNC_MS;
        });
    }

    fn set_times(&mut self, set: impl FnOnce(&mut Times)) {
        if let Some(times) = &mut self.times {
            set(times);
        }
    }
}
