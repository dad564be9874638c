//! Noticing that the machine slept: connections that stood before are dead, and neither side may know it for a while.

use std::sync::Arc;
use std::time::Duration;

use enginus_model::Instant;

use super::Network;
use crate::ambient;
use crate::engine::lock;

/// The wall clock is ahead of the running one by more than this: the machine slept, or somebody set the clock, which does no harm.
const SLEPT: Duration = Duration::from_secs(20);

/// What both clocks said last. The running one stands still while the machine sleeps.
pub(super) struct Clocks {
    wall: Instant,
    running: tokio::time::Instant,
}

impl Clocks {
    pub(super) fn now() -> Self {
        Self { wall: ambient::now(), running: tokio::time::Instant::now() }
    }

    /// Whether the machine slept since this was asked last.
    pub(super) fn slept(&mut self) -> bool {
        let before = std::mem::replace(self, Self::now());
        slept(self.wall.0.saturating_sub(before.wall.0), self.running - before.running)
    }
}

fn slept(wall_ms: i64, running: Duration) -> bool {
    u64::try_from(wall_ms).is_ok_and(|wall| Duration::from_millis(wall) > running + SLEPT)
}

impl Network {
    /// Makes all connections anew and tries everybody at once.
    pub(super) async fn wake(self: &Arc<Self>) {
        tracing::info!("the machine slept: all connections are made anew");
        let peers: Vec<_> = lock(&self.connections).peers.values().cloned().collect();
        for peer in peers {
            peer.close("this device slept");
        }
        self.dialler.look_around().await;
        self.dial_everybody();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_wall_clock_that_ran_ahead_is_sleep() {
        let second = Duration::from_secs(1);
        assert!(slept(60_000, second));
        assert!(!slept(1_000, second) && !slept(20_500, second));
        assert!(!slept(-3_600_000, second), "the clock was set back");
        assert!(!slept(60_000, 60 * second), "the machine was busy");
    }
}
