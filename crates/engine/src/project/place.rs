//! Where a project lies on a device: its store, and beside it the file that names its incarnation.

use std::path::{Path, PathBuf};

use enginus_model::ProjectId;
use enginus_store::{OpenError, Options, Store};

use super::own::{read_side_file, write_side_file};
use crate::identity::{Identity, sync_directory};

/// Where a project's parts lie and whose they are.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) id: ProjectId,
    pub(crate) identity: Identity,
    lies: Lies,
}

#[derive(Clone)]
enum Lies {
    InFiles {
        store: PathBuf,
        incarnation: PathBuf,
    },
    #[cfg(feature = "simulation")]
    OnSimulated(crate::simulation::Machine),
}

impl Place {
    /// In a home.
    pub(crate) fn new(id: ProjectId, store: PathBuf, incarnation: PathBuf, identity: Identity) -> Self {
        Self { id, identity, lies: Lies::InFiles { store, incarnation } }
    }

    /// On a simulated machine.
    #[cfg(feature = "simulation")]
    pub(crate) fn simulated(id: ProjectId, machine: crate::simulation::Machine, identity: Identity) -> Self {
        Self { id, identity, lies: Lies::OnSimulated(machine) }
    }

    /// As a person may be told of it.
    pub(super) fn shown(&self) -> String {
        match &self.lies {
            Lies::InFiles { store, .. } => store.display().to_string(),
            #[cfg(feature = "simulation")]
            Lies::OnSimulated(_) => "the simulated machine".to_owned(),
        }
    }

    pub(super) fn open_store(&self) -> Result<Store, OpenError> {
        match &self.lies {
            Lies::InFiles { store, .. } => Store::open(store, Options::default()),
            #[cfg(feature = "simulation")]
            Lies::OnSimulated(machine) => Store::on_disk(machine.disk()),
        }
    }

    /// Another place, for making the store there and moving it here whole; what an interrupted attempt left is gone from it.
    pub(super) fn beside(&self) -> std::io::Result<Self> {
        match &self.lies {
            Lies::InFiles { store, incarnation } => {
                let staged = store.with_extension("new");
                match std::fs::remove_file(&staged) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
                let lies = Lies::InFiles { store: staged, incarnation: incarnation.clone() };
                Ok(Self { lies, ..self.clone() })
            }
            // A machine whose power goes before the project is there is thrown away.
            #[cfg(feature = "simulation")]
            Lies::OnSimulated(_) => Ok(self.clone()),
        }
    }

    /// Moves here what was made at `beside`.
    pub(super) fn take_from(&self, beside: &Self) -> std::io::Result<()> {
        match (&self.lies, &beside.lies) {
            (Lies::InFiles { store, .. }, Lies::InFiles { store: staged, .. }) => {
                std::fs::rename(staged, store)?;
                sync_directory(store.parent())
            }
            #[cfg(feature = "simulation")]
            _ => Ok(()),
        }
    }

    /// The incarnation that stands outside the store, `None` where none does.
    pub(super) fn read_incarnation(&self) -> Option<[u8; 16]> {
        match &self.lies {
            Lies::InFiles { incarnation, .. } => read_side_file(incarnation),
            #[cfg(feature = "simulation")]
            Lies::OnSimulated(machine) => machine.incarnation(),
        }
    }

    /// Puts the incarnation there, durably.
    pub(super) fn write_incarnation(&self, fresh: [u8; 16]) -> std::io::Result<()> {
        match &self.lies {
            Lies::InFiles { incarnation, .. } => write_side_file(incarnation as &Path, fresh),
            #[cfg(feature = "simulation")]
            Lies::OnSimulated(machine) => machine.set_incarnation(fresh),
        }
    }
}
