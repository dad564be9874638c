//! Where an entry belongs in a log that may have forked.
//!
//! A log is a tree: normally a single chain, and after a home was copied or restored a chain that splits. The tips of a log are
//! therefore a *set*; branches share what came before the split, and all of them count.

use std::collections::BTreeSet;

use enginus_model::{Hash, LogId};

use crate::{Header, Tip};

/// What is held of one log.
pub trait HeldLog {
    /// The hashes of the entries held at `seq`; several where the log forked, none where nothing is held.
    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash>;
    /// The newest entry of each branch held. Every entry below a tip, down to seq 1, is held as well.
    fn tips_of(&self, log: &LogId) -> BTreeSet<Tip>;
}

/// What an entry is to a log of which something is held already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// It continues a branch (or begins the log): take it.
    Next,
    /// It is held already.
    Duplicate,
    /// Entries before it are missing. Ask for everything after `have`; should that answer also turn out to hang in the air, then
    /// the branches parted earlier than guessed: ask for everything after 0.
    Gap {
        /// The seq up to which the entry's branch is probably held.
        have: u64,
    },
    /// It begins a new branch beside what is held: take it, and tell whoever owns the log.
    Fork {
        /// The entries already held at the same seq.
        beside: Vec<Hash>,
    },
}

/// Places an entry by its header. Nothing is believed of the header's `prev`: an entry whose predecessor is not held is a gap, however
/// it is signed.
#[must_use]
pub fn classify(header: &Header, held: &impl HeldLog) -> Placement {
    let (log, seq, hash) = (header.log(), header.seq, header.hash());
    let beside = held.hashes_at(&log, seq);
    if beside.contains(&hash) {
        return Placement::Duplicate;
    }
    if seq > 1 {
        let before = held.hashes_at(&log, seq - 1);
        if !before.contains(&header.prev) {
            // Something else stands where its predecessor should: the branches parted at an unknown place.
            let have = if before.is_empty() { newest_below(&held.tips_of(&log), seq) } else { 0 };
            return Placement::Gap { have };
        }
        if held.tips_of(&log).contains(&Tip { log, seq: seq - 1, hash: header.prev }) {
            return Placement::Next;
        }
    }
    if beside.is_empty() { Placement::Next } else { Placement::Fork { beside } }
}

fn newest_below(tips: &BTreeSet<Tip>, seq: u64) -> u64 {
    tips.iter().map(|tip| tip.seq).filter(|&held| held < seq).max().unwrap_or(0)
}

