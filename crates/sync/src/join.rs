//! Snapshots for a device that holds nothing of a domain yet: it can show rows long before it has fetched every envelope.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use enginus_model::{DomainId, Hash, Instant};

use crate::frame::Message;
use crate::limits::{ANSWER_TIMEOUT_MS, MAX_SNAPSHOT_BYTES};
use crate::{Effect, Reason, SnapshotOffer};

/// No question about snapshots is longer.
const QUESTION_BYTES_MAX: usize = 128;

/// A question about snapshots. Making one takes longer than finding an envelope: whoever answers can look at a frame before it gives it
/// to the link, and prepare the answer where nothing waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotQuestion {
    /// Which there are of a domain.
    Which {
        /// The domain.
        domain: DomainId,
    },
    /// A part of one.
    Part {
        /// Its domain.
        domain: DomainId,
        /// Which one.
        id: Hash,
    },
}

impl SnapshotQuestion {
    /// The question in this frame, if it is one.
    #[must_use]
    pub fn of(frame: &[u8]) -> Option<Self> {
        if frame.len() > QUESTION_BYTES_MAX {
            return None;
        }
        match Message::decode(frame) {
            Ok(Message::Snapshots { domain }) => Some(Self::Which { domain }),
            Ok(Message::WantSnapshot { domain, id, .. }) => Some(Self::Part { domain, id }),
            _ => None,
        }
    }
}

#[derive(Debug)]
enum Stage {
    /// Asked which there are.
    Asked,
    /// One of them is being fetched.
    Fetching { offers: VecDeque<SnapshotOffer>, bytes: Vec<u8>, got: bool },
    /// Got, refused or given up: from here on envelopes are fetched.
    Done { got: bool },
}

/// Which domains are being begun with a snapshot. One domain at a time, so that at most one snapshot is in memory.
#[derive(Debug, Default)]
pub(crate) struct Join {
    domains: BTreeMap<DomainId, Stage>,
    /// Those that come next.
    queue: BTreeSet<DomainId>,
    current: Option<(DomainId, Instant)>,
}

impl Join {
    /// Whether snapshots of this domain were asked for before, on this link.
    pub(crate) fn tried(&self, domain: &DomainId) -> bool {
        self.domains.contains_key(domain)
    }

    /// Says which domains are to be begun with a snapshot, and whether what has to be here first is.
    pub(crate) fn enqueue(&mut self, now: Instant, domains: BTreeSet<DomainId>, may_begin: bool) -> Option<Message> {
        self.queue = domains;
        if !may_begin || self.is_busy() {
            return None;
        }
        self.queue.pop_first().map(|domain| self.begin(now, domain))
    }

    /// Whether envelopes of this domain should wait for its snapshots.
    pub(crate) fn waits(&self, domain: &DomainId) -> bool {
        self.queue.contains(domain)
            || self.domains.get(domain).is_some_and(|stage| !matches!(stage, Stage::Done { .. }))
    }

    /// Whether this domain can be used already through a snapshot.
    pub(crate) fn has_snapshot(&self, domain: &DomainId) -> bool {
        matches!(self.domains.get(domain), Some(Stage::Done { got: true }))
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.current.is_some()
    }

    /// Begins a domain with its snapshots.
    fn begin(&mut self, now: Instant, domain: DomainId) -> Message {
        self.domains.insert(domain, Stage::Asked);
        self.current = Some((domain, now));
        Message::Snapshots { domain }
    }

    /// The peer said which snapshots it has.
    pub(crate) fn offers(&mut self, now: Instant, domain: DomainId, offers: Vec<SnapshotOffer>) -> Option<Message> {
        let stage = self.domains.get_mut(&domain)?;
        if !matches!(stage, Stage::Asked) {
            return None;
        }
        let offers = offers.into_iter().filter(|offer| (1..=MAX_SNAPSHOT_BYTES).contains(&offer.size)).collect();
        *stage = Stage::Fetching { offers, bytes: Vec::new(), got: false };
        self.next(now, domain)
    }

    /// A part of a snapshot arrived.
    pub(crate) fn bytes(
        &mut self,
        now: Instant,
        (domain, id, offset): (DomainId, Hash, u64),
        part: &[u8],
    ) -> Result<(Option<Effect>, Option<Message>), Reason> {
        let Some(Stage::Fetching { offers, bytes, got }) = self.domains.get_mut(&domain) else {
            return Ok((None, None));
        };
        let Some(offer) = offers.front() else { return Ok((None, None)) };
        if offer.id != id || bytes.len() as u64 != offset {
            return Ok((None, None)); // repeated or overtaken
        }
        if part.len() as u64 > offer.size - offset {
            return Err(Reason::Broken { rule: "a snapshot is longer than offered" });
        }
        bytes.extend_from_slice(part);
        let complete = bytes.len() as u64 == offer.size;
        let mut effect = None;
        if complete || part.is_empty() {
            let bytes = std::mem::take(bytes);
            if let Some(offer) = offers.pop_front()
                && complete
            {
                if Hash::of(&bytes) != offer.id {
                    return Err(Reason::Broken { rule: "a snapshot is not the one offered" });
                }
                *got = true;
                effect = Some(Effect::Snapshot { domain, offer, bytes });
            }
        }
        Ok((effect, self.next(now, domain)))
    }

    /// Asks for the next part, or ends the domain's beginning.
    fn next(&mut self, now: Instant, domain: DomainId) -> Option<Message> {
        if let Some(Stage::Fetching { offers, bytes, .. }) = self.domains.get(&domain)
            && let Some(offer) = offers.front()
        {
            self.current = Some((domain, now));
            return Some(Message::WantSnapshot { domain, id: offer.id, offset: bytes.len() as u64 });
        }
        self.give_up(domain);
        None
    }

    /// Time passed: a snapshot that does not come is done without.
    pub(crate) fn tick(&mut self, now: Instant, last_answer: Instant) {
        if let Some((domain, since)) = self.current
            && now.0 - since.0.max(last_answer.0) >= ANSWER_TIMEOUT_MS
        {
            self.give_up(domain);
        }
    }

    fn give_up(&mut self, domain: DomainId) {
        let got = matches!(self.domains.get(&domain), Some(Stage::Fetching { got: true, .. }));
        self.domains.insert(domain, Stage::Done { got });
        self.current = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_about_snapshots_are_told_from_all_others() {
        let (domain, id) = (DomainId::from_bytes([1; 16]), Hash([2; 32]));
        let of = |message: Message| SnapshotQuestion::of(&message.encode());
        assert_eq!(of(Message::Snapshots { domain }), Some(SnapshotQuestion::Which { domain }));
        let part = Message::WantSnapshot { domain, id, offset: u64::MAX };
        assert_eq!(of(part), Some(SnapshotQuestion::Part { domain, id }));
        assert_eq!(of(Message::List), None);
        assert_eq!(of(Message::SnapshotBytes { domain, id, offset: 0, bytes: vec![1; 5000] }), None);
        assert_eq!(SnapshotQuestion::of(&[]), None);
    }
}
