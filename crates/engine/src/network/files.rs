//! Files on their way: fetching what this device keeps, and giving others what they may have.

use std::sync::Arc;

use enginus_envelope::DedupSecret;
use enginus_model::{DeviceId, DomainId, FileRef, Hash, ProjectId};
use enginus_net::{FrameStream, ObjectRequests, Peer, answer_object, next_object_request};
use enginus_vault::ObjectInfo;
use futures::StreamExt as _;
use tokio::sync::watch;

use super::{Network, buckets};
use crate::api::{Failure, FailureKind, FileState};
use crate::engine::{SharedProject, blocking, lock};
use crate::project::Project;

/// Objects asked of one device at the same time.
const REQUESTS_AT_ONCE: usize = 4;
/// Files fetched at the same time.
const FILES_AT_ONCE: usize = 4;

/// Passes of the worker that fetches a project's files: how many were asked for, how many are done.
pub(super) struct Passes {
    wanted: watch::Sender<u64>,
    finished: watch::Sender<u64>,
}

impl Network {
    /// Asks for a pass; answers its number.
    pub(super) fn want_files(self: &Arc<Self>, project: ProjectId) -> u64 {
        let passes = self.passes(project);
        let mut number = 0;
        passes.wanted.send_modify(|wanted| {
            *wanted += 1;
            number = *wanted;
        });
        number
    }

    /// The number of the newest pass that is done.
    pub(super) fn watch_files(self: &Arc<Self>, project: ProjectId) -> watch::Receiver<u64> {
        let mut finished = self.passes(project).finished.subscribe();
        finished.mark_changed();
        finished
    }

    fn passes(self: &Arc<Self>, project: ProjectId) -> Arc<Passes> {
        let mut all = lock(&self.files);
        all.entry(project)
            .or_insert_with(|| {
                let passes = Arc::new(Passes { wanted: watch::Sender::new(0), finished: watch::Sender::new(0) });
                self.tasks.spawn(work(self.clone(), project, passes.clone()));
                passes
            })
            .clone()
    }
}

async fn work(network: Arc<Network>, id: ProjectId, passes: Arc<Passes>) {
    let stop = network.stopping();
    let mut wanted = passes.wanted.subscribe();
    loop {
        let number = *wanted.borrow_and_update();
        if number > *passes.finished.borrow()
            && let Some(project) = network.engine.project_by_id(&id)
        {
            tokio::select! {
                () = stop.cancelled() => return,
                done = pass(&network, &project) => if let Err(failure) = done {
                    tracing::warn!("files could not be fetched: {failure}");
                },
            }
            passes.finished.send_replace(number);
            network.activity.send_modify(|count| *count += 1);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            changed = wanted.changed() => if changed.is_err() { return },
        }
    }
}

/// Fetches every file this device keeps and lacks, from whoever has it now.
async fn pass(network: &Arc<Network>, project: &SharedProject) -> Result<(), Failure> {
    let (shared, vault) = (project.clone(), network.engine.inner().vault.clone());
    let missing = blocking(move || lock(&shared).missing_files(&vault)).await?;
    if missing.is_empty() {
        return Ok(());
    }
    network.project_changed();
    let sources = Sources::of(network, project).await?;
    let fetched = futures::stream::iter(missing)
        .map(|wanted| {
            let sources = &sources;
            async move { sources.fetch(network, project, &wanted).await }
        })
        .buffer_unordered(FILES_AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    // One file that nobody has now keeps no other out; a full disk is told.
    for result in fetched {
        if let Err(failure) = result
            && failure.kind == FailureKind::Storage
        {
            return Err(failure);
        }
    }
    Ok(())
}

/// A file that is kept and not here.
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
    buckets: Vec<enginus_vault::Bucket>,
}

impl Sources {
    pub(super) async fn of(network: &Arc<Network>, project: &SharedProject) -> Result<Self, Failure> {
        let shared = project.clone();
        let id = blocking(move || Ok(lock(&shared).id())).await?;
        let peers = {
            let connections = lock(&network.connections);
            connections
                .sessions
                .iter()
                .filter(|((project, _), (open, _))| *project == id && *open > 0)
                .filter_map(|((_, device), _)| connections.peers.get(device).cloned())
                .collect()
        };
        let buckets = buckets::open_all(project).await?.into_iter().filter_map(|(_, bucket)| bucket.ok()).collect();
        Ok(Self { id, peers, buckets })
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
        let complete = matches!(fetched, Ok(Some(_)));
        network.show_file(self.id, manifest, complete.then_some(FileState::HereAndElsewhere));
        let Some(objects) = fetched? else { return Ok(false) };
        let (shared, wanted) = (project.clone(), wanted.clone());
        blocking(move || lock(&shared).mark_here(wanted.domain, &wanted.file, &objects)).await?;
        Ok(true)
    }