/// The tips of a log after an entry was taken: it replaces its predecessor where that was a tip, and stands beside the others.
/// Only for entries that [`classify`] called [`Placement::Next`] or [`Placement::Fork`].
pub fn advance(tips: &mut BTreeSet<Tip>, header: &Header) {
    let log = header.log();
    if header.seq > 1 {
        tips.remove(&Tip { log, seq: header.seq - 1, hash: header.prev });
    }
    tips.insert(Tip { log, seq: header.seq, hash: header.hash() });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use enginus_model::{DeviceId, DomainId, EpochId, Lane, ProjectId};
    use proptest::prelude::*;

    use super::*;

    #[derive(Default)]
    struct Log {
        entries: BTreeMap<u64, Vec<Hash>>,
        tips: BTreeSet<Tip>,
    }

    impl Log {
        fn take(&mut self, header: &Header) -> Placement {
            let placement = classify(header, self);
            if matches!(placement, Placement::Next | Placement::Fork { .. }) {
                self.entries.entry(header.seq).or_default().push(header.hash());
                advance(&mut self.tips, header);
            }
            placement
        }
    }

    impl HeldLog for Log {
        fn hashes_at(&self, _: &LogId, seq: u64) -> Vec<Hash> {
            self.entries.get(&seq).cloned().unwrap_or_default()
        }
        fn tips_of(&self, _: &LogId) -> BTreeSet<Tip> {
            self.tips.clone()
        }
    }

    fn header(seq: u64, prev: Hash, content: u8) -> Header {
        Header {
            project: ProjectId([1; 32]),
            domain: DomainId::from_bytes([1; 16]),
            lane: Lane::Records,
            device: DeviceId([1; 32]),
            incarnation: [1; 16],
            seq,
            prev,
            authority: vec![],
            epoch: EpochId([1; 32]),
            ciphertext: Hash([content; 32]),
            commitment: Hash([content; 32]),
        }
    }

    /// A chain of `len` entries after `(seq, prev)`.
    fn chain(from: Option<&Header>, len: u64, content: u8) -> Vec<Header> {
        let mut out: Vec<Header> = Vec::new();
        for _ in 0..len {
            let next = match out.last().or(from) {
                Some(last) => header(last.seq + 1, last.hash(), content),
                None => header(1, Hash::ZERO, content),
            };
            out.push(next);
        }
        out
    }

    #[test]
    fn a_chain_is_taken_in_order_and_only_once() {
        let mut log = Log::default();
        let a = chain(None, 4, 0);
        assert_eq!(log.take(&a[1]), Placement::Gap { have: 0 });
        assert_eq!(log.take(&a[0]), Placement::Next);
        assert_eq!(log.take(&a[3]), Placement::Gap { have: 1 });
        assert_eq!(log.take(&a[1]), Placement::Next);
        assert_eq!(log.take(&a[1]), Placement::Duplicate);
        assert_eq!(log.take(&a[0]), Placement::Duplicate);
        assert_eq!(log.tips.len(), 1);
    }

    #[test]
    fn a_fork_keeps_both_branches_and_their_common_beginning() {
        let mut log = Log::default();
        let a = chain(None, 4, 0);
        let b = chain(Some(&a[1]), 3, 9);
        for entry in &a {
            assert_eq!(log.take(entry), Placement::Next);
        }
        // Its predecessor is b[0], but a[2] stands there: where they parted is not known.
        assert_eq!(log.take(&b[1]), Placement::Gap { have: 0 });
        assert_eq!(log.take(&b[0]), Placement::Fork { beside: vec![a[2].hash()] });
        assert_eq!(log.take(&b[1]), Placement::Next, "the second entry of a branch is no new fork");
        assert_eq!(log.take(&b[2]), Placement::Next);
        let tips: Vec<Hash> = log.tips.iter().map(|tip| tip.hash).collect();
        assert_eq!(log.tips.len(), 2);
        assert!(tips.contains(&a[3].hash()) && tips.contains(&b[2].hash()));
    }

    #[test]
    fn a_fork_at_the_first_entry_is_a_fork() {
        let mut log = Log::default();
        let (a, b) = (chain(None, 2, 0), chain(None, 2, 9));
        log.take(&a[0]);
        assert_eq!(log.take(&b[0]), Placement::Fork { beside: vec![a[0].hash()] });
        assert_eq!(log.take(&a[1]), Placement::Next);
        assert_eq!(log.take(&b[1]), Placement::Next);
    }

    #[test]
    fn a_forged_predecessor_is_never_next() {
        let mut log = Log::default();
        let a = chain(None, 3, 0);
        for entry in &a {
            log.take(entry);
        }
        let forged = header(4, Hash([0xEE; 32]), 0);
        assert_eq!(log.take(&forged), Placement::Gap { have: 0 });
        // A true ancestor, but of another place.
        let skipping = header(4, a[1].hash(), 0);
        assert_eq!(log.take(&skipping), Placement::Gap { have: 0 });
        assert_eq!(log.tips.len(), 1);
    }

    proptest! {
        /// Whatever the order of arrival, once everything was offered often enough the tips are the same.
        #[test]
        fn order_of_arrival_does_not_matter(order in Just((0..12usize).collect::<Vec<_>>()).prop_shuffle(), split in 0..5u64) {
            let a = chain(None, 6, 0);
            let from = (split > 0).then(|| &a[split as usize - 1]);
            let b = chain(from, 6, 9);
            let all: Vec<&Header> = a.iter().chain(&b).collect();
            let mut log = Log::default();
            for _ in 0..12 {
                for &i in &order {
                    log.take(all[i]);
                }
            }
            let expected: BTreeSet<Hash> = [a[5].hash(), b[5].hash()].into();
            prop_assert_eq!(log.tips.iter().map(|tip| tip.hash).collect::<BTreeSet<_>>(), expected);
        }
    }
}
