//! A clock and randomness that follow from a seed, for the thread that asks for them. Every other thread keeps the real ones.

use std::cell::RefCell;
use std::convert::Infallible;

use enginus_model::Instant;
use rand_core::{TryCryptoRng, TryRng};

use super::SystemRng;

thread_local! {
    static SOURCE: RefCell<Option<Source>> = const { RefCell::new(None) };
}

struct Source {
    now: Instant,
    stream: blake3::OutputReader,
}

/// Whether this thread's clock and randomness are simulated.
pub(crate) fn is_on() -> bool {
    SOURCE.with_borrow(Option::is_some)
}

/// From now on this thread's randomness follows from `seed`; its clock stands at `now`.
pub(crate) fn begin(seed: &[u8], now: Instant) {
    let stream = blake3::Hasher::new_derive_key("enginus 1 simulated randomness").update(seed).finalize_xof();
    SOURCE.set(Some(Source { now, stream }));
}

/// This thread goes back to the real ones.
pub(crate) fn end() {
    SOURCE.set(None);
}

/// Sets this thread's clock, where it is simulated.
pub(crate) fn set_clock(now: Instant) {
    SOURCE.with_borrow_mut(|source| {
        if let Some(source) = source {
            source.now = now;
        }
    });
}

pub(super) fn now() -> Option<Instant> {
    SOURCE.with_borrow(|source| source.as_ref().map(|source| source.now))
}

pub(super) fn instead_of(system: SystemRng) -> Rng {
    if is_on() { Rng::Simulated } else { Rng::System(system) }
}

/// The system's randomness, or the simulated one of this thread.
pub(crate) enum Rng {
    System(SystemRng),
    Simulated,
}

impl TryRng for Rng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        match self {
            Self::System(system) => system.try_fill_bytes(bytes),
            Self::Simulated => {
                SOURCE.with_borrow_mut(|source| {
                    if let Some(source) = source {
                        source.stream.fill(bytes);
                    }
                });
                Ok(())
            }
        }
    }
}

impl TryCryptoRng for Rng {}