    async fn fetch_objects(
        &self,
        network: &Arc<Network>,
        wanted: &WantedFile,
    ) -> Result<Option<Vec<ObjectInfo>>, Failure> {
        let manifest = wanted.file.manifest.object;
        if !self.fetch_missing(network, &[manifest], &|_| ()).await? {
            return Ok(None);
        }
        let (vault, reference, secret) =
            (network.engine.inner().vault.clone(), wanted.file.manifest, wanted.secret.clone());
        let objects = blocking(move || Ok(vault.objects_of(&reference, &secret)?)).await?;
        let names: Vec<Hash> = objects.iter().map(|object| object.name).collect();
        let total = names.len().max(1);
        let show = |done: usize| {
            let percent = u8::try_from(done * 100 / total).unwrap_or(100);
            network.show_file(self.id, manifest, Some(FileState::Fetching { percent }));
        };
        Ok(self.fetch_missing(network, &names, &show).await?.then_some(objects))
    }

    /// Brings objects here from peers and buckets. True when all are here.
    async fn fetch_missing(
        &self,
        network: &Arc<Network>,
        names: &[Hash],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<bool, Failure> {
        let vault = network.engine.inner().vault.clone();
        let mut missing: Vec<Hash> = names.iter().filter(|name| !vault.has(name)).copied().collect();
        for peer in &self.peers {
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
            state.update(|status| status.objects_received += count);
        }
        Ok(got)
    }

    /// Asks one device for objects on one stream. A connection that is lost gives what came before.
    async fn ask(&self, network: &Arc<Network>, peer: &Peer, names: &[Hash]) -> Result<Vec<Hash>, Failure> {
        let mut got = Vec::new();
        let Ok(mut requests) = ObjectRequests::open(peer).await else { return Ok(got) };
        for name in names {
            match requests.get(&self.id, name).await {
                Ok(Some(bytes)) => {
                    keep(network, *name, bytes).await?;
                    got.push(*name);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!("device {} stopped giving objects: {error}", peer.device().short());
                    break;
                }
            }
        }
        Ok(got)
    }
}

async fn keep(network: &Arc<Network>, name: Hash, bytes: Vec<u8>) -> Result<(), Failure> {
    let vault = network.engine.inner().vault.clone();
    blocking(move || Ok(vault.put(&name, &bytes)?)).await
}

/// Gives a device the objects it asks for and may have.
pub(super) async fn serve(network: Arc<Network>, device: DeviceId, stream: FrameStream) {
    let (mut sender, mut receiver) = stream.split();
    let stop = network.stopping();
    loop {
        let request = tokio::select! {
            () = stop.cancelled() => break,
            request = next_object_request(&mut receiver) => request,
        };
        let Ok(Some((id, name))) = request else { break };
        let object = find(&network, id, device, name).await;
        if answer_object(&mut sender, object.as_deref()).await.is_err() {
            break;
        }
        if object.is_some()
            && let Some(state) = network.session_state(id, device)
        {
            state.update(|status| status.objects_sent += 1);
        }
    }
    sender.finish().await;
}

async fn find(network: &Arc<Network>, id: ProjectId, device: DeviceId, name: Hash) -> Option<Vec<u8>> {
    let project = network.engine.project_by_id(&id)?;
    let vault = network.engine.inner().vault.clone();
    let found = blocking(move || {
        if !lock(&project).may_give(&device, &name)? {
            return Ok(None);
        }
        Ok(vault.get(&name)?)
    });
    found.await.unwrap_or_else(|failure| {
        tracing::warn!("an object could not be given: {failure}");
        None
    })
}

impl Network {
    /// Shows how a file stands; `None` for "elsewhere".
    pub(super) fn show_file(&self, project: ProjectId, manifest: Hash, state: Option<FileState>) {
        let Some(published) = self.engine.published(&project) else { return };
        published.surroundings(|surroundings| {
            match state {
                Some(state) => surroundings.files.insert(manifest, state),
                None => surroundings.files.remove(&manifest),
            };
            surroundings.transfers =
                surroundings.files.values().filter(|state| matches!(state, FileState::Fetching { .. })).count() as u64;
        });
        self.project_changed();
    }
}

impl Project {
    /// The files this device keeps by rule (those of current revisions) and does not have.
    pub(crate) fn missing_files(&mut self, vault: &enginus_vault::Vault) -> Result<Vec<WantedFile>, Failure> {
        let mut missing = Vec::new();
        for (domain, file) in self.kept_files() {
            if self.is_here(&file.manifest.object) {
                continue;
            }
            // Without its key the file can neither be checked nor opened: it is fetched once the key is here.
            let Some(secret) = self.dedup_secret(&domain, &file.manifest.epoch) else { continue };
            let complete = vault
                .objects_of(&file.manifest, &secret)
                .ok()
                .filter(|objects| objects.iter().all(|object| vault.has(&object.name)));
            match complete {
                // It came another way: in a bundle, or with a file of the same content.
                Some(objects) => self.mark_here(domain, &file, &objects)?,
                None => missing.push(WantedFile { domain, file, secret }),
            }
        }
        Ok(missing)
    }
}
