//! A simulated computer: a disk for the store, and a place beside it for the incarnation's side file.

use std::io;
use std::sync::{Arc, Mutex};

use enginus_store::simulated::Disk;

use crate::engine::lock;

/// A computer that one device lives on. Clones are the same computer.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    disk: Disk,
    side_file: Arc<Mutex<Option<[u8; 16]>>>,
}

/// A copy of everything on a machine.
#[derive(Debug, Clone)]
pub struct Image {
    disk: Vec<u8>,
    side_file: Option<[u8; 16]>,
}

impl Machine {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that holds what `image` holds.
    #[must_use]
    pub fn with(image: &Image) -> Self {
        Self { disk: Disk::with_bytes(image.disk.clone()), side_file: Arc::new(Mutex::new(image.side_file)) }
    }

    /// Its disk, which can be full or lose its power.
    #[must_use]
    pub const fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Everything on it as it is now: what a backup of the whole home holds.
    #[must_use]
    pub fn image(&self) -> Image {
        Image { disk: self.disk.bytes(), side_file: *lock(&self.side_file) }
    }

    pub(crate) fn incarnation(&self) -> Option<[u8; 16]> {
        *lock(&self.side_file)
    }

    /// The side file is written in one step: it is there or it is not.
    pub(crate) fn set_incarnation(&self, fresh: [u8; 16]) -> io::Result<()> {
        self.disk.operate()?;
        *lock(&self.side_file) = Some(fresh);
        Ok(())
    }
}
