//! Keys and how they lie in the file: fixed widths, big-endian, so that byte order is the order wanted.

use enginus_envelope::Tip;
use enginus_model::{DocumentId, DomainId, Hash, Lane, LogId};

/// Where one envelope lies: its domain, its log, its place there, and which of several at that place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvelopeKey {
    /// The domain its log belongs to.
    pub domain: DomainId,
    /// The log.
    pub log: LogId,
    /// The place in the log, counted from 1.
    pub seq: u64,
    /// The hash of the header.
    pub hash: Hash,
}

impl EnvelopeKey {
    /// The same place without its domain.
    #[must_use]
    pub const fn tip(&self) -> Tip {
        Tip { log: self.log, seq: self.seq, hash: self.hash }
    }
}

/// Which Automerge document a cache belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardKey {
    /// The domain.
    pub domain: DomainId,
    /// The lane.
    pub lane: Lane,
    /// The generation, from 0.
    pub generation: u32,
}

/// log ‖ seq ‖ hash.
pub(crate) type EntryBytes = [u8; 56];
/// domain ‖ arrival.
pub(crate) type DomainArrivalBytes = [u8; 24];
/// domain ‖ lane ‖ generation.
pub(crate) type ShardBytes = [u8; 21];
/// domain ‖ document.
pub(crate) type RowBytes = [u8; 32];
/// domain ‖ log ‖ seq ‖ hash ‖ received: what an arrival names.
pub(crate) type ArrivalBytes = [u8; 80];

/// Copies `N` bytes of `bytes` from `at`; zeros where they are not there, which only a damaged file can cause.
pub(crate) fn cut<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..at + N).and_then(|part| part.try_into().ok()).unwrap_or([0; N])
}

fn join<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut out = [0; N];
    let mut at = 0;
    for part in parts {
        out[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    debug_assert_eq!(at, N, "a key is as wide as its parts together");
    out
}

pub(crate) fn entry(log: &LogId, seq: u64, hash: &Hash) -> EntryBytes {
    join(&[log.as_bytes(), &seq.to_be_bytes(), hash.as_bytes()])
}

pub(crate) fn tip_of(bytes: &EntryBytes) -> Tip {
    Tip { log: LogId(cut(bytes, 0)), seq: u64::from_be_bytes(cut(bytes, 16)), hash: Hash(cut(bytes, 24)) }
}

/// Every entry at one place of a log.
pub(crate) fn entries_at(log: &LogId, seq: u64) -> std::ops::RangeInclusive<EntryBytes> {
    entry(log, seq, &Hash([0; 32]))..=entry(log, seq, &Hash([0xff; 32]))
}

/// Every entry of a log from a place on.
pub(crate) fn entries_from(log: &LogId, seq: u64) -> std::ops::RangeInclusive<EntryBytes> {
    entry(log, seq, &Hash([0; 32]))..=entry(log, u64::MAX, &Hash([0xff; 32]))
}

pub(crate) fn arrival(key: &EnvelopeKey, received: i64) -> ArrivalBytes {
    join(&[
        key.domain.as_bytes(),
        key.log.as_bytes(),
        &key.seq.to_be_bytes(),
        key.hash.as_bytes(),
        &received.to_be_bytes(),
    ])
}

pub(crate) fn arrival_of(bytes: &ArrivalBytes) -> (EnvelopeKey, i64) {
    let tip = tip_of(&cut(bytes, 16));
    let key = EnvelopeKey { domain: DomainId::from_bytes(cut(bytes, 0)), log: tip.log, seq: tip.seq, hash: tip.hash };
    (key, i64::from_be_bytes(cut(bytes, 72)))
}

pub(crate) fn domain_arrival(domain: &DomainId, arrival: u64) -> DomainArrivalBytes {
    join(&[domain.as_bytes(), &arrival.to_be_bytes()])
}

pub(crate) fn shard(key: &ShardKey) -> ShardBytes {
    join(&[key.domain.as_bytes(), &[key.lane as u8], &key.generation.to_be_bytes()])
}

/// `None` for a lane this version does not know.
pub(crate) fn shard_of(bytes: &ShardBytes) -> Option<ShardKey> {
    Some(ShardKey {
        domain: DomainId::from_bytes(cut(bytes, 0)),
        lane: Lane::ALL.into_iter().find(|lane| *lane as u8 == bytes[16])?,
        generation: u32::from_be_bytes(cut(bytes, 17)),
    })
}

pub(crate) fn shards_of(domain: &DomainId) -> std::ops::RangeInclusive<ShardBytes> {
    join(&[domain.as_bytes(), &[0; 5]])..=join(&[domain.as_bytes(), &[0xff; 5]])
}

pub(crate) fn row(domain: &DomainId, document: &DocumentId) -> RowBytes {
    join(&[domain.as_bytes(), document.as_bytes()])
}

pub(crate) fn rows_of(domain: &DomainId) -> std::ops::RangeInclusive<RowBytes> {
    row(domain, &DocumentId::from_bytes([0; 16]))..=row(domain, &DocumentId::from_bytes([0xff; 16]))
}

/// kind ‖ key.
pub(crate) fn record(kind: u8, key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + key.len());
    bytes.push(kind);
    bytes.extend_from_slice(key);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read_back_and_sort_by_place() {
        let (log, hash) = (LogId([7; 16]), Hash([9; 32]));
        let tip = Tip { log, seq: 258, hash };
        assert_eq!(tip_of(&entry(&log, 258, &hash)), tip);
        assert!(entry(&log, 255, &Hash([0xff; 32])) < entry(&log, 256, &Hash([0; 32])));
        assert!(entries_at(&log, 258).contains(&entry(&log, 258, &hash)));
        assert!(!entries_at(&log, 257).contains(&entry(&log, 258, &hash)));
        assert!(entries_from(&log, 1).contains(&entry(&log, u64::MAX, &Hash([0xff; 32]))));
    }

    #[test]
    fn arrivals_and_shards_read_back() {
        let key =
            EnvelopeKey { domain: DomainId::from_bytes([1; 16]), log: LogId([2; 16]), seq: 3, hash: Hash([4; 32]) };
        assert_eq!(arrival_of(&arrival(&key, -5)), (key, -5));
        let key = ShardKey { domain: key.domain, lane: Lane::Reviews, generation: u32::MAX };
        assert_eq!(shard_of(&shard(&key)), Some(key));
        assert!(shards_of(&key.domain).contains(&shard(&key)));
        assert_eq!(shard_of(&[9; 21]), None);
    }
}
