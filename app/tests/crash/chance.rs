//! Choices that a seed decides. What a kill cuts off is the machine's choice; what is done, and about when it is killed, is not.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// splitmix64: small, and good enough to choose with.
pub(crate) struct Chance(u64);

impl Chance {
    /// From the environment, or new; printed, so that a failure can be replayed.
    pub(crate) fn from_environment(name: &str) -> Self {
        let seed = match std::env::var(name) {
            Ok(seed) => seed.parse().unwrap_or_else(|_| panic!("{name} is no number: {seed}")),
            Err(_) => RandomState::new().build_hasher().finish() >> 32,
        };
        println!("seed {seed}; again with {name}={seed}");
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    /// Once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A number of the environment, or what stands for it.
pub(crate) fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}
