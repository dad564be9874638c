//! Which devices the projects kept here name, read from their access lists: who may use the iroh relay, and who may have the address
//! of an object.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use enginus_access::{AccessList, Genesis, Listed, SignedStatement};
use enginus_model::{DeviceId, ProjectId};
use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::http::presign::Rights;
use crate::http::token::Method;
use crate::nat::Admits;
use crate::storage::{Storage, StorageError};

/// How long a list is believed before it is read again.
const FRESH: Duration = Duration::from_secs(15);

struct Read {
    list: Arc<AccessList>,
    newest: u64,
    at: Instant,
}

/// The access lists of the projects kept here, as far as they were asked for.
pub struct Members {
    storage: Arc<dyn Storage>,
    lists: Mutex<HashMap<ProjectId, Read>>,
    /// The projects, and when they were listed.
    projects: Mutex<Option<(Instant, Vec<ProjectId>)>>,
}

impl Members {
    /// Of this storage.
    #[must_use]
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self { storage, lists: Mutex::default(), projects: Mutex::default() }
    }

    /// A project's list, at most [`FRESH`] old; only statements that came since are read.
    async fn list(&self, project: ProjectId) -> Result<Arc<AccessList>, StorageError> {
        let known = self.lists().get(&project).map(|read| (Arc::clone(&read.list), read.newest, read.at));
        if let Some((list, _, at)) = &known
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(list));
        }
        let view = self.storage.view(project).await?;
        let (mut list, after) = match known {
            Some((list, newest, _)) => (list, newest),
            None => {
                let damaged = |_| StorageError::Damaged("a project's genesis record does not decode".into());
                (Arc::new(AccessList::new(&Genesis::decode(&view.genesis()?).map_err(damaged)?, [])), 0)
            }
        };
        let more = view.statements(after)?;
        if !more.is_empty() {
            let signed: Vec<SignedStatement> =
                more.iter().filter_map(|(_, bytes)| SignedStatement::decode_stored(bytes).ok()).collect();
            list = Arc::new(list.with(&signed));
        }
        let read = Read {
            list: Arc::clone(&list),
            newest: more.last().map_or(after, |(newest, _)| *newest),
            at: Instant::now(),
        };
        self.lists().insert(project, read);
        Ok(list)
    }

    fn lists(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectId, Read>> {
        // Entries are replaced whole.
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn projects(&self) -> Result<Vec<ProjectId>, StorageError> {
        let known = self.projects.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, projects)) = known
            && at.elapsed() < FRESH
        {
            return Ok(projects);
        }
        let projects = self.storage.projects().await?;
        self.lists().retain(|project, _| projects.binary_search(project).is_ok());
        *self.projects.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), projects.clone()));
        Ok(projects)
    }

    async fn is_member(&self, project: ProjectId, device: &DeviceId) -> bool {
        match self.list(project).await {
            Ok(list) => list.listed(device, crate::clock::now()) == Listed::Member,
            Err(StorageError::NoProject) => false,
            Err(error) => {
                tracing::warn!(%error, "an access list could not be read");
                false
            }
        }
    }
}

impl Admits for Members {
    fn admits<'a>(&'a self, device: &'a DeviceId) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let projects = match self.projects().await {
                Ok(projects) => projects,
                Err(error) => {
                    tracing::warn!(%error, "the projects could not be listed");
                    return false;
                }
            };
            for project in projects {
                if self.is_member(project, device).await {
                    return true;
                }
            }
            false
        })
    }
}

impl Rights for Members {
    /// What a member may put or get is sealed; which objects belong to which folder, the relay does not know.
    fn may<'a>(&'a self, project: &'a ProjectId, device: &'a DeviceId, _method: Method) -> BoxFuture<'a, bool> {
        Box::pin(self.is_member(*project, device))
    }
}

#[cfg(test)]
mod tests {
    use enginus_envelope::Keypair;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::storage::Record;
    use crate::storage_in_memory::InMemory;

    #[tokio::test(start_paused = true)]
    async fn members_of_projects_kept_here_are_known_and_newcomers_soon() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let now = crate::clock::now();
        let (owner, device, later) =
            (Keypair::generate(&mut rng), Keypair::generate(&mut rng), Keypair::generate(&mut rng));
        let genesis = Genesis::new(owner.public(), now, &mut rng);
        let project = genesis.project_id();
        let introduced = |device| Record::Statement(AccessList::introduce(&owner, device).unwrap().bytes().to_vec());
        let storage = Arc::new(InMemory::default());
        let opened = Record::Opened { genesis: genesis.encode(), at: now };
        storage.append(project, vec![opened, introduced(&device)]).await.unwrap();

        let members = Members::new(Arc::clone(&storage) as _);
        let (device, newcomer) = (device.device_id(), later.device_id());
        assert!(members.admits(&device).await);
        assert!(!members.admits(&newcomer).await);
        assert!(members.may(&project, &device, Method::Put).await);
        assert!(!members.may(&ProjectId([9; 32]), &device, Method::Get).await);
        storage.append(project, vec![introduced(&later)]).await.unwrap();
        tokio::time::advance(FRESH).await;
        assert!(members.admits(&newcomer).await);
        storage.delete(project).await.unwrap();
        tokio::time::advance(FRESH).await;
        assert!(!members.admits(&device).await);
    }
}
