//! How many connections others may hold open here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use enginus_model::DeviceId;

use crate::Bounds;

/// The connections that stand, by device.
#[derive(Debug)]
pub(crate) struct Guests {
    bounds: Bounds,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    by_device: HashMap<DeviceId, usize>,
    all: usize,
}

/// A connection that counts; dropping it frees its place.
#[derive(Debug)]
pub(crate) struct Guest {
    guests: Arc<Guests>,
    device: DeviceId,
}

impl Guests {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { bounds, counts: Mutex::default() }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Counting cannot leave the table half changed.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more connection of a device, where there is one.
    pub(crate) fn admit(self: &Arc<Self>, device: DeviceId) -> Option<Guest> {
        let mut counts = self.counts();
        let held = counts.by_device.get(&device).copied().unwrap_or_default();
        if counts.all >= self.bounds.connections || held >= self.bounds.per_device {
            return None;
        }
        counts.all += 1;
        counts.by_device.insert(device, held + 1);
        Some(Guest { guests: self.clone(), device })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut counts = self.guests.counts();
        if let Some(count) = counts.by_device.get_mut(&self.device) {
            *count -= 1;
            if *count == 0 {
                counts.by_device.remove(&self.device);
            }
            counts.all -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_device_cannot_take_every_place() {
        let guests = Arc::new(Guests::new(Bounds::DEVICE));
        let mut held: Vec<Guest> =
            (0..Bounds::DEVICE.per_device).map(|_| guests.admit(DeviceId([1; 32])).expect("a place")).collect();
        assert!(guests.admit(DeviceId([1; 32])).is_none());
        assert!(guests.admit(DeviceId([2; 32])).is_some());
        held.pop();
        assert!(guests.admit(DeviceId([1; 32])).is_some(), "a place that was freed is given again");
    }

    #[test]
    fn there_is_an_end_to_all_places() {
        let guests = Arc::new(Guests::new(Bounds::DEVICE));
        let device = |n: usize| DeviceId(std::array::from_fn(|at| (n >> (8 * (at % 2))) as u8));
        let held: Vec<Guest> =
            (0..Bounds::DEVICE.connections).map(|n| guests.admit(device(n)).expect("a place")).collect();
        assert!(guests.admit(device(Bounds::DEVICE.connections)).is_none());
        drop(held);
        assert!(guests.counts().by_device.is_empty());
        assert_eq!(guests.counts().all, 0);
    }
}
