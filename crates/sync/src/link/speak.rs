//! What one side of a link says of itself, besides answers: hello, pushes, what is durable, its state, its questions.

use std::collections::BTreeSet;

use enginus_envelope::{DomainTip, Envelope};
use enginus_model::{DomainId, Hash, Instant, LogId};

use super::Link;
use crate::frame::Message;
use crate::holdings::{FOLDER_RANK, rank};
use crate::limits::{PUSH_BYTES, RESYNC_MS, SNAPSHOT_THRESHOLD, TIPS_PER_FRAME};
use crate::own::{Own, OwnLog};
use crate::serve::within;
use crate::{Cursor, Effect, Holdings};

impl Link {
    /// Says everything there is to say, as far as the network takes it: small things first, so that live changes and statements of
    /// what is durable never wait behind bulk.
    pub(super) fn speak(&mut self, holdings: &impl Holdings) {
        let Some(now) = self.times.map(|times| times.now) else { return };
        self.say_hello(now);
        if self.peer.hello {
            self.push(holdings);
            self.say_holds();
            self.say_list();
            self.say_state(now);
            if std::mem::take(&mut self.owed.ask_list) | self.pull.next_part() {
                self.out.send(&Message::List);
            }
            self.ask(now, holdings);
            self.serve.answer(&mut self.out, holdings);
        }
        self.judge_sync();
    }

    fn say_hello(&mut self, now: Instant) {
        if !self.owed.hello || !self.out.open() {
            return;
        }
        self.owed.hello = false;
        let digest = self.own.as_ref().map_or(Hash::ZERO, |own| own.digest);
        let (project, credentials) = (self.project, self.credentials.clone());
        self.out.send(&Message::Hello { project, heard: self.peer.hello, credentials, digest });
        self.set_times(|times| times.sent_hello = now);
    }

    /// Sends what was just stored without being asked, where the peer has what comes before it.
    fn push(&mut self, holdings: &impl Holdings) {
        while let Some(&(_, domain, log)) = self.owed.pushes.first() {
            if !self.out.open() {
                return;
            }
            self.owed.pushes.pop_first();
            if holdings.may_send(&domain) {
                self.push_log(domain, log, holdings);
            }
        }
    }

    fn push_log(&mut self, domain: DomainId, log: LogId, holdings: &impl Holdings) {
        let newest = self.own.as_ref().and_then(|own| own.logs.get(&log)).map_or(0, OwnLog::newest);
        let Some(from) = self.peer.push_from(&log, newest) else { return };
        let mut items = Vec::new();
        for bytes in within(holdings.range(&domain, &log, Cursor::after_seq(from), PUSH_BYTES), PUSH_BYTES) {
            let Ok(envelope) = Envelope::decode(&bytes) else { return };
            let (tip, prev) = (envelope.tip(), envelope.header.prev);
            let follows = tip.seq == 1 || self.peer.has(&log, tip.seq - 1, &prev);
            if follows && !self.peer.has(&log, tip.seq, &tip.hash) {
                self.peer.note_next(&tip, &prev);
                items.push(bytes);
            }
        }
        if !items.is_empty() {
            self.out.send(&Message::Envelopes { want: None, domain, items });
        }
    }

    /// States what became durable since the last time: at once an acknowledgement and an offer.
    fn say_holds(&mut self) {
        while !self.owed.tips.is_empty() && self.out.open() {
            let tips: Vec<DomainTip> = self.owed.tips.iter().take(TIPS_PER_FRAME).copied().collect();
            for tip in &tips {
                self.owed.tips.remove(tip);
            }
            self.out.send(&Message::Holds { tips, end: false });
        }
    }

    fn say_list(&mut self) {
        while self.owed.list.is_some() && self.out.open() {
            let sendable = self.own.as_ref().map(|own| &own.sendable);
            let Some(list) = &mut self.owed.list else { return };
            let count = list.len().min(TIPS_PER_FRAME);
            // The scope can have become narrower since the list was begun.
            let tips = list.drain(..count).filter(|tip| sendable.is_some_and(|s| s.contains(&tip.domain))).collect();
            let end = list.is_empty();
            if end {
                self.owed.list = None;
            }
            self.out.send(&Message::Holds { tips, end });
        }
    }

    fn say_state(&mut self, now: Instant) {
        let Some(digest) = self.own.as_ref().map(|own| own.digest) else { return };
        let agreed = self.peer.digest == Some(digest);
        let news = self.last_state.is_none_or(|(said, seen)| said != digest || (agreed && seen != Some(digest)));
        if !(news || self.owed.state) || !self.out.open() {
            return;
        }
        self.owed.state = false;
        self.last_state = Some((digest, self.peer.digest));
        self.out.send(&Message::State { digest, seen: self.peer.digest });
        self.set_times(|times| times.sent_state = now);
    }

    /// Asks for what is missing.
    fn ask(&mut self, now: Instant, holdings: &impl Holdings) {
        let Some(own) = &self.own else { return };
        if !self.out.open() {
            return;
        }
        let (domains, may_begin) = self.begin_with_snapshots(own);
        if let Some(question) = self.join.enqueue(now, domains, may_begin) {
            self.out.send(&question);
        }
        for question in self.pull.questions(now, own, &self.join, holdings) {
            self.out.send(&question);
        }
    }

    /// The folders of which nothing is held here and enough there, and whether keys, authority, settings and directory are here: without
    /// them a snapshot cannot be opened and its folder not be named. Those four are small and never begun with a snapshot; what keys
    /// and authority say has to be evaluated from its signed entries anyway.
    fn begin_with_snapshots(&self, own: &Own) -> (BTreeSet<DomainId>, bool) {
        let missing = self.pull.domains();
        let is_folder = |domain: &DomainId| rank(&self.project, domain) == FOLDER_RANK;
        let may_begin = missing.iter().all(|(domain, _)| is_folder(domain));
        let begin = |(domain, envelopes): &(DomainId, u64)| {
            let begun = own.domains.contains(domain) || self.join.tried(domain);
            *envelopes >= SNAPSHOT_THRESHOLD && !begun && is_folder(domain)
        };
        (missing.into_iter().filter(begin).map(|(domain, _)| domain).collect(), may_begin)
    }

    fn judge_sync(&mut self) {
        let Some(own) = &self.own else { return };
        let digest = Some(own.digest);
        let agreed = own.shares() && self.peer.digest == digest && self.peer.seen == digest;
        self.tell_sync(self.peer.hello && agreed && !self.pull.is_storing());
    }

    pub(super) fn tell_sync(&mut self, in_sync: bool) {
        if in_sync != self.in_sync {
            self.in_sync = in_sync;
            self.out.push(Effect::InSync(in_sync));
            if in_sync {
                self.set_times(|times| times.resync_ms = RESYNC_MS);
            }
        }
    }
}
