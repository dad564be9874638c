//! Runs of seeds, and making a failing one short.

use std::panic::{AssertUnwindSafe, catch_unwind};

use enginus_engine::simulation;

use crate::broken::{Broken, promise};
use crate::step::{Step, What};
use crate::world::World;

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// A hash over everything that happened: two runs of the same steps have the same.
    pub trace: String,
    /// In which step a promise was broken, and which.
    pub broken: Option<(u64, Broken)>,
    /// In words, what there was at the end.
    pub end: String,
}

/// Runs the steps of a seed.
#[must_use]
pub fn run(seed: u64, steps: &[Step]) -> Outcome {
    let mut at = 0;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut world = match World::new(seed) {
            Ok(world) => world,
            Err(broken) => return (String::new(), Some(broken), String::new()),
        };
        for step in steps {
            at = step.number;
            if let Err(broken) = world.happen(step) {
                return (world.trace(), Some(broken), world.to_string());
            }
        }
        (world.trace(), None, world.to_string())
    }));
    simulation::end();
    let (trace, broken, end) = ran.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
        let what = format!("panic: {}", said.unwrap_or("without words"));
        (String::new(), Some(Broken::new(promise::NO_FAILURE, what)), String::new())
    });
    Outcome { trace, broken: broken.map(|broken| (at, broken)), end }
}

/// Leaves out as many steps of a failing run as it can do without, for as long as the same promise is broken.
#[must_use]
pub fn shrink(seed: u64, steps: Vec<Step>, tries_max: u32) -> Vec<Step> {
    let Some((last, broken)) = run(seed, &steps).broken else { return steps };
    let mut kept: Vec<Step> = steps.into_iter().filter(|step| step.number <= last).collect();
    let still = |steps: &[Step]| run(seed, steps).broken.is_some_and(|(_, found)| found.promise == broken.promise);
    // Quiet periods cost the most.
    let without: Vec<Step> =
        kept.iter().filter(|step| step.number == last || step.what != What::Quiet).cloned().collect();
    if still(&without) {
        kept = without;
    }
    let (mut piece, mut tries) = (kept.len().div_ceil(2), 0);
    while piece > 0 && tries < tries_max {
        let mut at = 0;
        while at < kept.len() && tries < tries_max {
            let mut fewer = kept.clone();
            fewer.drain(at..(at + piece).min(kept.len()));
            tries += 1;
            if still(&fewer) {
                kept = fewer;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    kept
}

impl std::fmt::Display for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |is: fn(&enginus_engine::simulation::Device) -> bool| {
            self.nodes.iter().filter(|node| is(&node.device)).count()
        };
        write!(
            f,
            "{} devices, {} members, {} removed, {} entries saved, {} rounds at most",
            self.nodes.len(),
            count(|device| device.is_member()),
            count(|device| device.is_removed()),
            self.ledger.saved.len(),
            self.rounds_max
        )
    }
}
