//! How long to wait, how often to try again.

use std::time::Duration;

use super::Variables;

/// How a bucket is reached.
#[derive(Debug, Clone)]
pub struct BucketOptions {
    /// Credentials, endpoints and regions.
    pub variables: Variables,
    /// Patience.
    pub limits: Limits,
}

impl BucketOptions {
    /// Credentials of this process's environment, and the usual patience.
    #[must_use]
    pub fn from_environment() -> Self {
        Self { variables: Variables::from_environment(), limits: Limits::default() }
    }
}

/// Bounds on waiting and on trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a connection to be made.
    pub connect: Duration,
    /// For a small request to be answered, all attempts together, and between two pieces of an answer.
    pub answer: Duration,
    /// A large request may take [`Limits::answer`] and this much more for its bytes: the slowest network that still works.
    pub slowest_bytes_per_second: u64,
    /// How often a request that failed for a passing reason is tried again.
    pub retries: usize,
    /// Before the first new attempt; later pauses grow, up to [`Limits::longest_pause`].
    pub first_pause: Duration,
    /// Between two attempts at most.
    pub longest_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(30),
            // Four transfers share 256 kbit/s: a construction site's worst. A chunk has nine minutes.
            slowest_bytes_per_second: 8_000,
            retries: 5,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// How long a request that moves `bytes` may take in all.
    pub(crate) fn deadline(&self, bytes: u64) -> Duration {
        self.answer + Duration::from_secs(bytes / self.slowest_bytes_per_second.max(1))
    }

    /// How long to pause before attempt `attempt` (from 1).
    pub(crate) fn pause(&self, attempt: usize) -> Duration {
        let doubled = 1u32 << attempt.saturating_sub(1).min(16);
        self.first_pause.saturating_mul(doubled).min(self.longest_pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_with_size_and_attempts_but_is_bounded() {
        let limits = Limits::default();
        assert_eq!(limits.deadline(0), limits.answer);
        assert_eq!(limits.deadline(16_000), limits.answer + Duration::from_secs(2));
        assert_eq!(limits.pause(1), limits.first_pause);
        assert_eq!(limits.pause(2), limits.first_pause * 2);
        assert_eq!(limits.pause(usize::MAX), limits.longest_pause);
        let none = Limits { slowest_bytes_per_second: 0, ..limits };
        assert_eq!(none.deadline(1), limits.answer + Duration::from_secs(1));
    }
}
