//! Keys and how they lie in the file: fixed widths, big-endian, so that byte order is the order wanted. All but the first begin with
//! the number the index gave the project, so that a project is one range of every table.

use std::ops::RangeInclusive;

use enginus_envelope::Tip;
use enginus_model::{DeviceId, DomainId, Hash, LogId};

/// project number, log, seq, hash
pub(crate) type EntryBytes = [u8; 64];
/// project number, arrival
pub(crate) type ArrivalBytes = [u8; 16];
/// project number, a hash or a device
pub(crate) type NamedBytes = [u8; 40];
/// project number, domain, hash of a shard's label
pub(crate) type ShardBytes = [u8; 56];

/// `N` bytes of `bytes` from `at`; zeros where there are fewer, which no caller asks for.
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

pub(crate) fn entry(number: u64, tip: &Tip) -> EntryBytes {
    join(&[&number.to_be_bytes(), tip.log.as_bytes(), &tip.seq.to_be_bytes(), tip.hash.as_bytes()])
}

pub(crate) fn tip_of(bytes: &EntryBytes) -> Tip {
    Tip { log: LogId(cut(bytes, 8)), seq: u64::from_be_bytes(cut(bytes, 24)), hash: Hash(cut(bytes, 32)) }
}

/// What stands at one place of a log.
pub(crate) fn entries_at(number: u64, log: &LogId, seq: u64) -> RangeInclusive<EntryBytes> {
    let bound = |hash| entry(number, &Tip { log: *log, seq, hash: Hash(hash) });
    bound([0; 32])..=bound([0xff; 32])
}

/// What stands at or after (`seq`, `hash`) of a log.
pub(crate) fn entries_from(number: u64, log: &LogId, seq: u64, hash: Hash) -> RangeInclusive<EntryBytes> {
    let last = Tip { log: *log, seq: u64::MAX, hash: Hash([0xff; 32]) };
    entry(number, &Tip { log: *log, seq, hash })..=entry(number, &last)
}

pub(crate) fn arrival(number: u64, arrival: u64) -> ArrivalBytes {
    join(&[&number.to_be_bytes(), &arrival.to_be_bytes()])
}

pub(crate) fn arrival_of(bytes: &ArrivalBytes) -> u64 {
    u64::from_be_bytes(cut(bytes, 8))
}

pub(crate) fn hash(number: u64, hash: &Hash) -> NamedBytes {
    join(&[&number.to_be_bytes(), hash.as_bytes()])
}

pub(crate) fn device(number: u64, device: &DeviceId) -> NamedBytes {
    join(&[&number.to_be_bytes(), device.as_bytes()])
}

pub(crate) fn name_of(bytes: &NamedBytes) -> [u8; 32] {
    cut(bytes, 8)
}

pub(crate) fn shard(number: u64, domain: &DomainId, label: &[u8]) -> ShardBytes {
    join(&[&number.to_be_bytes(), domain.as_bytes(), Hash::of(label).as_bytes()])
}

pub(crate) fn shards_of(number: u64, domain: &DomainId) -> RangeInclusive<ShardBytes> {
    let number = number.to_be_bytes();
    join(&[&number, domain.as_bytes(), &[0; 32]])..=join(&[&number, domain.as_bytes(), &[0xff; 32]])
}

/// Everything of a project in a table with keys of `N` bytes.
pub(crate) fn all_of<const N: usize>(number: u64) -> RangeInclusive<[u8; N]> {
    let (mut first, mut last) = ([0; N], [0xff; N]);
    first[..8].copy_from_slice(&number.to_be_bytes());
    last[..8].copy_from_slice(&number.to_be_bytes());
    first..=last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read_back_and_sort_by_place() {
        let tip = Tip { log: LogId([7; 16]), seq: 258, hash: Hash([9; 32]) };
        let key = entry(3, &tip);
        assert_eq!(tip_of(&key), tip);
        assert!(entries_at(3, &tip.log, 258).contains(&key));
        assert!(!entries_at(3, &tip.log, 257).contains(&key) && !entries_at(2, &tip.log, 258).contains(&key));
        assert!(entries_from(3, &tip.log, 255, Hash([0xff; 32])).contains(&key));
        assert!(!entries_from(3, &tip.log, 258, Hash([0xa; 32])).contains(&key));
        assert!(all_of::<64>(3).contains(&key) && !all_of::<64>(4).contains(&key));
    }

    #[test]
    fn the_other_keys_read_back() {
        assert_eq!(arrival_of(&arrival(1, 77)), 77);
        assert_eq!(name_of(&hash(1, &Hash([5; 32]))), [5; 32]);
        assert_eq!(hash(1, &Hash([5; 32])), device(1, &DeviceId([5; 32])));
        let domain = DomainId::from_bytes([2; 16]);
        assert!(shards_of(1, &domain).contains(&shard(1, &domain, b"label")));
    }
}
