//! Answering the peer: its questions wait in a bounded queue and are answered as fast as the network takes the answers.

use std::collections::VecDeque;

use enginus_model::{DomainId, Hash, LogId};

use crate::frame::Message;
use crate::limits::{ENVELOPES_BYTES, MAX_BRANCHES, MAX_OFFERS, MAX_QUESTIONS};
use crate::outbox::Outbox;
use crate::{Cursor, Holdings, Reason};

/// What the length of one envelope costs in a frame, at most.
const LENGTH_BYTES: usize = 5;

/// A question of the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    Want { id: u32, domain: DomainId, log: LogId, after: Cursor },
    Probe { domain: DomainId, log: LogId, seqs: Vec<u64> },
    Snapshots { domain: DomainId },
    WantSnapshot { domain: DomainId, id: Hash, offset: u64 },
}

#[derive(Debug, Default)]
pub(crate) struct Serve {
    questions: VecDeque<Question>,
}

impl Serve {
    pub(crate) fn is_idle(&self) -> bool {
        self.questions.is_empty()
    }

    pub(crate) fn ask(&mut self, question: Question) -> Result<(), Reason> {
        if self.questions.contains(&question) {
            return Ok(());
        }
        if self.questions.len() >= MAX_QUESTIONS {
            return Err(Reason::Flooded { what: "questions" });
        }
        self.questions.push_back(question);
        Ok(())
    }

    /// Answers while the network takes it.
    pub(crate) fn answer(&mut self, out: &mut Outbox, holdings: &impl Holdings) {
        while !self.questions.is_empty() && out.open() {
            match self.questions.pop_front() {
                None => return,
                Some(Question::Want { id, domain, log, after }) => envelopes(out, id, &domain, &log, after, holdings),
                Some(Question::Probe { domain, log, seqs }) => probe(out, &domain, log, &seqs, holdings),
                Some(Question::Snapshots { domain }) => offers(out, domain, holdings),
                Some(Question::WantSnapshot { domain, id, offset }) => {
                    let may = holdings.may_send(&domain);
                    let mut bytes =
                        if may { holdings.snapshot_bytes(&domain, &id, offset, ENVELOPES_BYTES) } else { Vec::new() };
                    bytes.truncate(ENVELOPES_BYTES);
                    out.send(&Message::SnapshotBytes { domain, id, offset, bytes });
                }
            }
        }
    }
}

fn envelopes(out: &mut Outbox, id: u32, domain: &DomainId, log: &LogId, after: Cursor, holdings: &impl Holdings) {
    let (want, domain) = (Some(id), *domain);
    // Asked anew each time: what the peer may pull can have changed since it asked.
    let range =
        if holdings.may_send(&domain) { holdings.range(&domain, log, after, ENVELOPES_BYTES) } else { Vec::new() };
    match range.first() {
        Some(first) if first.len() + LENGTH_BYTES > ENVELOPES_BYTES => pieces(out, id, domain, first),
        _ => out.send(&Message::Envelopes { want, domain, items: within(range, ENVELOPES_BYTES) }),
    }
}

fn pieces(out: &mut Outbox, want: u32, domain: DomainId, envelope: &[u8]) {
    let total = u32::try_from(envelope.len()).unwrap_or(u32::MAX);
    let mut offset = 0;
    for piece in envelope.chunks(ENVELOPES_BYTES) {
        out.send(&Message::Piece { want, domain, total, offset, bytes: piece.to_vec() });
        offset += piece.len() as u32;
    }
}

/// As many of the first ones as fit into a frame.
pub(crate) fn within(mut items: Vec<Vec<u8>>, max_bytes: usize) -> Vec<Vec<u8>> {
    let mut bytes = 0;
    let fitting = items.iter().take_while(|item| {
        bytes += item.len() + LENGTH_BYTES;
        bytes <= max_bytes
    });
    let count = fitting.count();
    items.truncate(count);
    items
}

fn probe(out: &mut Outbox, domain: &DomainId, log: LogId, seqs: &[u64], holdings: &impl Holdings) {
    let mut at = Vec::new();
    if holdings.may_send(domain) && holdings.tips().iter().any(|held| held.tip.log == log && held.domain == *domain) {
        for &seq in seqs {
            let mut hashes = holdings.hashes_at(&log, seq);
            hashes.truncate(MAX_BRANCHES);
            at.push((seq, hashes));
        }
    }
    out.send(&Message::Hashes { log, at });
}

fn offers(out: &mut Outbox, domain: DomainId, holdings: &impl Holdings) {
    let mut offers = if holdings.may_send(&domain) { holdings.snapshots(&domain) } else { Vec::new() };
    offers.truncate(MAX_OFFERS);
    // Each names the tips it covers; together they have to fit into one frame.
    let mut bytes = 0;
    let count = offers.iter().take_while(|offer| {
        bytes += 64 + offer.label.len() + offer.covers.len() * 64;
        bytes <= ENVELOPES_BYTES
    });
    let count = count.count();
    offers.truncate(count);
    out.send(&Message::Offers { domain, offers });
}
