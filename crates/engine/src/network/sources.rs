//! Where a project's objects may be had now, and fetching them from there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use enginus_envelope::DedupSecret;
use enginus_model::{DeviceId, DomainId, FileRef, Hash, ProjectId};
use enginus_net::{ObjectRequests, Peer, StreamError};
use enginus_vault::ObjectInfo;
use tokio::time::timeout;

use super::{Network, buckets};
use crate::api::{Failure, FileState};
use crate::engine::{SharedProject, blocking, lock};

/// Objects asked of one device at the same time.
const REQUESTS_AT_ONCE: usize = 4;
/// How long one device may take for one object of at most 4 MiB; then the next one is asked.
pub(super) const OBJECT_PATIENCE: Duration = Duration::from_secs(120);

/// A file that is wanted and not here.
#[derive(Clone)]
pub(crate) struct WantedFile {
    pub(crate) domain: DomainId,
    pub(crate) file: FileRef,
    pub(crate) secret: DedupSecret,
}

/// Where a project's objects may be had now.
pub(super) struct Sources {
    id: ProjectId,
    peers: Vec<Peer>,
    /// Whose files are worth asking for: a device has those of the folders it may read.
    readers: BTreeMap<DomainId, BTreeSet<DeviceId>>,
    /// Relays may have anything.
    relays: BTreeSet<DeviceId>,
    buckets: Vec<enginus_vault::Bucket>,
    /// Devices that made others wait: they are not asked again.
    stalled: Mutex<BTreeSet<DeviceId>>,
}

/// The objects of a file that are here now.
struct Fetched {
    objects: Vec<ObjectInfo>,
    /// Every one of them came from elsewhere just now, which proves that they are there.
    all_came: bool,
}

impl Sources {
    pub(super) async fn of(network: &Arc<Network>, project: &SharedProject) -> Result<Self, Failure> {
        let shared = project.clone();
        let id = blocking(move || Ok(lock(&shared).id())).await?;
        let peers: Vec<Peer> = {
            let connections = lock(&network.connections);
            let open = connections.sessions.iter().filter(|((project, _), (open, _))| *project == id && *open > 0);
            open.filter_map(|((_, device), _)| connections.peers.get(device).cloned()).collect()
        };
        let (shared, devices) = (project.clone(), peers.iter().map(Peer::device).collect::<Vec<_>>());
        let (readers, relays) = blocking(move || {
            let project = lock(&shared);
            let relays = project.relays().into_iter().map(|relay| relay.device).collect();
            Ok((project.readers_among(&devices), relays))
        })
        .await?;
        let buckets = buckets::open_all(project).await?.into_iter().filter_map(|(_, bucket)| bucket.ok()).collect();
        Ok(Self { id, peers, readers, relays, buckets, stalled: Mutex::default() })
    }

    /// Brings all objects of a file here, the manifest first. True when the file is complete.
    pub(super) async fn fetch(
        &self,
        network: &Arc<Network>,
        project: &SharedProject,
        wanted: &WantedFile,
    ) -> Result<bool, Failure> {
        let manifest = wanted.file.manifest.object;
        network.show_file(self.id, manifest, Some(FileState::Fetching { percent: 0 }));
        let fetched = self.fetch_objects(network, wanted).await;
        if !matches!(fetched, Ok(Some(_))) {
            network.show_file(self.id, manifest, None);
        }
        let Some(fetched) = fetched? else { return Ok(false) };
        let (shared, wanted) = (project.clone(), wanted.clone());
        let state = blocking(move || {
            let mut project = lock(&shared);
            project.mark_here(wanted.domain, &wanted.file, &fetched.objects)?;
            if fetched.all_came {
                project.mark_proved(&[manifest])?;
            }
            Ok(project.file_state(&manifest))
        })
        .await?;
        network.show_file(self.id, manifest, Some(state));
        Ok(true)
    }

