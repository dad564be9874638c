//! A simulator that tries to break every promise of the engine: one seed, one thread, all the faults, a checker.
//!
//! A seed is a list of [`Step`]s. A [`World`] lets them happen to several devices, which run the product's own project logic over
//! the real store (`enginus_engine::simulation`): people act, frames are lost, doubled and overtaken, the power goes between any two
//! disk operations, disks fill up, backups are put back, homes are copied, clocks are wrong, a blind relay lies, an insider with
//! valid keys does harm. Every hundred or 250 steps faults stop, everything is let to flow, and every promise is checked (see [`promise`]).
//! Everything follows from the seed: the same seed comes to the same trace.
//!
//! ```
//! use enginus_testkit::{Step, run};
//!
//! let steps = Step::of_seed(7, 20);
//! let outcome = run(7, &steps);
//! assert_eq!(outcome.broken, None, "cargo run --release -p enginus-testkit -- --seed 7 --steps 20");
//! ```
//!
//! It deliberately does not know how the engine keeps a promise: it looks at what devices hold, show and send.

mod broken;
mod dice;
mod faults;
mod ledger;
mod people;
mod promises;
mod quiet;
mod relay;
mod run;
mod step;
mod wires;
mod world;

pub use broken::{Broken, Checked, promise};
pub use run::{Outcome, run, shrink};
pub use step::{Act, Step, Weather, What};
pub use world::World;
