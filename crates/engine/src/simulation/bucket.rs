//! The project's bucket in storage that lies.

use enginus_model::{Hash, ProjectId};
use enginus_vault::simulated::Simulated;

use super::Device;
use crate::api::{Failure, FailureKind};
use crate::engine::lock;
use crate::network::exchange_envelopes;

/// Storage that several devices use, and that does wrong.
#[derive(Debug, Clone, Default)]
pub struct Storage(Simulated);

/// Everything here happens in one thread and waits for nothing.
fn at_once<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    Ok(runtime.block_on(work))
}

impl Storage {
    /// From now on this many of a hundred operations go wrong.
    pub fn set_mood(&self, percent: u64, seed: u64) {
        self.0.set_mood(percent, seed);
    }

    /// Loses something it holds for good, or cuts it short.
    ///
    /// # Errors
    /// When the simulation itself fails.
    pub fn damage(&self, place: usize, cut: bool) -> Result<(), Failure> {
        at_once(self.0.damage(place, cut))?.map_err(|error| Failure::new(FailureKind::Internal, error))
    }

    /// What whoever runs it sees.
    ///
    /// # Errors
    /// When the simulation itself fails.
    pub fn everything(&self) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        at_once(self.0.everything())?.map_err(|error| Failure::new(FailureKind::Internal, error))
    }
}

impl Device {
    /// Exchanges envelopes with the project's bucket as the product does; `whole` looks at everything in it. Answers how many were
    /// new here.
    ///
    /// # Errors
    /// As the product, wherever the storage does wrong.
    pub fn exchange(&self, storage: &Storage, whole: bool) -> Result<u64, Failure> {
        let shared = self.shared()?;
        let (id, genesis): (ProjectId, Vec<u8>) = {
            let project = lock(shared);
            (project.id(), project.genesis().encode())
        };
        debug_assert_eq!(Hash::of(&genesis).0, id.0);
        let open = self.open.as_ref().ok_or_else(|| Failure::new(FailureKind::Busy, "the program does not run"))?;
        let mut shelf = lock(&open.shelf);
        let exchanged = at_once(async {
            let bucket = storage.0.bucket(id, &genesis).await?;
            exchange_envelopes(shared, &bucket, &mut shelf, whole).await
        })??;
        self.introduce()?;
        Ok(exchanged)
    }
}
