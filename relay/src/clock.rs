//! The relay's clock: the one place that asks what time it is.

use enginus_model::Instant;

/// Now, by this machine's clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place where the relay reads the clock")]
pub fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
