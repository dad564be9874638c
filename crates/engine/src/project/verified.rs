//! Signatures of many envelopes: the costly part of taking them in, done on all processors before anything is decided in order.

use enginus_envelope::{Envelope, VerifyError};

/// Fewer are not worth a thread.
const PER_THREAD_MIN: usize = 8;

/// What checking an envelope's signature and content against its header came to; `None` where it was not asked for.
pub(super) type Verdict = Option<Result<(), VerifyError>>;

/// Verifies those envelopes that are `worth` it. The verdicts are in the envelopes' order.
pub(super) fn verify_all(envelopes: &[Envelope], worth: &[bool]) -> Vec<Verdict> {
    let verify = |(envelope, worth): (&Envelope, &bool)| worth.then(|| envelope.verify());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let each = envelopes.len().div_ceil(threads).max(PER_THREAD_MIN);
    if envelopes.len() <= each {
        return envelopes.iter().zip(worth).map(verify).collect();
    }
    std::thread::scope(|scope| {
        let parts = envelopes.chunks(each).zip(worth.chunks(each));
        let threads: Vec<_> = parts
            .map(|(part, worth)| scope.spawn(move || part.iter().zip(worth).map(verify).collect::<Vec<_>>()))
            .collect();
        let mut verdicts = Vec::with_capacity(envelopes.len());
        for (thread, part) in threads.into_iter().zip(envelopes.chunks(each)) {
            // A part whose thread ended early is judged where it is used.
            verdicts.extend(thread.join().unwrap_or_else(|_| vec![None; part.len()]));
        }
        verdicts
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::project::testing::Site;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4))]
        #[test]
        fn verdicts_are_those_of_each_alone_in_order(broken in proptest::collection::vec(0usize..64, 0..8), skipped in 0usize..64) {
            let mut site = Site::owner();
            for n in 0..30 {
                site.plan("projects", &format!("P-{n}"));
            }
            let mut envelopes: Vec<_> = site.envelopes().iter().map(|bytes| Envelope::decode(bytes).unwrap()).collect();
            let count = envelopes.len();
            for at in broken {
                envelopes[at % count].signature.0[5] ^= 1;
            }
            let mut worth = vec![true; count];
            worth[skipped % count] = false;
            let verdicts = verify_all(&envelopes, &worth);
            prop_assert_eq!(verdicts.len(), count);
            for ((envelope, verdict), worth) in envelopes.iter().zip(verdicts).zip(worth) {
                prop_assert_eq!(verdict.map(|verdict| verdict.is_ok()), worth.then(|| envelope.verify().is_ok()));
            }
        }
    }
}
