//! What has to be copied so that a place that only stores (a bucket, a file) holds what this device holds, and the other way round.

use std::collections::BTreeMap;

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DomainId, LogId};

/// A stretch of one log that one side holds and the other may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// The domain of the log.
    pub domain: DomainId,
    /// The log.
    pub log: LogId,
    /// Copy what follows this seq; 0 means the whole log.
    pub after: u64,
    /// The newest entry of the branch to copy.
    pub to: Tip,
}

/// What is in `ours` and not in `theirs`, by their tips. Where a log has one branch on both sides the stretch is exact. Where a log
/// forked, nothing tells how far the branches agree, so it begins at 0: copying an entry twice is harmless.
#[must_use]
pub fn ahead(ours: &[DomainTip], theirs: &[DomainTip]) -> Vec<Stretch> {
    let (our_logs, their_logs) = (by_log(ours), by_log(theirs));
    let mut stretches = Vec::new();
    for (&(domain, log), tips) in &our_logs {
        let there: &[Tip] = their_logs.get(&(domain, log)).map_or(&[], Vec::as_slice);
        for tip in tips.iter().filter(|tip| !there.contains(tip)) {
            match (tips.as_slice(), there) {
                // One branch each, and theirs is longer: they have ours unless the log forked, and then only reading tells.
                ([_], [other]) if other.seq > tip.seq => {}
                ([_], [other]) if other.seq < tip.seq => {
                    stretches.push(Stretch { domain, log, after: other.seq, to: *tip });
                }
                _ => stretches.push(Stretch { domain, log, after: 0, to: *tip }),
            }
        }
    }
    stretches
}

fn by_log(tips: &[DomainTip]) -> BTreeMap<(DomainId, LogId), Vec<Tip>> {
    let mut logs: BTreeMap<_, Vec<Tip>> = BTreeMap::new();
    for DomainTip { domain, tip } in tips {
        logs.entry((*domain, tip.log)).or_default().push(*tip);
    }
    logs
}

#[cfg(test)]
mod tests {
    use enginus_model::Hash;

    use super::*;

    const DOMAIN: DomainId = DomainId::from_bytes([1; 16]);

    fn tip(log: u8, seq: u64, hash: u8) -> DomainTip {
        DomainTip { domain: DOMAIN, tip: Tip { log: LogId([log; 16]), seq, hash: Hash([hash; 32]) } }
    }

    fn stretch(after: u64, to: DomainTip) -> Stretch {
        Stretch { domain: DOMAIN, log: to.tip.log, after, to: to.tip }
    }

    #[test]
    fn only_what_is_new_is_copied() {
        let (one, two, five) = (tip(1, 1, 1), tip(1, 2, 2), tip(2, 5, 5));
        assert_eq!(ahead(&[two, five], &[two, five]), []);
        assert_eq!(ahead(&[two, five], &[one, five]), [stretch(1, two)]);
        assert_eq!(ahead(&[two, five], &[two]), [stretch(0, five)]);
        assert_eq!(ahead(&[one], &[two]), [], "they are ahead");
        assert_eq!(ahead(&[], &[two]), []);
    }

    #[test]
    fn a_forked_log_is_copied_whole() {
        let (a, b) = (tip(1, 4, 1), tip(1, 4, 2));
        assert_eq!(ahead(&[a], &[b]), [stretch(0, a)]);
        assert_eq!(ahead(&[a, b], &[b]), [stretch(0, a)]);
        assert_eq!(ahead(&[b], &[a, b]), []);
    }
}
