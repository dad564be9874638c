//! Seeds that every submission has to pass.

#![allow(clippy::panic, reason = "a test may fail loudly")]

use std::sync::atomic::{AtomicU64, Ordering};

use enginus_testkit::{Step, run};

const SEEDS: u64 = 200;
/// More, and longer ones, run apart from submissions: see docs/testing.md.
const STEPS: u64 = 200;

#[test]
fn two_hundred_seeds_keep_every_promise() {
    let next = AtomicU64::new(0);
    let jobs = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= SEEDS {
                        break;
                    }
                    if let Some((at, broken)) = run(seed, &Step::of_seed(seed, STEPS)).broken {
                        panic!("step {at}: {broken}\nreplay: cargo run --release -p enginus-testkit -- --seed {seed} --steps {STEPS}");
                    }
                }
            });
        }
    });
}

#[test]
fn the_same_seed_comes_to_the_same_trace() {
    for seed in [3, 4] {
        let steps = Step::of_seed(seed, 200);
        let (one, other) = (run(seed, &steps), run(seed, &steps));
        assert_eq!(one, other);
        assert!(!one.trace.is_empty());
    }
}
