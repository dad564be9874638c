//! The two things the pure crates take as arguments: the clock and the operating system's randomness.

#[cfg(feature = "simulation")]
pub(crate) mod simulated;

use enginus_model::Instant;

/// The operating system's generator. Where it fails the process cannot make keys and stops.
type SystemRng = rand_core::UnwrapErr<getrandom::SysRng>;

#[cfg(not(feature = "simulation"))]
pub(crate) type Rng = SystemRng;
#[cfg(feature = "simulation")]
pub(crate) type Rng = simulated::Rng;

/// Fresh randomness.
pub(crate) fn rng() -> Rng {
    let system = rand_core::UnwrapErr(getrandom::SysRng);
    #[cfg(feature = "simulation")]
    return simulated::instead_of(system);
    #[cfg(not(feature = "simulation"))]
    system
}

/// `N` random bytes.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    use rand_core::Rng as _;
    let mut bytes = [0; N];
    rng().fill_bytes(&mut bytes);
    bytes
}

/// Now, as this device's clock says.
#[allow(clippy::disallowed_methods, reason = "the one place where the engine reads the clock")]
pub(crate) fn now() -> Instant {
    #[cfg(feature = "simulation")]
    if let Some(now) = simulated::now() {
        return now;
    }
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A UUIDv7's ingredients: milliseconds and ten random bytes.
pub(crate) fn id_parts() -> (u64, [u8; 10]) {
    (u64::try_from(now().0).unwrap_or(0), random())
}
