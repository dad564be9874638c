//! Tips and clocks: what a device holds, in a form two devices can compare.

use enginus_model::{DomainId, Hash, LogId};
use serde::{Deserialize, Serialize};

/// One entry of a log by its place and its hash; usually the newest one of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tip {
    /// The log.
    pub log: LogId,
    /// The place in the log, counted from 1.
    pub seq: u64,
    /// The hash of the entry's header, which commits to everything before it.
    pub hash: Hash,
}

/// A tip and the domain its log belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DomainTip {
    /// The domain of the log.
    pub domain: DomainId,
    /// The tip.
    pub tip: Tip,
}

/// One hash for a whole clock: equal exactly when the sets of tips are equal. Order and repetition do not matter.
#[must_use]
pub fn digest(tips: impl Iterator<Item = DomainTip>) -> Hash {
    let mut tips: Vec<DomainTip> = tips.collect();
    tips.sort_unstable();
    tips.dedup();
    let mut hasher = blake3::Hasher::new_derive_key("enginus 1 clock digest");
    for DomainTip { domain, tip } in tips {
        hasher.update(domain.as_bytes());
        hasher.update(tip.log.as_bytes());
        hasher.update(&tip.seq.to_le_bytes());
        hasher.update(tip.hash.as_bytes());
    }
    Hash(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tip(log: u8, seq: u64, hash: u8) -> DomainTip {
        DomainTip {
            domain: DomainId::from_bytes([1; 16]),
            tip: Tip { log: LogId([log; 16]), seq, hash: Hash([hash; 32]) },
        }
    }

    #[test]
    fn a_digest_depends_on_the_set_alone() {
        let (a, b, c) = (tip(1, 5, 1), tip(2, 1, 1), tip(1, 5, 2));
        let all = digest([a, b, c].into_iter());
        assert_eq!(all, digest([c, a, b, a].into_iter()));
        assert_ne!(all, digest([a, b].into_iter()));
        assert_ne!(digest([a].into_iter()), digest([c].into_iter()));
        assert_ne!(digest([tip(1, 5, 1)].into_iter()), digest([tip(1, 6, 1)].into_iter()));
        assert_eq!(digest(std::iter::empty()), digest(std::iter::empty()));
    }
}