    async fn fetch_objects(&self, network: &Arc<Network>, wanted: &WantedFile) -> Result<Option<Fetched>, Failure> {
        let manifest = wanted.file.manifest.object;
        let vault = network.engine.inner().vault.clone();
        let had_manifest = vault.has(&manifest);
        if !self.fetch_missing(network, &wanted.domain, &[manifest], &|_| ()).await? {
            return Ok(None);
        }
        let (reading, reference, secret) = (vault.clone(), wanted.file.manifest, wanted.secret.clone());
        let objects = blocking(move || Ok(reading.objects_of(&reference, &secret)?)).await?;
        let names: Vec<Hash> = objects.iter().map(|object| object.name).collect();
        let total = names.len().max(1);
        let show = |done: usize| {
            let percent = u8::try_from(done * 100 / total).unwrap_or(100);
            network.show_file(self.id, manifest, Some(FileState::Fetching { percent }));
        };
        let all_came = !had_manifest && names.iter().all(|name| *name == manifest || !vault.has(name));
        let complete = self.fetch_missing(network, &wanted.domain, &names, &show).await?;
        Ok(complete.then_some(Fetched { objects, all_came }))
    }

    /// The devices to ask for files of a folder.
    fn peers_with(&self, domain: &DomainId) -> impl Iterator<Item = &Peer> {
        let readers = self.readers.get(domain);
        self.peers.iter().filter(move |peer| {
            let device = peer.device();
            (self.relays.contains(&device) || readers.is_some_and(|readers| readers.contains(&device)))
                && !lock(&self.stalled).contains(&peer.device())
        })
    }

    /// Brings objects here from peers and buckets. True when all are here.
    async fn fetch_missing(
        &self,
        network: &Arc<Network>,
        domain: &DomainId,
        names: &[Hash],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<bool, Failure> {
        let vault = network.engine.inner().vault.clone();
        let mut missing: Vec<Hash> = names.iter().filter(|name| !vault.has(name)).copied().collect();
        for peer in self.peers_with(domain) {
            if missing.is_empty() {
                return Ok(true);
            }
            let got = self.fetch_from_peer(network, peer, &missing).await?;
            missing.retain(|name| !got.contains(name));
            progress(names.len() - missing.len());
        }
        for bucket in &self.buckets {
            let mut still = Vec::new();
            for name in missing {
                match bucket.get_object(&name).await {
                    Ok(bytes) => keep(network, name, bytes.to_vec()).await?,
                    Err(error) => {
                        tracing::debug!("object {} is not to be had from {}: {error}", name.short(), bucket.url());
                        still.push(name);
                    }
                }
                progress(names.len() - still.len());
            }
            missing = still;
        }
        Ok(missing.is_empty())
    }

    async fn fetch_from_peer(&self, network: &Arc<Network>, peer: &Peer, names: &[Hash]) -> Result<Vec<Hash>, Failure> {
        let share = names.len().div_ceil(REQUESTS_AT_ONCE).max(1);
        let asked: Vec<_> = names.chunks(share).map(|names| self.ask(network, peer, names)).collect();
        let mut got = Vec::new();
        for result in futures::future::join_all(asked).await {
            got.extend(result?);
        }
        let (id, device, count) = (self.id, peer.device(), got.len() as u64);
        if let Some(state) = network.session_state(id, device) {
            state.update(|status| status.traffic.objects_received += count);
        }
        Ok(got)
    }

    /// Asks one device for objects on one stream. A connection that is lost, or a device that makes others wait, gives what came before.
    async fn ask(&self, network: &Arc<Network>, peer: &Peer, names: &[Hash]) -> Result<Vec<Hash>, Failure> {
        let mut got = Vec::new();
        let mut requests = match ObjectRequests::open(peer).await {
            Ok(requests) => requests,
            Err(error) => {
                self.passed_over(peer, &error);
                return Ok(got);
            }
        };
        for name in names {
            let answer = timeout(OBJECT_PATIENCE, requests.get(&self.id, name)).await;
            match answer.unwrap_or(Err(StreamError::Stalled { seconds: OBJECT_PATIENCE.as_secs() })) {
                Ok(Some(bytes)) => {
                    keep(network, *name, bytes).await?;
                    got.push(*name);
                }
                Ok(None) => {}
                Err(error) => {
                    self.passed_over(peer, &error);
                    break;
                }
            }
        }
        Ok(got)
    }

    fn passed_over(&self, peer: &Peer, error: &StreamError) {
        tracing::debug!("device {} stopped giving objects: {error}", peer.device().short());
        lock(&self.stalled).insert(peer.device());
    }
}

async fn keep(network: &Arc<Network>, name: Hash, bytes: Vec<u8>) -> Result<(), Failure> {
    let vault = network.engine.inner().vault.clone();
    blocking(move || Ok(vault.put(&name, &bytes)?)).await
}
