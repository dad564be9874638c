//! How fast devices may put, and how much of what no list allows.

use std::num::NonZeroU32;
use std::time::Duration;

use enginus_model::{DeviceId, ProjectId};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::limits::Limits;

/// The rates of this relay. What they count begins anew when the relay does.
pub(super) struct Quotas {
    devices: DefaultKeyedRateLimiter<DeviceId>,
    burst: NonZeroU32,
    authors: DefaultKeyedRateLimiter<(ProjectId, DeviceId)>,
}

impl Quotas {
    pub(super) fn new(limits: &Limits) -> Self {
        let at_least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let burst = at_least_one(limits.envelopes_burst);
        let devices = Quota::per_second(at_least_one(limits.envelopes_per_second)).allow_burst(burst);
        let authors = Quota::per_hour(at_least_one(limits.allowance_per_hour));
        Self { devices: RateLimiter::keyed(devices), burst, authors: RateLimiter::keyed(authors) }
    }

    /// Waits until a device may put `count` more. True where it had to wait.
    pub(super) async fn wait_for(&self, device: &DeviceId, mut count: u32) -> bool {
        let mut waited = false;
        while let Some(part) = NonZeroU32::new(count.min(self.burst.get())) {
            if !matches!(self.devices.check_key_n(device, part), Ok(Ok(()))) {
                waited = true;
                // More than the burst at once never happens: parts are cut to it.
                let _ = self.devices.until_key_n_ready(device, part).await;
            }
            count -= part.get();
        }
        waited
    }

    /// Whether one more of an author whom the list does not let put is taken.
    pub(super) fn allows(&self, project: ProjectId, author: &DeviceId) -> bool {
        self.authors.check_key(&(project, *author)).is_ok()
    }

    /// Forgets whoever has been quiet for long.
    pub(super) fn forget_idle(&self) {
        self.devices.retain_recent();
        self.authors.retain_recent();
    }
}

/// How often [`Quotas::forget_idle`] is worth its while.
pub(super) const FORGET_EVERY: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_device_that_puts_more_than_its_burst_waits_and_is_not_refused() {
        let limits = Limits { envelopes_per_second: 1_000_000, envelopes_burst: 10, ..Limits::default() };
        let quotas = Quotas::new(&limits);
        let (one, other) = (DeviceId([1; 32]), DeviceId([2; 32]));
        assert!(!quotas.wait_for(&one, 10).await);
        assert!(quotas.wait_for(&one, 1000).await);
        assert!(!quotas.wait_for(&other, 10).await, "another device has a rate of its own");
    }

    #[test]
    fn what_no_list_allows_is_taken_in_small_amounts() {
        let quotas = Quotas::new(&Limits { allowance_per_hour: 3, ..Limits::default() });
        let (project, author) = (ProjectId([1; 32]), DeviceId([1; 32]));
        let taken = (0..100).filter(|_| quotas.allows(project, &author)).count();
        assert_eq!(taken, 3);
        assert!(quotas.allows(ProjectId([2; 32]), &author));
        quotas.forget_idle();
    }
}
