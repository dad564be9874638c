//! The engine's project logic for a simulator: many devices in one thread, no sockets, no files, every run following from its seed.
//!
//! It is the product's own code: a [`Device`] holds a real project over the real store on a simulated [`Machine`], a [`Session`] is one
//! side of a real exchange without its stream. What is simulated is the disk, the clock, the randomness and the way between devices.
//! It deliberately does not know what goes wrong when: that is the simulator's. Ordinary builds have nothing of this.

mod acts;
mod bucket;
mod device;
mod insider;
mod look;
mod machine;
mod session;

pub use bucket::Storage;
pub use device::{Device, Done};
pub use insider::Mischief;
pub use look::{Entry, HeldEntry, Why};
pub use machine::{Image, Machine};
pub use session::{Heard, Session};

use enginus_model::Instant;

use crate::ambient::simulated;

/// From now on this thread's randomness follows from `seed`, and its clock stands at `now`.
pub fn begin(seed: &[u8], now: Instant) {
    simulated::begin(seed, now);
}

/// Sets this thread's clock.
pub fn set_clock(now: Instant) {
    simulated::set_clock(now);
}

/// This thread goes back to the real clock and randomness.
pub fn end() {
    simulated::end();
}
