//! How many connections others may hold open here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use enginus_model::DeviceId;

use crate::limits::{MAX_CONNECTIONS, MAX_CONNECTIONS_PER_DEVICE};

/// The connections that stand, by device.
#[derive(Debug, Default)]
pub(crate) struct Guests(Mutex<HashMap<DeviceId, usize>>);

/// A connection that counts; dropping it frees its place.
#[derive(Debug)]
pub(crate) struct Guest {
    guests: Arc<Guests>,
    device: DeviceId,
}

impl Guests {
    fn counts(&self) -> MutexGuard<'_, HashMap<DeviceId, usize>> {
        // Counting cannot leave the table half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more connection of a device, where there is one.
    pub(crate) fn admit(self: &Arc<Self>, device: DeviceId) -> Option<Guest> {
        let mut counts = self.counts();
        if counts.values().sum::<usize>() >= MAX_CONNECTIONS {
            return None;
        }
        let count = counts.entry(device).or_default();
        if *count >= MAX_CONNECTIONS_PER_DEVICE {
            return None;
        }
        *count += 1;
        Some(Guest { guests: self.clone(), device })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut counts = self.guests.counts();
        if let Some(count) = counts.get_mut(&self.device) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.device);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_device_cannot_take_every_place() {
        let guests = Arc::new(Guests::default());
        let mut held: Vec<Guest> =
            (0..MAX_CONNECTIONS_PER_DEVICE).map(|_| guests.admit(DeviceId([1; 32])).expect("a place")).collect();
        assert!(guests.admit(DeviceId([1; 32])).is_none());
        assert!(guests.admit(DeviceId([2; 32])).is_some());
        held.pop();
        assert!(guests.admit(DeviceId([1; 32])).is_some(), "a place that was freed is given again");
    }

    #[test]
    fn there_is_an_end_to_all_places() {
        let guests = Arc::new(Guests::default());
        let device = |n: usize| DeviceId(std::array::from_fn(|at| (n >> (8 * (at % 2))) as u8));
        let held: Vec<Guest> = (0..MAX_CONNECTIONS).map(|n| guests.admit(device(n)).expect("a place")).collect();
        assert!(guests.admit(device(MAX_CONNECTIONS)).is_none());
        drop(held);
        assert!(guests.counts().is_empty());
    }
}
