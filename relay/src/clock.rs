//! The relay's clock.

use enginus_model::Instant;

/// Now, as this machine's clock says.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place where the relay reads the clock")]
pub(crate) fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
